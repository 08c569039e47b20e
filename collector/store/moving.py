"""What a store gives and takes when everything in it moves to another: pages, counters, a mark.

A copy that is not finished has version 0: nobody serves it. See `collector.exchange.copying`.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from collector.domain import OUVERTURE, Avis, Bouton, Catalogue, Cell, Demarche, Structure
from collector.store.contract import Row
from collector.store.keeping import KEPT, keeping, reading
from collector.store.plain import HORIZON, Query
from collector.store.selecting import SelectingStore

_AS_TEXT = ("cle", "notes")
_COLUMNS = ", ".join(f"cast({n} as text)" if n in _AS_TEXT else n for n in Avis._fields)

_PAGE = f"""/* Store.avis_page */
select {_COLUMNS}
from avis
where demarche_id = $1
and cle > $2
order by avis.cle
limit $3
"""

_LAST = """/* Store.last_cle */
select cast(cle as text)
from avis
where demarche_id = $1
order by avis.cle desc
limit 1
"""

_COUNTERS = """/* Store.counters */
select demarche_id, bouton, jour, questionnaire, dimension, note, cast(sum(n) as bigint)
from agregat
where demarche_id = $1
group by demarche_id, bouton, jour, questionnaire, dimension, note
having sum(n) <> 0
"""

OPENINGS = f"""/* Store.copy_openings */
select demarche_id, bouton, jour, questionnaire, dimension, note, cast(sum(n) as bigint)
from agregat
where demarche_id = $1
and dimension = '{OUVERTURE}'
group by demarche_id, bouton, jour, questionnaire, dimension, note
"""

_CELL = ", ".join(Cell._fields)

_OUTLIVED = f"""/* Store.outlived */
select {_CELL}, cast(sum(n) as bigint)
from (
    select {_CELL}, n
    from agregat
    where demarche_id = $1
    and jour < {HORIZON}
    and dimension <> '{OUVERTURE}'
    union all
    select {_CELL}, -n
    from ({{recount}}) as recount
) as counted
group by {_CELL}
having sum(n) <> 0
"""

_MONTHS = """/* Store.recount */
insert into agregat_mois (demarche_id, mois, bouton, questionnaire, dimension, note, n)
select demarche_id, substr(jour, 1, 7), bouton, questionnaire, dimension, note, sum(n)
from agregat
where demarche_id = $1
group by 1, 2, 3, 4, 5, 6
"""


class MovingStore(SelectingStore):
    """The part of the Store contract by which a store is copied."""

    # What an engine still has to be told after rows came in with ids of their own.
    _AFTER_IDS: ClassVar[Sequence[str]] = ()
    # The counters of days of a démarche, from its avis: rows as `agregat` has them.
    _RECOUNT: ClassVar[str]
    # The same of days before the horizon.
    _RECOUNT_BEFORE: ClassVar[str]

    @abstractmethod
    async def _execute(self, *queries: Query) -> None:
        """All of these, as one transaction. Raises StoreError."""

    @abstractmethod
    def _adding(self, days: Counter[Cell], months: Counter[Cell]) -> tuple[Query, Query]:
        """Statements that add to the counters of days and of months; a month may be given by its
        days."""

    async def questionnaire_texts(self) -> dict[str, str]:
        sql = "/* Store.questionnaire_texts */ select id, contenu from questionnaire order by id"
        [found] = await self._read((sql, ()))
        return dict(found)

    async def avis_page(self, demarche_id: int, after: str, limit: int) -> list[Row]:
        [found] = await self._read((_PAGE, (demarche_id, after, limit)))
        return found

    async def last_cle(self, demarche_id: int) -> str | None:
        [found] = await self._read((_LAST, (demarche_id,)))
        return found[0][0] if found else None

    async def counters(self, demarche_id: int) -> list[tuple[Cell, int]]:
        [found] = await self._read((_COUNTERS, (demarche_id,)))
        return sorted((Cell(*row[:-1]), row[-1]) for row in found)

    async def openings(self, demarche_id: int) -> Counter[Cell]:
        [found] = await self._read((OPENINGS, (demarche_id,)))
        return Counter({Cell(*row[:-1]): row[-1] for row in found})

    @property
    def _outlived(self) -> str:
        return _OUTLIVED.format(recount=self._RECOUNT_BEFORE)

    async def outlived(self, demarche_id: int) -> Counter[Cell]:
        [found] = await self._read_at_length((self._outlived, (demarche_id,)))
        return Counter({Cell(*row[:-1]): row[-1] for row in found})

    async def kept(self, table: str) -> list[Row]:
        [found] = await self._read(reading(table))
        return found

    async def adopt(
        self,
        catalogue: Catalogue,
        questionnaires: Mapping[str, str],
        kept: Mapping[str, Sequence[Row]],
    ) -> None:
        structures = catalogue.structures.values()
        await self._execute(
            ("/* Store.adopt */ update catalogue set version = 0", ()),
            *(_questionnaire(*each) for each in questionnaires.items()),
            *map(_structure, structures),
            *(_parent(each) for each in structures if each.parent is not None),
            *map(_demarche, catalogue.demarches.values()),
            *map(_bouton, catalogue.boutons.values()),
            *(query for table in KEPT for query in keeping(table, kept[table])),
            *((sql, ()) for sql in self._AFTER_IDS),
        )

    async def recount(self, demarche_id: int, counters: Counter[Cell]) -> None:
        known = (demarche_id,)
        count = f"insert into agregat ({', '.join(Cell._fields)}, n)\n{self._RECOUNT}"
        await self._execute(
            ("/* Store.recount */ delete from agregat where demarche_id = $1", known),
            ("/* Store.recount */ delete from agregat_mois where demarche_id = $1", known),
            (count, known),
            self._adding(counters, Counter())[0],
            (_MONTHS, known),
        )

    async def finish_copy(self, version: int) -> None:
        await self._execute(
            ("/* Store.finish_copy */ update catalogue set version = $1", (version,))
        )


def _questionnaire(id: str, contenu: str) -> Query:
    sql = """/* Store.adopt */
    insert into questionnaire (id, contenu)
    values ($1, $2)
    on conflict (id) do nothing
    """
    return sql, (id, contenu)


def _structure(structure: Structure) -> Query:
    sql = """/* Store.adopt */
    insert into structure (id, nom, siret, territoire)
    values ($1, $2, $3, $4)
    """
    return sql, (structure.id, structure.nom, structure.siret, structure.territoire)


def _parent(structure: Structure) -> Query:
    # After them all: a parent may have the higher id.
    sql = "/* Store.adopt */ update structure set parent = $2 where id = $1"
    return sql, (structure.id, structure.parent)


def _demarche(d: Demarche) -> Query:
    sql = """/* Store.adopt */
    insert into demarche (
        id, slug, titre, structure_id, questionnaire, url, langue, publique, archivee, externes
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
    place = (d.id, d.slug, d.titre, d.structure_id, d.questionnaire, d.url, d.langue)
    return sql, (*place, d.publique, d.archivee, json.dumps(d.externes))


def _bouton(b: Bouton) -> Query:
    sql = """/* Store.adopt */
    insert into bouton (
        code, demarche_id, libelle, affichage, origines, territoire, ouvert, externe
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
    place = (b.code, b.demarche_id, b.libelle, b.affichage)
    return sql, (*place, json.dumps(b.origines), b.territoire, b.ouvert, b.externe)
