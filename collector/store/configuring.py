"""What an engine keeps of changes to what is configured: the same words for every engine.

Each change is one statement and moves the version of the catalogue, so that servers see it.
"""

from __future__ import annotations

import json

from collector.domain import Bouton, Demarche, Structure
from collector.store.contract import Duplicate
from collector.store.plain import PlainStore, elsewhere


class ConfiguringStore(PlainStore):
    """The part of the Store contract by which a porteur changes démarches, boutons, structures.

    What is not named in a change stays as it is, whoever else changes it meanwhile. False: there
    is no such démarche, bouton or structure, and nothing changed.
    """

    async def change_demarche(self, demarche: Demarche) -> bool:
        """Change its titre, url, langue, publique and externes. Raises Duplicate when another one
        has one of these externes."""
        free, marks = elsewhere(demarche.id, demarche.externes, 7)
        sql = f"""/* Store.change_demarche */
        update demarche
        set titre = $2, url = $3, langue = $4, publique = $5, externes = $6
        where id = $1
        and {free}
        returning id
        """
        d = demarche
        words = (d.titre, d.url, d.langue, d.publique, json.dumps(d.externes))
        if await self._change(sql, d.id, *words, *marks):
            return True
        found = "/* Store.change_demarche */ select 1 from demarche where id = $1"
        if (await self._read((found, (d.id,))))[0]:
            raise Duplicate(f"externes {d.externes}: another démarche has one of them")
        return False

    async def set_demarche_archivee(self, id: int, archivee: bool) -> bool:
        sql = """/* Store.set_demarche_archivee */
        update demarche
        set archivee = $2
        where id = $1
        returning id
        """
        return bool(await self._change(sql, id, archivee))

    async def move_demarche(self, id: int, structure_id: int) -> bool:
        """Give a démarche to another structure; False when there is no such structure, too."""
        sql = """/* Store.move_demarche */
        update demarche
        set structure_id = $2
        where id = $1
        and exists (select 1 from structure where id = $2)
        returning id
        """
        return bool(await self._change(sql, id, structure_id))

    async def change_bouton(self, bouton: Bouton) -> bool:
        """Change its libelle, affichage, origines, territoire and externe. Raises Duplicate when
        another one of its démarche has that externe."""
        sql = """/* Store.change_bouton */
        update bouton
        set libelle = $2, affichage = $3, origines = $4, territoire = $5, externe = $6
        where code = $1
        returning code
        """
        b = bouton
        words = (b.libelle, b.affichage, json.dumps(b.origines), b.territoire, b.externe)
        return bool(await self._change(sql, b.code, *words))

    async def change_structure(self, structure: Structure) -> bool:
        """Change its nom, siret, parent and territoire. Raises Duplicate when another one has that
        name. False, too, where the new parent is the structure itself or one below it: above them
        would be nobody."""
        sql = """/* Store.change_structure */
        update structure
        set nom = $2, siret = $3, parent = $4, territoire = $5
        where id = $1
        and $1 not in (
            with recursive dessus (id) as (
                select cast($4 as integer)
                where $4 is not null
                union
                select structure.parent
                from structure
                join dessus on structure.id = dessus.id
                where structure.parent is not null
            )
            select id from dessus
        )
        returning id
        """
        s = structure
        return bool(await self._change(sql, s.id, s.nom, s.siret, s.parent, s.territoire))
