"""The embedded engine: the Store contract on one SQLite file.

A batch is one statement, which takes it as JSON and runs without the interpreter lock up to the
end of its commit: requests go on being read meanwhile. Statement by statement, the lock would have
to be had again after each, from a loop that is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

import orjson

from collector.asked.recherche import Recherche
from collector.domain import OUVERTURE, Avis, Cell, Outcome, by_month
from collector.store import sqlite_recherche
from collector.store.admin import AdminStore
from collector.store.bringing import Tally, sort_out
from collector.store.contacts import FORGET, LEAVE
from collector.store.contract import (
    SELECTED,
    Audit,
    BatchError,
    Brought,
    Duplicate,
    Row,
    StoreError,
    beside_of,
    set_apart,
    settle,
)
from collector.store.moderating import Which
from collector.store.moving import OPENINGS, MovingStore
from collector.store.plain import HORIZON, RAISE_HORIZON, Query
from collector.store.selecting import Latest, Values
from collector.store.sqlite_file import BUSY_SECONDS, SqliteFile
from collector.store.sqlite_lot import (
    BESIDE,
    FIND,
    INSERT,
    LOT,
    RECOUNT,
    RECOUNT_BEFORE,
    RECOUNT_SINCE,
    WRITE,
    add,
    arguments,
    as_json,
    avis_of,
    keys_of,
    moved,
    row_of,
)

_SELECTED = ", ".join(SELECTED)
TRIES, TRY_AGAIN, LOOK_MS = 10, 0.1, 20  # to find a moment at which nobody reads the log
MERGED = 100  # pages of the index of words in one transaction, which a batch may wait for


class SqliteStore(AdminStore, MovingStore):
    """The Store contract on one SQLite file."""

    _RECOUNT = RECOUNT
    _RECOUNT_BEFORE = RECOUNT_BEFORE
    _EACH_NOTE = "json_each"
    _JOINED = "group_concat"
    _LOCKING = ""  # one writer
    _EACH_ROW = "json_each($1)"

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)

    async def open(self) -> None:
        await self._file.open()
        await self._file.write(lambda: self._file.con.executescript(LOT))

    async def close(self) -> None:
        await self._file.close()

    async def claim(self) -> None:
        await self._file.claim()

    async def claim_alone(self) -> None:
        await self._file.claim()

    async def pending(self) -> list[str]:
        return await self._file.pending()

    async def migrate(self, dry_run: bool = False) -> list[str]:
        return await self._file.migrate(dry_run)

    async def distribute(self) -> bool:
        raise StoreError("Un fichier SQLite ne se répartit pas : il faut PostgreSQL et Citus.")

    async def _read(self, *queries: Query) -> list[list[Row]]:
        def work(con: sqlite3.Connection) -> list[list[Row]]:
            with _snapshot(con):
                return [con.execute(_own(sql), values).fetchall() for sql, values in queries]

        return await self._file.read(work)

    async def _change(self, sql: str, *values: object, then: Sequence[Query] = ()) -> list[Row]:
        def work() -> list[Row]:
            try:
                with self._file.transaction() as con:
                    changed: list[Row] = con.execute(_own(sql), values).fetchall()
                    if changed:
                        for each, given in then:
                            con.execute(_own(each), given)
                        con.execute("update catalogue set version = version + 1")
                    return changed
            except sqlite3.IntegrityError as error:
                raise Duplicate(str(error)) from error

        return await self._file.write(work)

    async def _commit(self, sql: str, *values: object) -> list[Row]:
        def work() -> list[Row]:
            with self._file.transaction() as con:
                return con.execute(_own(sql), values).fetchall()

        return await self._file.write(work)

    async def record(
        self,
        batch: Sequence[Avis],
        openings: Mapping[Cell, int] = {},
        contacts: Mapping[int, str] = {},
    ) -> list[Outcome]:
        # First states are new, but for replays: no need to look, the key will say if one is not.
        if not contacts and all(avis.etape == 1 for avis in batch):
            settled = settle(batch, ())
            settled.counters.update(openings)
            given = arguments(settled)
            with contextlib.suppress(BatchError):
                await self._file.write(lambda: self._file.con.execute(WRITE, given))
                return settled.outcomes
        return await self._file.write(lambda: self._record(batch, openings, contacts))

    def _record(
        self, batch: Sequence[Avis], openings: Mapping[Cell, int], contacts: Mapping[int, str]
    ) -> list[Outcome]:
        with self._file.transaction() as con:
            keys = (keys_of(batch),)
            beside = beside_of(con.execute(BESIDE, keys))
            settled = settle(batch, map(avis_of, con.execute(FIND, keys)), beside, contacts)
            settled.counters.update(openings)
            con.execute(WRITE, arguments(settled))
            for key, left in settled.contacts.items():
                con.execute(_own(LEAVE if left else FORGET), left or key)
        return settled.outcomes

    async def set_aside(self, demarche_id: int, cle: str, reason: str | None) -> bool:
        return await self._set_apart(demarche_id, [cle], lambda _: True, reason) == 1

    async def _set_apart(
        self, demarche_id: int, cles: Sequence[str], which: Which, reason: str | None
    ) -> int:
        def work() -> int:
            with self._file.transaction() as con:
                keys = as_json([(demarche_id, cle) for cle in cles])
                stored = map(avis_of, con.execute(FIND, (keys,)))
                settled = set_apart(filter(which, stored), reason)
                con.execute(WRITE, arguments(settled))
            return len(settled.changed)

        return await self._file.write(work)

    async def _together(self, *queries: Query) -> list[list[Row]]:
        def work() -> list[list[Row]]:
            with self._file.transaction() as con:
                return [con.execute(_own(sql), values).fetchall() for sql, values in queries]

        return await self._file.write(work)

    async def probe(self) -> None:
        await self._file.write(self._probe)

    def _probe(self) -> None:
        with self._file.transaction() as con:
            con.execute(
                "/* Store.probe */ update sonde set le = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
            )

    # What is read of avis

    def _has(self, values: Values, demarches: Sequence[int], recherche: Recherche) -> str:
        match = values.name(sqlite_recherche.match(demarches, recherche))
        # « + »: one by one, in the order of the index of avis. Else all that has a common word
        # would be sorted anew for each page.
        return f"+avis.id in (select rowid from recherche where recherche match {match})"

    def _latest(self, values: Values, demarches: Sequence[int], recherche: Recherche) -> Latest:
        match = values.name(sqlite_recherche.match(demarches, recherche))
        source = "recherche cross join avis on avis.id = recherche.rowid"
        # By number of arrival: the index of words has no other order, and stops at the last wanted.
        return Latest(source, f"recherche match {match}", "recherche.rowid desc")

    async def _formes(self, _: Recherche, __: Iterable[str]) -> Set[str]:
        return frozenset()  # FTS5 knows no French: only what was typed is found

    async def _read_at_length(self, *queries: Query) -> list[list[Row]]:
        return await self._read(*queries)

    async def _read_page(self, query: Query) -> list[Row]:
        """One step of SQLite for a page, which it writes as JSON: row by row, the interpreter lock
        would have to be had again after each."""
        sql, values = query
        page = (f"select json_group_array(json_array({_SELECTED})) from ({sql})", values)
        [[(text,)]] = await self._read_at_length(page)
        return list(map(tuple, await asyncio.to_thread(orjson.loads, text)))

    async def forget(self) -> None:
        await self._file.write(lambda: self._forget(-MERGED))
        while await self._file.write(lambda: self._forget(MERGED)):
            pass
        for _ in range(TRIES):
            if await self._file.write(self._empty_the_log):
                return
            await asyncio.sleep(TRY_AGAIN)

    def _empty_the_log(self) -> bool:
        """False while somebody reads what is in it. A short wait: it is that of an avis too."""
        con = self._file.con
        con.execute(f"pragma busy_timeout = {LOOK_MS}")
        try:
            [busy, *_] = con.execute("pragma wal_checkpoint(truncate)").fetchone()
        finally:
            con.execute(f"pragma busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        return not busy

    def _forget(self, pages: int) -> bool:
        """Merge that many pages of the index; False once there is nothing left to merge."""
        con = self._file.con
        before = con.total_changes
        # A negative number begins to merge everything into one, where deleted words end.
        con.execute(
            "/* Store.forget */ insert into recherche (recherche, rank) values ('merge', ?1)",
            (pages,),
        )
        return con.total_changes - before > 1

    # The proof of the figures

    async def audit(self, demarche_id: int) -> Audit:
        return await self._file.read(lambda con: _audit(con, demarche_id)[1])

    async def rebuild(self, demarche_id: int) -> None:
        while not await self._rebuild(demarche_id):
            pass

    async def _rebuild(self, demarche_id: int) -> bool:
        """False when another rebuild came between: what it added must not be added twice."""
        rebuilds, audit = await self._file.read(lambda con: _audit(con, demarche_id))

        def work() -> bool:
            with self._file.transaction() as con:
                if con.execute("pragma user_version").fetchone()[0] != rebuilds:
                    return False
                for sql, values in self._adding(*audit.differences()):
                    con.execute(sql, values)
                con.execute(f"pragma user_version = {rebuilds + 1}")
                return True

        return await self._file.write(work)

    # A store that moves

    async def _execute(self, *queries: Query) -> None:
        def work() -> None:
            with self._file.transaction() as con:
                for sql, values in queries:
                    con.execute(_own(sql), values)

        await self._file.write(work)

    async def check(self) -> bool:
        await self._file.check()
        return True

    async def load(self, page: Sequence[Row]) -> None:
        def work() -> None:
            with self._file.transaction() as con:
                con.executemany(INSERT, page)

        await self._file.write(work)

    async def bring(self, pages: Iterable[Sequence[Avis]], counters: Counter[Cell]) -> Brought:
        def work() -> Brought:
            with self._file.transaction() as con:
                tally = Tally(*con.execute(f"/* Store.bring */ select {HORIZON}").fetchone())
                for avis in pages:
                    page = sort_out(avis, map(avis_of, con.execute(FIND, (keys_of(avis),))))
                    for id in tally.unknown(page.new):
                        tally.know(id, con.execute(_own(self._outlived), (id,)))
                    con.executemany(INSERT, map(row_of, tally.count(page)))
                for id in tally.without_avis(counters):
                    tally.know(id, con.execute(_own(self._outlived), (id,)))
                    tally.add(id, counters, con.execute(_own(OPENINGS), (id,)))
                for sql, values in self._adding(tally.counters, tally.counters):
                    con.execute(sql, values)
                con.execute(_own(RAISE_HORIZON), (tally.horizon,))
            return tally.result()

        return await self._file.write(work)

    def _adding(self, days: Counter[Cell], months: Counter[Cell]) -> tuple[Query, Query]:
        return (
            (add("agregat", "jour", "?1"), (as_json(moved(days)),)),
            (add("agregat_mois", "mois", "?1"), (as_json(moved(months)),)),
        )


def _own(sql: str) -> str:
    """$1 goes by order of appearance here, ?1 by its number."""
    return re.sub(r"\$(?=\d)", "?", sql)


@contextlib.contextmanager
def _snapshot(con: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside shows one same instant."""
    con.execute("begin")
    try:
        yield
    finally:
        con.execute("commit")


def _audit(con: sqlite3.Connection, demarche_id: int) -> tuple[int, Audit]:
    """How many rebuilds there were, and what they would find now."""
    with _snapshot(con):
        rebuilds = con.execute("pragma user_version").fetchone()[0]
        days = _counters(con, "agregat", "jour", demarche_id)
        months = _counters(con, "agregat_mois", "mois", demarche_id)
        [horizon] = con.execute(f"/* Store.audit */ select {HORIZON}").fetchone()
        rows = con.execute(RECOUNT_SINCE, (demarche_id,))
        recounted = Counter({Cell(*row[:-1]): row[-1] for row in rows})
    # Before the horizon, counters of days are what they should be.
    recounted.update({cell: n for cell, n in days.items() if cell.jour < horizon})
    # Not « + » nor « | »: they drop a counter below zero, which would be the one to see.
    both = Counter({**recounted, **by_month(recounted)})
    return rebuilds, Audit(Counter({**days, **months}), both)


def _counters(con: sqlite3.Connection, table: str, when: str, demarche_id: int) -> Counter[Cell]:
    sql = f"""/* Store.audit */
    select demarche_id, bouton, {when}, questionnaire, dimension, note, n
    from {table}
    where demarche_id = ?1
    and dimension <> ?2
    and n <> 0
    """
    rows = con.execute(sql, (demarche_id, OUVERTURE))
    return Counter({Cell(*row[:-1]): row[-1] for row in rows})
