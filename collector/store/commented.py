"""What a store finds among comments for those who read them: a page, one with its neighbours.

Pages go from the latest back, along an index, and from a place in it: the last page of five million
costs what the first one does. A filter that few comments answer looks at `WINDOW` of them and says
where it stopped, whatever there is beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import ClassVar, NamedTuple

from collector.asked.recherche import Recherche, fold
from collector.domain import Avis
from collector.moderation import Commente, Depuis, Etat, Etiquette, Filtre, Retrait
from collector.store.selecting import (
    COLUMNS,
    RANKED,
    SelectingStore,
    Values,
    all_of,
    instants,
    read_avis,
)

WINDOW = 10_000  # avis that one page looks at, of those its index gives

Spot = tuple[str, str]
"""(recu_le, cle): where a list of one démarche stands."""

_NEWEST: Spot = ("~", "ffffffff-ffff-ffff-ffff-ffffffffffff")
_OLDEST: Spot = ("", "00000000-0000-0000-0000-000000000000")

_RAW = ", ".join(f"avis.{name}" for name in Avis._fields)


class Frame(NamedTuple):
    """What a page of comments stands in: the labels there are, by name; the last visit; and the
    instant down to which the page looks, None where it looks at everything."""

    etiquettes: list[Etiquette]
    visite: Depuis | None
    floor: str | None


class Opened(NamedTuple):
    """One comment, the labels there are, and the last visit."""

    commente: Commente
    etiquettes: list[Etiquette]
    visite: Depuis | None


class Around(NamedTuple):
    """Keys of the comments next to one in a list, from the latest back."""

    before: str | None
    after: str | None


class _Source(NamedTuple):
    """Where a list comes from: rows of a table, called `at`, in the order of one of its indexes;
    `joined` and `to_avis` lead from there to their avis."""

    table: str
    at: str
    where: list[str]
    joined: str = ""
    to_avis: Sequence[str] = ()


class _Way(NamedTuple):
    """Along an index, from a spot: which come next, in which order, and how that order ends."""

    compare: str
    order: str
    ends: str


_DOWN_FROM = _Way("<=", "desc", ">=")
_DOWN = _Way("<", "desc", ">=")
_UP = _Way(">", "asc", "<=")


class CommentedStore(SelectingStore):
    """What is read of comments. Each method is one query, however many avis there are.

    Every table in it has its démarche named, and not only by a join: servers that share tables see
    by it that one of them has everything.
    """

    _JOINED: ClassVar[str]
    """The function that joins texts."""

    async def frame(
        self, filtre: Filtre, structure_id: int, compte_id: int, start: Spot | None = None
    ) -> Frame:
        """What the page of `comments` from `start` on stands in."""
        values = Values()
        floor = (
            "null" if filtre.selection.recherche else self._end(values, filtre, start, _DOWN_FROM)
        )
        sql = f"""/* Store.frame */
        select
            {self._known(values, filtre.demarche_id, structure_id, compte_id)},
            {floor}
        """
        [[(*known, found)]] = await self._read((sql, values.given))
        return Frame(_etiquettes(known[0]), _depuis(known[1:]), found)

    async def comments(
        self, filtre: Filtre, start: Spot | None, floor: str | None, limit: int
    ) -> list[Commente]:
        """Comments from `start` on, the latest first, received at `floor` or after. Of those that
        have words that are looked for, the latest `RANKED` are looked at."""
        values = Values()
        if filtre.selection.recherche is None:
            page = self._along(values, filtre, start or _NEWEST, _DOWN_FROM, floor, limit)
        else:
            page = self._with_words(values, filtre, start or _NEWEST, _DOWN_FROM, limit)
        sql = f"""/* Store.comments */
        select {self._shown(values, filtre.demarche_id, with_words=False)}
        from ({page}) as avis
        {_joins(values, filtre.demarche_id)}
        order by avis.recu_le desc, avis.cle desc
        """
        [rows] = await self._read_at_length((sql, values.given))
        return list(map(_commente, rows))

    async def comment(
        self, demarche_id: int, cle: str, structure_id: int, compte_id: int
    ) -> Opened | None:
        """One of them, with what was taken out of it."""
        values = Values()
        sql = f"""/* Store.comment */
        select {self._known(values, demarche_id, structure_id, compte_id)},
            {self._shown(values, demarche_id, with_words=True)}
        from avis
        {_joins(values, demarche_id)}
        where avis.demarche_id = {values.name(demarche_id)}
        and avis.cle = {values.name(cle)}
        """
        [rows] = await self._read((sql, values.given))
        if not rows:
            return None
        etiquettes, le, depuis, *shown = rows[0]
        return Opened(_commente(shown), _etiquettes(etiquettes), _depuis((le, depuis)))

    async def around(self, filtre: Filtre, spot: Spot) -> Around:
        """Which ones come before and after a spot, in the list of a filter; None where there is
        none, or none near."""
        values = Values()
        up, down = (self._next(values, filtre, spot, way) for way in (_UP, _DOWN))
        sql = f"""/* Store.around */
        select 'before', cast(cle as text) from ({up}) as up
        union all
        select 'after', cast(cle as text) from ({down}) as down
        """
        [rows] = await self._read_at_length((sql, values.given))
        found: dict[str, str] = dict(rows)
        return Around(found.get("before"), found.get("after"))

    async def formes(self, recherche: Recherche, texts: Iterable[str]) -> Set[str]:
        """Words of these texts, folded, that were found in the place of those looked for."""
        return await self._formes(recherche, texts)

    # How a list is walked through

    def _next(self, values: Values, filtre: Filtre, spot: Spot, way: _Way) -> str:
        if filtre.selection.recherche is not None:
            return self._with_words(values, filtre, spot, way, 1)
        end = self._end(values, filtre, spot, way)
        bound = values.name(_bound(filtre, way))
        return self._walk(values, filtre, spot, way, f"coalesce({end}, {bound})", 1)

    def _along(
        self, values: Values, filtre: Filtre, spot: Spot, way: _Way, floor: str | None, limit: int
    ) -> str:
        first, _ = _bounds(filtre)
        return self._walk(values, filtre, spot, way, values.name(max(first, floor or "")), limit)

    def _walk(
        self, values: Values, filtre: Filtre, spot: Spot, way: _Way, end: str, limit: int
    ) -> str:
        """Avis from a spot on, down (or up) to an instant, which is the only bound on that side:
        of two, the index might choose the other."""
        source = self._source(values, filtre)
        at = source.at
        where = [
            *source.where,
            *source.to_avis,
            _beyond(values, at, _within(filtre, spot), way),
            f"{at}.recu_le {way.ends} {end}",
            *self._conditions(values, filtre),
        ]
        return f"""
        select {_RAW}
        from {source.table}{source.joined}
        where {all_of(where)}
        order by {at}.recu_le {way.order}, {at}.cle {way.order}
        limit {values.name(limit)}
        """

    def _end(self, values: Values, filtre: Filtre, spot: Spot | None, way: _Way) -> str:
        """The instant up to which a page looks, that of the avis `WINDOW` further; null where the
        filter itself ends before."""
        source = self._source(values, filtre)
        at = source.at
        where = [
            *source.where,
            _beyond(values, at, _within(filtre, spot or _NEWEST), way),
            f"{at}.recu_le {way.ends} {values.name(_bound(filtre, way))}",
        ]
        return f"""(
            select {at}.recu_le
            from {source.table}
            where {all_of(where)}
            order by {at}.recu_le {way.order}, {at}.cle {way.order}
            limit 1 offset {WINDOW}
        )"""

    def _source(self, values: Values, filtre: Filtre) -> _Source:
        """The smallest table that has all that is wanted, in order."""
        if filtre.retire:
            return self._marked(values, filtre, "retrait", "place.geste = 'retire'")
        if filtre.etiquette is not None:
            chosen = f"place.etiquette_id = {values.name(filtre.etiquette)}"
            return self._marked(values, filtre, "avis_etiquette", chosen)
        if filtre.etat not in (None, "a_lire"):
            return self._marked(values, filtre, "suivi", f"place.etat = {values.name(filtre.etat)}")
        where = [f"avis.demarche_id = {values.name(filtre.demarche_id)}"]
        if filtre.selection.statut == "ecarte":
            where.append("avis.ecarte is not null")
        return _Source("avis", "avis", where)

    def _marked(self, values: Values, filtre: Filtre, table: str, chosen: str) -> _Source:
        demarche = values.name(filtre.demarche_id)
        where = [f"place.demarche_id = {demarche}", chosen]
        to_avis = [f"avis.demarche_id = {demarche}", "avis.cle = place.cle"]
        # « cross join »: SQLite goes through the small table, in the order of its index.
        return _Source(f"{table} as place", "place", where, " cross join avis", to_avis)

    def _with_words(self, values: Values, filtre: Filtre, spot: Spot, way: _Way, limit: int) -> str:
        """The same among the latest comments that have the words."""
        recherche = filtre.selection.recherche
        assert recherche is not None
        latest = self._latest(values, [filtre.demarche_id], recherche)
        first, last = _bounds(filtre)
        where = [
            latest.condition,
            f"avis.demarche_id = {values.name(filtre.demarche_id)}",
            f"avis.recu_le between {values.name(first)} and {values.name(last)}",
            *self._conditions(values, filtre),
        ]
        return f"""
        select {_RAW}
        from (
            select {_RAW}
            from {latest.source}
            where {all_of(where)}
            order by {latest.order}
            limit {RANKED}
        ) as avis
        where {_beyond(values, "avis", spot, way)}
        order by avis.recu_le {way.order}, avis.cle {way.order}
        limit {values.name(limit)}
        """

    def _conditions(self, values: Values, filtre: Filtre) -> list[str]:
        where = self._filters(values, filtre.selection)
        id = filtre.demarche_id
        if filtre.retire:
            where.append(_has(values, id, "retrait", "geste = 'retire'"))
        if filtre.etiquette is not None:
            chosen = f"etiquette_id = {values.name(filtre.etiquette)}"
            where.append(_has(values, id, "avis_etiquette", chosen))
        if filtre.etat == "a_lire":
            where.append(f"not {_has(values, id, 'suivi', 'etat is not null')}")
        elif filtre.etat is not None:
            where.append(_has(values, id, "suivi", f"etat = {values.name(filtre.etat)}"))
        return where

    # What is shown

    def _known(self, values: Values, demarche_id: int, structure_id: int, compte_id: int) -> str:
        joined = f"{self._JOINED}(cast(id as text) || ' ' || nom, {values.name(_LINE)})"
        structure = values.name(structure_id)
        compte, demarche = values.name(compte_id), values.name(demarche_id)
        visite = f"from visite where demarche_id = {demarche} and compte_id = {compte}"
        return f"""
            (select {joined} from etiquette where structure_id = {structure}),
            (select visite.le {visite}),
            (select visite.depuis {visite})"""

    def _shown(self, values: Values, demarche_id: int, with_words: bool) -> str:
        words = "retire.verbatim" if with_words else "null"
        return f"""{COLUMNS},
            suivi.etat, suivi.par, suivi.le,
            (
                select {self._JOINED}(cast(etiquette_id as text), ',')
                from avis_etiquette
                where avis_etiquette.demarche_id = {values.name(demarche_id)}
                and avis_etiquette.cle = avis.cle
            ),
            retire.motif, retire.par, retire.le, {words},
            masque.motif, masque.par, masque.le"""


_LINE = "\n"  # in no name: see `moderating.add_etiquette`


def _joins(values: Values, demarche_id: int) -> str:
    demarche = values.name(demarche_id)
    return f"""left join suivi
        on suivi.demarche_id = {demarche}
        and suivi.cle = avis.cle
        left join retrait as retire
        on retire.demarche_id = {demarche}
        and retire.cle = avis.cle
        and retire.geste = 'retire'
        left join retrait as masque
        on masque.demarche_id = {demarche}
        and masque.cle = avis.cle
        and masque.geste = 'masque'"""


def _has(values: Values, demarche_id: int, table: str, condition: str) -> str:
    return f"""exists (
            select 1
            from {table}
            where {table}.demarche_id = {values.name(demarche_id)}
            and {table}.cle = avis.cle
            and {table}.{condition}
        )"""


def _bounds(filtre: Filtre) -> Spot:
    """Instants that nothing of a filter is outside of."""
    first, last = instants(filtre.selection.periode)
    # « ~ »: after the instant itself, and before any later one.
    return max(first, f"{filtre.depuis}~" if filtre.depuis else ""), last


def _bound(filtre: Filtre, way: _Way) -> str:
    """The instant at which a filter itself ends, on that side."""
    first, last = _bounds(filtre)
    return last if way is _UP else first


def _within(filtre: Filtre, spot: Spot) -> Spot:
    first, last = _bounds(filtre)
    return min(max(spot, (first, _OLDEST[1])), (last, _NEWEST[1]))


def _beyond(values: Values, at: str, spot: Spot, way: _Way) -> str:
    recu_le, cle = map(values.name, spot)
    return f"({at}.recu_le, {at}.cle) {way.compare} ({recu_le}, {cle})"


def _commente(row: Sequence[object]) -> Commente:
    n = len(Avis._fields)
    etat, par, le, etiquettes, *taken = row[n:]
    return Commente(
        read_avis(tuple(row[:n])),
        _etat(etat),
        _text(par),
        _text(le),
        frozenset(map(int, str(etiquettes).split(",") if etiquettes else ())),
        _retrait(taken[:4]),
        _retrait([*taken[4:], None]),
    )


def _retrait(row: Sequence[object]) -> Retrait | None:
    return None if row[0] is None else Retrait(*row)  # type: ignore[arg-type]


def _etat(value: object) -> Etat:
    return value or "a_lire"  # type: ignore[return-value]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _etiquettes(text: str | None) -> list[Etiquette]:
    found = [line.split(" ", 1) for line in text.split(_LINE)] if text else []
    return by_name(Etiquette(int(id), nom) for id, nom in found)


def by_name(etiquettes: Iterable[Etiquette]) -> list[Etiquette]:
    """In the order of a dictionary, accents and capitals apart."""
    return sorted(etiquettes, key=lambda each: (fold(each.nom), each.nom))


def _depuis(row: Sequence[str | None]) -> Depuis | None:
    le, depuis = row
    return None if le is None or depuis is None else Depuis(le, depuis)
