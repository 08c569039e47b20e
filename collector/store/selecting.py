"""What a store finds among its avis: pages of them, comments with words in them, counts by day.

Statements are the same for every engine, but for how comments are looked into.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, NamedTuple

import orjson

from collector.asked.periode import Periode
from collector.asked.recherche import Recherche, passage, scores
from collector.asked.selection import Place, Selection, Statut
from collector.domain import AVIS, Avis
from collector.store.contract import SELECTED, DayCount, Found, Row
from collector.store.plain import PlainStore, Query

# A search ranks the latest comments that answer it, and no more: a word that everybody uses takes
# no longer in a large base. What it leaves out is in lists and downloads.
RANKED = 300

_AS_TEXT = ("cle", "notes")


def _columns(names: Iterable[str]) -> str:
    return ", ".join(
        f"cast(avis.{name} as text) as {name}" if name in _AS_TEXT else f"avis.{name}"
        for name in names
    )


COLUMNS = _columns(Avis._fields)
_SELECTED = _columns(SELECTED)

_STATUTS: dict[Statut, list[str]] = {
    "compte": ["avis.ecarte is null"],
    "ecarte": ["avis.ecarte is not null"],
    "tous": [],
}

# No clock on earth is further than this from UTC, on either side.
_ASIDE = timedelta(days=1)


class Values:
    """The values of a statement, and the names it has for them."""

    def __init__(self) -> None:
        self.given: list[object] = []

    def name(self, value: object) -> str:
        self.given.append(value)
        return f"${len(self.given)}"

    def names(self, values: Iterable[object]) -> str:
        return ", ".join(map(self.name, values))


class Latest(NamedTuple):
    """How an engine comes to the latest comments first: where from, which ones, in which order."""

    source: str
    condition: str
    order: str


class SelectingStore(PlainStore):
    """The part of the Store contract by which avis are read."""

    _EACH_NOTE: ClassVar[str]
    """The function that makes rows (key, value) of `notes`."""

    @abstractmethod
    def _has(self, values: Values, demarches: Sequence[int], recherche: Recherche) -> str:
        """The condition that a row of `avis`, of one of these démarches, has what is looked for."""

    @abstractmethod
    def _latest(self, values: Values, demarches: Sequence[int], recherche: Recherche) -> Latest:
        """The same, for those that came last."""

    @abstractmethod
    async def _formes(self, recherche: Recherche, texts: Iterable[str]) -> Set[str]:
        """Words of these texts, folded, that the engine takes for one that is looked for."""

    @abstractmethod
    async def _read_at_length(self, *queries: Query) -> list[list[Row]]:
        """`_read`, for what may take longer than a page that people wait for."""

    async def _read_page(self, query: Query) -> list[Row]:
        """The rows of a query of `SELECTED`."""
        [rows] = await self._read_at_length(query)
        return rows

    async def select(
        self, selection: Selection, after: Place | None, until: str, limit: int
    ) -> list[Avis]:
        rows = await self.select_rows(selection, after, until, limit)
        return list(map(_selected, rows))

    async def select_rows(
        self, selection: Selection, after: Place | None, until: str, limit: int
    ) -> list[Row]:
        page: list[Row] = []
        for demarche_id in sorted(set(selection.demarches)):
            if len(page) < limit and (after is None or demarche_id >= after[0]):
                query = self._page(selection, demarche_id, after, until, limit - len(page))
                page += await self._read_page(query)
        return page

    def _page(
        self, selection: Selection, demarche_id: int, after: Place | None, until: str, limit: int
    ) -> Query:
        """The next avis of one démarche: a range of the index (demarche_id, recu_le)."""
        values = Values()
        first, last = instants(selection.periode)
        where = [f"avis.demarche_id = {values.name(demarche_id)}"]
        if after is not None and after[0] == demarche_id:
            _, recu_le, cle = after
            # One lower bound for the index, where it might choose the other of two.
            first = max(first, recu_le)
            later, next_ = values.name(recu_le), values.name(cle)
            where.append(f"(avis.recu_le > {later} or avis.cle > {next_})")
        where.append(f"avis.recu_le >= {values.name(first)}")
        where.append(f"avis.recu_le <= {values.name(min(last, until))}")
        where += self._filters(values, selection)
        if selection.recherche is not None:
            where.append(self._has(values, [demarche_id], selection.recherche))
        sql = f"""/* Store.select */
        select {_SELECTED}
        from avis
        where {all_of(where)}
        order by avis.recu_le, avis.cle
        limit {values.name(limit)}
        """
        return sql, values.given

    async def search(self, selection: Selection, limit: int, offset: int = 0) -> list[Found]:
        recherche = selection.recherche
        if recherche is None or not selection.demarches:
            return []
        [rows] = await self._read_at_length(self._latest_of(selection, recherche))
        # In a thread: the loop goes on taking avis in.
        page = await asyncio.to_thread(_ranked, rows, recherche, limit, offset)
        formes = await self._formes(recherche, map(_verbatim, page))
        return await asyncio.to_thread(_shown, page, recherche, formes)

    def _latest_of(self, selection: Selection, recherche: Recherche) -> Query:
        values = Values()
        latest = self._latest(values, selection.demarches, recherche)
        where = [latest.condition, *self._among(values, selection)]
        sql = f"""/* Store.search */
        select {COLUMNS}
        from {latest.source}
        where {all_of(where)}
        order by {latest.order}
        limit {values.name(RANKED)}
        """
        return sql, values.given

    async def histogram(self, selection: Selection) -> list[DayCount]:
        if not selection.demarches:
            return []
        values = Values()
        where = self._among(values, selection)
        if selection.recherche is not None:
            where.append(self._has(values, selection.demarches, selection.recherche))
        sql = f"""/* Store.histogram */
        select avis.jour, avis.bouton, avis.questionnaire,
            each.key, cast(each.value as integer), count(*)
        from avis cross join {self._EACH_NOTE}(avis.notes) as each
        where {all_of(where)}
        group by 1, 2, 3, 4, 5
        union all
        select avis.jour, avis.bouton, avis.questionnaire, '{AVIS}', 1, count(*)
        from avis
        where {all_of(where)}
        group by 1, 2, 3
        """
        [rows] = await self._read_at_length((sql, values.given))
        return sorted(DayCount(*row) for row in rows)

    async def counts_by_day(
        self, demarche_id: int, du: str, au: str, bouton: str | None = None
    ) -> list[DayCount]:
        sql = """/* Store.counts_by_day */
        select jour, bouton, questionnaire, dimension, note, cast(sum(n) as bigint)
        from agregat
        where demarche_id = $1
        and jour between $2 and $3
        and (cast($4 as text) is null or bouton = $4)
        group by jour, bouton, questionnaire, dimension, note
        having sum(n) <> 0
        """
        [rows] = await self._read((sql, (demarche_id, du, au, bouton)))
        return sorted(DayCount(*row) for row in rows)

    async def days(self, selection: Selection) -> dict[int, tuple[str, str]]:
        found = {}
        for demarche_id in sorted(set(selection.demarches)):
            days = self._counted_days if selection.is_counted else self._days
            [[(first, last)]] = await self._read_at_length(days(selection, demarche_id))
            if first is not None:
                found[demarche_id] = (first, last)
        return found

    def _counted_days(self, selection: Selection, demarche_id: int) -> Query:
        values = Values()
        where = [f"demarche_id = {values.name(demarche_id)}"]
        where += _common(values, selection, "agregat")
        # No counter is under zero: a day that adds up to nothing has nothing.
        sql = f"""/* Store.days */
        select min(jour), max(jour)
        from (
            select jour
            from agregat
            where {all_of(where)}
            group by jour
            having sum(n) <> 0
        ) as counted
        """
        return sql, values.given

    def _days(self, selection: Selection, demarche_id: int) -> Query:
        """Each end is the first row that fits, from that end of the index."""
        values = Values()
        where = self._among(values, replace(selection, demarches=(demarche_id,)))
        if selection.recherche is not None:
            where.append(self._has(values, [demarche_id], selection.recherche))
        end = f"select avis.jour from avis where {all_of(where)} order by avis.recu_le"
        sql = f"""/* Store.days */
        select min(jour), max(jour)
        from (
            select jour from ({end} limit 1) as first
            union all
            select jour from ({end} desc limit 1) as last
        ) as ends
        """
        return sql, values.given

    def _among(self, values: Values, selection: Selection) -> list[str]:
        """The conditions of a selection over all its démarches, but for words."""
        where = [f"avis.demarche_id in ({values.names(selection.demarches)})"]
        if selection.periode is not None:
            first, last = instants(selection.periode)
            where.append(f"avis.recu_le between {values.name(first)} and {values.name(last)}")
        return where + self._filters(values, selection)

    def _filters(self, values: Values, selection: Selection) -> list[str]:
        """The conditions that hold for one avis wherever it is."""
        where = [*_STATUTS[selection.statut], *_common(values, selection, "avis")]
        if selection.avec_verbatim is not None:
            where.append(f"avis.verbatim is {'not ' if selection.avec_verbatim else ''}null")
        return where + [self._note(values, *each) for each in selection.notes]

    def _note(self, values: Values, dimension: str, niveaux: Set[int]) -> str:
        if not niveaux:
            return "1 = 0"
        return f"""exists (
            select 1
            from {self._EACH_NOTE}(avis.notes) as each
            where each.key = {values.name(dimension)}
            and cast(each.value as integer) in ({values.names(sorted(niveaux))})
        )"""


def _common(values: Values, selection: Selection, table: str) -> list[str]:
    """The conditions that counters know as well as avis."""
    where = []
    if periode := selection.periode:
        du, au = values.name(periode.du.isoformat()), values.name(periode.au.isoformat())
        where.append(f"{table}.jour between {du} and {au}")
    if selection.bouton is not None:
        where.append(f"{table}.bouton = {values.name(selection.bouton)}")
    if selection.questionnaire is not None:
        where.append(f"{table}.questionnaire = {values.name(selection.questionnaire)}")
    return where


def all_of(conditions: Iterable[str]) -> str:
    return "\n        and ".join(conditions)


def instants(periode: Periode | None) -> tuple[str, str]:
    """Instants that no avis of the period is outside of, for the index.

    What decides is `jour`, as it does for counters: an imported avis may have been dated by another
    clock than ours.
    """
    if periode is None:
        return "", "~"
    first, last = periode.du - _ASIDE, periode.au + _ASIDE
    return f"{first.isoformat()}T", f"{last.isoformat()}T~"


def _selected(row: Row) -> Avis:
    values = dict(zip(SELECTED, row, strict=True))
    return Avis(**{**values, "notes": orjson.loads(values["notes"])})


def read_avis(row: Row) -> Avis:
    avis = Avis(*row)
    return avis._replace(notes=orjson.loads(row[Avis._fields.index("notes")]))


def _ranked(rows: Sequence[Row], recherche: Recherche, limit: int, offset: int) -> list[Avis]:
    """One page of what was found: the best first, then the latest, then in the order of keys."""
    found = [Avis(*row) for row in rows]
    found.sort(key=lambda avis: (avis.demarche_id, avis.cle))
    found.sort(key=lambda avis: avis.recu_le, reverse=True)
    marks = scores([_verbatim(avis) for avis in found], recherche)
    places = sorted(range(len(found)), key=lambda i: -marks[i])
    return [read_avis(found[i]) for i in places[offset : offset + limit]]


def _shown(page: Sequence[Avis], recherche: Recherche, formes: Set[str]) -> list[Found]:
    return [Found(avis, passage(_verbatim(avis), recherche, formes)) for avis in page]


def _verbatim(avis: Avis) -> str:
    return avis.verbatim or ""
