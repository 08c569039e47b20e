"""What every engine says in the same words: statements with $1, $2…, run as they stand.

An engine gives two ways to run them, `_read` and `_change`; only what makes it fast or safe (a
batch, a recount, migrations) has words of its own.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

from collector.domain import Bouton, Catalogue, Demarche, Questionnaire, Structure
from collector.store.contract import Answers, Count, Duplicate, Row

Query = tuple[str, Sequence[object]]

HORIZON = "(select coalesce(max(avant), '') from horizon)"
"""The day before which avis may be gone and counters stay as they are. In every statement as it
stands, and so of the same instant as the rest of it."""

SINCE = f"and jour >= {HORIZON}"
BEFORE = f"and jour < {HORIZON} and recu_le < {HORIZON}"
"""What a recount is of. In UTC it is never a later day than in Paris: the second half of this one
is for the index."""

# It never goes back.
RAISE_HORIZON = f"""/* Store.raise_horizon */
insert into horizon (avant)
select cast($1 as text)
where cast($1 as text) > {HORIZON}
"""

KNOWN = 500  # keys that are looked up in one statement

_VERSION = "/* Store.catalogue_version */ select version from catalogue"

_STRUCTURES = """/* Store.load_catalogue */
select id, nom, siret, parent, territoire
from structure
"""

_DEMARCHES = """/* Store.load_catalogue */
select
    id, slug, titre, structure_id, questionnaire, url, langue, publique, archivee, externes
from demarche
"""

_BOUTONS = """/* Store.load_catalogue */
select code, demarche_id, libelle, affichage, origines, territoire, ouvert, externe
from bouton
"""

_QUESTIONNAIRES = "/* Store.load_catalogue */ select contenu from questionnaire"


class PlainStore(ABC):
    """The part of the Store contract that needs no engine's own words."""

    @abstractmethod
    async def _read(self, *queries: Query) -> list[list[Row]]:
        """The rows of each query, all of one same instant. Raises StoreError."""

    @abstractmethod
    async def _change(self, sql: str, *values: object, then: Sequence[Query] = ()) -> list[Row]:
        """Change what is configured. When a row comes back, something changed: `then` is done and
        the version of the catalogue grows in the same transaction, for whoever keeps it in memory.
        Raises Duplicate, StoreError."""

    @abstractmethod
    async def _commit(self, sql: str, *values: object) -> list[Row]:
        """Commit one statement that changes nothing of what is configured. Raises StoreError."""

    # What is configured

    async def catalogue_version(self) -> int:
        [[(version,)]] = await self._read((_VERSION, ()))
        return int(version)

    async def load_catalogue(self) -> Catalogue:
        wanted = (_VERSION, _STRUCTURES, _DEMARCHES, _BOUTONS, _QUESTIONNAIRES)
        [(version,)], structures, demarches, boutons, questionnaires = await self._read(
            *((sql, ()) for sql in wanted)
        )
        known = (Questionnaire.from_json(json.loads(contenu)) for (contenu,) in questionnaires)
        return Catalogue(
            version=version,
            structures={row[0]: Structure(*row) for row in structures},
            demarches={row[0]: _demarche(row) for row in demarches},
            boutons={row[0]: _bouton(row) for row in boutons},
            questionnaires={each.id: each for each in known},
        )

    async def add_questionnaire(self, id: str, contenu: str) -> bool:
        # Asked first: every start comes by here, and should not take the write lock for nothing.
        known = "/* Store.add_questionnaire */ select 1 from questionnaire where id = $1"
        if (await self._read((known, (id,))))[0]:
            return False
        sql = """/* Store.add_questionnaire */
        insert into questionnaire (id, contenu)
        values ($1, $2)
        on conflict (id) do nothing
        returning id
        """
        return bool(await self._change(sql, id, contenu))

    async def add_structure(self, structure: Structure) -> int:
        sql = """/* Store.add_structure */
        insert into structure (nom, siret, parent, territoire)
        values ($1, $2, $3, $4)
        returning id
        """
        s = structure
        [(id,)] = await self._change(sql, s.nom, s.siret, s.parent, s.territoire)
        return int(id)

    async def add_demarche(self, demarche: Demarche) -> int:
        free, marks = elsewhere(0, demarche.externes, 10)
        sql = f"""/* Store.add_demarche */
        insert into demarche (
            slug, titre, structure_id, questionnaire, url, langue, publique, archivee, externes
        )
        select
            $1, $2, cast($3 as integer), $4, $5, $6, cast($7 as boolean), cast($8 as boolean), $9
        where {free}
        returning id
        """
        d = demarche
        place = (d.slug, d.titre, d.structure_id, d.questionnaire, d.url, d.langue)
        state = (d.publique, d.archivee, json.dumps(d.externes))
        added = await self._change(sql, *place, *state, *marks)
        if not added:
            raise Duplicate(f"externes {d.externes}: another démarche has one of them")
        return int(added[0][0])

    async def add_bouton(self, bouton: Bouton) -> None:
        sql = """/* Store.add_bouton */
        insert into bouton (
            code, demarche_id, libelle, affichage, origines, territoire, ouvert, externe
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        returning code
        """
        b = bouton
        place = (b.code, b.demarche_id, b.libelle, b.affichage)
        await self._change(sql, *place, json.dumps(b.origines), b.territoire, b.ouvert, b.externe)

    async def set_bouton_ouvert(self, code: str, ouvert: bool) -> bool:
        sql = """/* Store.set_bouton_ouvert */
        update bouton
        set ouvert = $2
        where code = $1
        returning code
        """
        return bool(await self._change(sql, code, ouvert))

    # What was received

    async def counts_by_month(
        self, demarche_id: int, first: str, last: str, bouton: str | None = None
    ) -> list[Count]:
        sql = """/* Store.counts_by_month */
        select mois, questionnaire, dimension, note, cast(sum(n) as bigint)
        from agregat_mois
        where demarche_id = $1
        and mois between $2 and $3
        and (cast($4 as text) is null or bouton = $4)
        group by mois, questionnaire, dimension, note
        order by mois, questionnaire, dimension, note
        """
        [found] = await self._read((sql, (demarche_id, first, last, bouton)))
        return [Count(*row) for row in found]

    async def answers_by_demarche(
        self, first: str, last: str, dimensions: Collection[str]
    ) -> list[Answers]:
        if not dimensions:  # « in () » is no SQL
            return []
        wanted = ", ".join(f"${rank}" for rank in range(3, 3 + len(dimensions)))
        sql = f"""/* Store.answers_by_demarche */
        select demarche_id, questionnaire, dimension, note, cast(sum(n) as bigint)
        from agregat_mois
        where mois between $1 and $2
        and dimension in ({wanted})
        group by demarche_id, questionnaire, dimension, note
        """
        [found] = await self._read((sql, (first, last, *dimensions)))
        return [Answers(*row) for row in found]

    async def counted_questionnaires(self) -> dict[int, set[str]]:
        sql = """/* Store.counted_questionnaires */
        select distinct demarche_id, questionnaire
        from agregat_mois
        """
        [rows] = await self._read((sql, ()))
        found: dict[int, set[str]] = {}
        for demarche_id, questionnaire in rows:
            found.setdefault(demarche_id, set()).add(questionnaire)
        return found

    async def stored_etape(self, demarche_id: int, cle: str) -> int | None:
        sql = """/* Store.stored_etape */
        select etape
        from avis
        where demarche_id = $1
        and cle = $2
        """
        [found] = await self._read((sql, (demarche_id, cle)))
        return int(found[0][0]) if found else None

    async def known(self, demarche_id: int, cles: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(cles), KNOWN):
            some = cles[start : start + KNOWN]
            places = ", ".join(f"${2 + rank}" for rank in range(len(some)))
            sql = f"""/* Store.known */
            select cast(cle as text)
            from avis
            where demarche_id = $1
            and cle in ({places})
            """
            [rows] = await self._read((sql, (demarche_id, *some)))
            found.update(cle for (cle,) in rows)
        return found

    async def total(self) -> int:
        [[(n,)]] = await self._read(("/* Store.total */ select count(*) from avis", ()))
        return int(n)


def elsewhere(id: int, externes: Sequence[str], first: int) -> tuple[str, list[object]]:
    """That no démarche but this one has one of these, as SQL, and its values from `$first` on.

    They are looked for as their JSON is written: they are made of letters, digits, - and _. Changes
    of what is configured come one after the other (`_change`), and so none comes between.
    """
    marks: list[object] = [json.dumps(each) for each in externes]
    if not marks:
        return "1 = 1", []
    there = " or ".join(
        f"replace(externes, ${first + rank}, '') <> externes" for rank in range(1, len(marks) + 1)
    )
    taken = f"select 1 from demarche where id <> cast(${first} as integer) and ({there})"
    return f"not exists ({taken})", [id, *marks]


def _demarche(row: Row) -> Demarche:
    id, slug, titre, structure_id, questionnaire, url, langue, publique, archivee, externes = row
    return Demarche(
        id=id,
        slug=slug,
        titre=titre,
        structure_id=structure_id,
        questionnaire=questionnaire,
        url=url,
        langue=langue,
        publique=bool(publique),
        archivee=bool(archivee),
        externes=tuple(json.loads(externes)),
    )


def _bouton(row: Row) -> Bouton:
    code, demarche_id, libelle, affichage, origines, territoire, ouvert, externe = row
    origines = tuple(json.loads(origines))
    return Bouton(
        code, demarche_id, libelle, affichage, origines, territoire, bool(ouvert), externe
    )
