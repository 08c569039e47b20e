"""What a store finds that is too old, and deletes: the same words for every engine.

Avis are found by their day, of every démarche at once, along two indexes that have just that; they
are deleted by their keys, of one démarche at a time, and locked first as by whoever else changes
what is left of a comment. The index of words follows by itself: see `Store.forget`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from collector.domain import PARIS
from collector.store.contract import Genre, Key, Purge, Row
from collector.store.moderating import ModeratingStore, these
from collector.store.plain import HORIZON, RAISE_HORIZON, Query
from collector.store.selecting import Values


class _Source(NamedTuple):
    """Rows that are too old: as `from` takes them, their order, and what bounds them of a day."""

    rows: str
    order: str
    bound: Callable[[str], str]
    demarche: str = "demarche_id"
    key: str = "cast(cle as text)"


def _jour(before: str) -> str:
    return before


def _recu_le(before: str) -> str:
    """The instant at which a day begins in Paris."""
    start = datetime.combine(date.fromisoformat(before), time(), PARIS).astimezone(UTC)
    return start.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WITH_COMMENT = _Source("avis where verbatim is not null and jour <", "jour, demarche_id", _jour)
_WITHOUT = _Source("avis where verbatim is null and jour <", "jour, demarche_id", _jour)
# What was withdrawn is not in its avis any more. What was masked goes too, but is no comment.
_MODERATED = _Source("retrait where recu_le <", "recu_le", _recu_le)
_WITHDRAWN = _Source("retrait where verbatim is not null and recu_le <", "recu_le", _recu_le)


def _apart(rows: str, order: str) -> _Source:
    """Rows of no démarche, known by their id, and too old from an instant on."""
    return _Source(rows, order, _recu_le, "0 as demarche_id", "cast(id as text)")


_JOURNAL = _apart("journal where le <", "le, id")
# One that was emptied has no address any more: see `_emptied`.
_COMPTES = _apart("compte where courriel like '%@%' and ferme_le <", "ferme_le, id")
_CONTACTS = _Source("contact where jour <", "jour, demarche_id, cle", _jour)

# Comments go before avis, which then are all without one.
_OLD: Mapping[Genre, Sequence[_Source]] = {
    "commentaires": (_WITH_COMMENT, _MODERATED),
    "avis": (_WITHOUT,),
    "contacts": (_CONTACTS,),
    "journal": (_JOURNAL,),
    "comptes": (_COMPTES,),
}
_COUNTED: Mapping[Genre, Sequence[_Source]] = {
    "commentaires": (_WITH_COMMENT, _WITHDRAWN),
    "avis": (_WITHOUT, _WITH_COMMENT),
    "contacts": (_CONTACTS,),
    "journal": (_JOURNAL,),
    "comptes": (_COMPTES,),
}


class PurgingStore(ModeratingStore):
    """The part of the Store contract about what is too old."""

    async def old(self, genre: Genre, before: str, limit: int) -> list[Key]:
        queries = [_oldest(source, before, limit) for source in _OLD[genre]]
        pages = await self._read(*queries)
        keys = dict.fromkeys((id, cle) for page in pages for id, cle in page)
        return list(keys)[:limit]

    async def count_old(
        self, before: Mapping[Genre, str], most: int
    ) -> dict[Genre, dict[int, int]]:
        values = Values()
        counts = (_counted(values, genre, day, most) for genre, day in before.items())
        sql = "/* Store.count_old */" + "\n    union all".join(counts)
        [rows] = await self._read_at_length((sql, values.given))
        found: dict[Genre, dict[int, int]] = {genre: {} for genre in before}
        for genre, demarche_id, n in rows:
            found[genre][demarche_id] = n
        return found

    async def erase(self, genre: Genre, demarche_id: int, cles: Sequence[str]) -> int:
        if genre == "contacts":
            [gone] = await self._together(_taken_off("contact", demarche_id, cles))
            return len(gone)
        if genre == "journal":
            [gone] = await self._together(_unsaid(cles))
            return len(gone)
        if genre == "comptes":
            [emptied, *_] = await self._together(_emptied(cles), *_left_by(cles), _looked_at(cles))
            return len(emptied)
        lock = self._lock(demarche_id, cles)
        last = _blank(demarche_id, cles) if genre == "commentaires" else _gone(demarche_id, cles)
        [_, withdrawn, _, _, changed, *_] = await self._together(
            lock,
            _taken_off("retrait", demarche_id, cles, "coalesce(length(verbatim), 0)"),
            _taken_off("suivi", demarche_id, cles),
            _taken_off("avis_etiquette", demarche_id, cles),
            last,
            *([_taken_off("contact", demarche_id, cles)] if genre == "avis" else []),
        )
        if genre == "avis":
            return len(changed)
        return len(changed) + sum(1 for (length,) in withdrawn if length)

    async def begin_purge(self, purge: Purge, horizon: str) -> int:
        sql = """/* Store.begin_purge */
        insert into conservation (le, par, garde, effaces)
        values ($1, $2, $3, $4)
        returning id
        """
        values = (purge.le, purge.par, _json(purge.garde), _json(purge.effaces))
        [[(id,)], _] = await self._together((sql, values), (RAISE_HORIZON, (horizon,)))
        return int(id)

    async def end_purge(self, id: int, purge: Purge) -> None:
        sql = """/* Store.end_purge */
        update conservation
        set fini_le = $2, effaces = $3, raison = $4
        where id = $1
        """
        await self._commit(sql, id, purge.fini_le, _json(purge.effaces), purge.raison)

    async def purges(self, limit: int) -> list[Purge]:
        sql = """/* Store.purges */
        select le, par, garde, fini_le, effaces, raison
        from conservation
        order by id desc
        limit $1
        """
        [found] = await self._read((sql, (limit,)))
        return list(map(_purge, found))

    async def horizon(self) -> str:
        [[(horizon,)]] = await self._read((f"/* Store.horizon */ select {HORIZON}", ()))
        return str(horizon)


def _oldest(source: _Source, before: str, limit: int) -> Query:
    sql = f"""/* Store.old */
    select {source.demarche}, {source.key}
    from {source.rows} $1
    order by {source.order}
    limit $2
    """
    return sql, (source.bound(before), limit)


def _counted(values: Values, genre: Genre, before: str, most: int) -> str:
    each = (
        f"select {source.demarche} from {source.rows} {values.name(source.bound(before))}"
        for source in _COUNTED[genre]
    )
    rows = "\n        union all ".join(each)
    return f"""
    select '{genre}', demarche_id, count(*)
    from (
        {rows}
        limit {values.name(most)}
    ) as old
    group by demarche_id
    """


def _taken_off(table: str, demarche_id: int, cles: Sequence[str], what: str = "cle") -> Query:
    # In SQLite 3.40, « returning x is not null » of a delete is true of a null too.
    values = Values()
    sql = f"""/* Store.erase */
    delete from {table}
    where {these(values, demarche_id, cles, table)}
    returning {what}
    """
    return sql, values.given


def _unsaid(ids: Sequence[str]) -> Query:
    values = Values()
    sql = f"""/* Store.erase */
    delete from journal
    where id in ({values.names(map(int, ids))})
    returning id
    """
    return sql, values.given


def _emptied(ids: Sequence[str]) -> Query:
    """Accounts go on as a number, which the journal knows them by, unless they were opened again.

    What stands in the place of an address is no address, and the same words as in the journal.
    """
    values = Values()
    sql = f"""/* Store.erase */
    update compte
    set courriel = 'compte ' || id, nom = '', mot_de_passe = null, totp = null, secours = '[]'
    where id in ({values.names(map(int, ids))})
    and ferme_le is not null
    returning id
    """
    return sql, values.given


def _left_by(ids: Sequence[str]) -> Iterator[Query]:
    """Take away what hangs on accounts that were just emptied: who they are at a provider, too."""
    for table in ("droit", "identite", "abonnement"):
        values = Values()
        sql = f"""/* Store.erase */
        delete from {table}
        where compte_id in ({values.names(map(int, ids))})
        and compte_id not in (select id from compte where courriel like '%@%')
        """
        yield sql, values.given


def _looked_at(ids: Sequence[str]) -> Query:
    """Take away when they last looked at comments. By itself: where servers share this table, it
    is not put beside one that they do not; and whoever is back meanwhile only sees more as new."""
    values = Values()
    sql = f"""/* Store.erase */
    delete from visite
    where compte_id in ({values.names(map(int, ids))})
    """
    return sql, values.given


def _blank(demarche_id: int, cles: Sequence[str]) -> Query:
    values = Values()
    sql = f"""/* Store.erase */
    update avis
    set verbatim = null
    where {these(values, demarche_id, cles)}
    and verbatim is not null
    returning cle
    """
    return sql, values.given


def _gone(demarche_id: int, cles: Sequence[str]) -> Query:
    values = Values()
    sql = f"""/* Store.erase */
    delete from avis
    where {these(values, demarche_id, cles)}
    and jour < {HORIZON}
    returning cle
    """
    return sql, values.given


def _purge(row: Row) -> Purge:
    le, par, garde, fini_le, effaces, raison = row
    return Purge(le, par, json.loads(garde), fini_le, json.loads(effaces), raison)


def _json(value: Mapping[Genre, int]) -> str:
    return json.dumps(value)
