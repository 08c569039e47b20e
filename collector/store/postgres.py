"""The engine to grow onto: the Store contract on one PostgreSQL database, for several servers.

A batch is one call of `record_batch` (see the migrations), which is one transaction by itself. When
a key is there already, the states stored are read first, under a lock, in a transaction of more
steps.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple, TypeVar

from collector.asked.recherche import Recherche, words
from collector.domain import Avis, Cell, Outcome, by_month
from collector.store import citus, postgres_recherche
from collector.store.admin import AdminStore
from collector.store.bringing import Tally, sort_out
from collector.store.contract import (
    Audit,
    BatchError,
    Brought,
    Duplicate,
    Row,
    StoreError,
    set_apart,
    settle,
)
from collector.store.keeping import NUMBERED
from collector.store.moderating import Which
from collector.store.moving import OPENINGS, MovingStore
from collector.store.plain import HORIZON, RAISE_HORIZON, Query
from collector.store.postgres_lot import (
    AUDIT,
    ETAPE,
    RECOUNT,
    RECOUNT_BEFORE,
    add,
    kept_beside,
    moved,
    stored_of,
    write,
)
from collector.store.postgres_said import Again, Connection, met
from collector.store.postgres_server import PostgresServer
from collector.store.selecting import Latest, Values

T = TypeVar("T")

# Another server may take the same key between our look and our write: look again, a few times.
ATTEMPTS = 5
LENGTH_SECONDS = 30.0  # a page of a download, a search, a count that no counter has
LOAD_SECONDS = 60.0  # a page of a copy, on a server that is busy with others
REBUILD_LOCK = 0x6A646D62  # with the démarche: one rebuild of it at a time
CLAIM_LOCK = 0x6A646D63  # held by every server, shared; by a copy, alone

_COPIED = "Une copie de cette base, ou vers elle, est en cours."
_SERVED = "Des collecteurs servent cette base, ou une autre copie est en cours : arrêtez-les."


class PostgresStore(AdminStore, MovingStore):
    """The Store contract on PostgreSQL. `address` is postgresql://…, with several hosts if need be.

    A server that may lose what it commits is refused, unless `unsafe`.
    """

    _RECOUNT = RECOUNT
    _RECOUNT_BEFORE = RECOUNT_BEFORE
    _EACH_NOTE = "json_each_text"
    _JOINED = "string_agg"
    _LOCKING = "for update"
    _EACH_ROW = "json_array_elements(cast($1 as json))"

    def __init__(self, address: str, unsafe: bool = False) -> None:
        self._server = PostgresServer(address, unsafe)

    async def open(self) -> None:
        await self._server.open()

    async def close(self) -> None:
        await self._server.close()

    async def claim(self) -> None:
        """Any number of servers share one database, but not with a copy that comes or goes."""
        await self._server.hold(f"select pg_try_advisory_lock_shared({CLAIM_LOCK})", _COPIED)

    async def claim_alone(self) -> None:
        await self._server.hold(f"select pg_try_advisory_lock({CLAIM_LOCK})", _SERVED)

    async def pending(self) -> list[str]:
        return await self._server.pending()

    async def migrate(self, dry_run: bool = False) -> list[str]:
        return await self._server.migrate(dry_run)

    async def distribute(self) -> bool:
        async with self._server.writing(None) as con:
            done = await citus.distribute(con)
        self._server.distributed = True
        return done

    async def _read(self, *queries: Query) -> list[list[Row]]:
        async with (
            self._server.reading() as con,
            con.transaction(isolation="repeatable_read", readonly=True),
        ):
            return [await _rows(con, sql, values) for sql, values in queries]

    async def _change(self, sql: str, *values: object, then: Sequence[Query] = ()) -> list[Row]:
        try:
            async with self._server.writing() as con, con.transaction():
                # One change after the other, each knowing the one before: two structures put under
                # each other at the same time would be a ring.
                await con.execute("select version from catalogue for update")
                changed = await _rows(con, sql, values)
                if changed:
                    for each, given in then:
                        await con.execute(each, *given)
                    await con.execute("update catalogue set version = version + 1")
                return changed
        except BatchError as error:
            raise Duplicate(str(error)) from error

    async def _commit(self, sql: str, *values: object) -> list[Row]:
        async with self._server.writing() as con:
            return await _rows(con, sql, values)

    async def record(
        self,
        batch: Sequence[Avis],
        openings: Mapping[Cell, int] = {},
        contacts: Mapping[int, str] = {},
    ) -> list[Outcome]:
        if not self._server.distributed:
            return await self._record(batch, openings, contacts)
        # One transaction over several servers would cost each of them a second commit.
        groups = _by_demarche(batch, openings)
        found = await asyncio.gather(
            *(self._record(*_part_of(group, batch, contacts)) for group in groups),
            return_exceptions=True,
        )
        outcomes: dict[int, Outcome] = {}
        for group, result in zip(groups, found, strict=True):
            if isinstance(result, BaseException):
                raise result
            outcomes.update(zip(group.places, result, strict=True))
        return [outcomes[i] for i in range(len(batch))]

    async def _record(
        self, batch: Sequence[Avis], openings: Mapping[Cell, int], contacts: Mapping[int, str]
    ) -> list[Outcome]:
        async with self._server.writing() as con:
            # First states are new, but for replays: no need to look, their key says if one is not.
            if not contacts and all(avis.etape == 1 for avis in batch):
                settled = settle(batch, ())
                settled.counters.update(openings)
                with contextlib.suppress(Again), met():
                    await write(con, settled)
                    return settled.outcomes

            async def work() -> list[Outcome]:
                stored = await stored_of(con, batch)
                settled = settle(batch, stored, await kept_beside(con, stored), contacts)
                settled.counters.update(openings)
                await write(con, settled)
                return settled.outcomes

            return await _until_alone(con, work)

    async def set_aside(self, demarche_id: int, cle: str, reason: str | None) -> bool:
        return await self._set_apart(demarche_id, [cle], lambda _: True, reason) == 1

    async def _set_apart(
        self, demarche_id: int, cles: Sequence[str], which: Which, reason: str | None
    ) -> int:
        wanted = [Avis(demarche_id, cle, "", "", 0, "", "", {}) for cle in cles]
        async with self._server.writing() as con:

            async def work() -> int:
                settled = set_apart(filter(which, await stored_of(con, wanted)), reason)
                await write(con, settled)
                return len(settled.changed)

            return await _until_alone(con, work)

    async def _together(self, *queries: Query) -> list[list[Row]]:
        async with self._server.writing() as con:

            async def work() -> list[list[Row]]:
                return [await _rows(con, sql, values) for sql, values in queries]

            return await _until_alone(con, work)

    async def probe(self) -> None:
        async with self._server.writing() as con:
            await con.execute("/* Store.probe */ update sonde set le = now()::text")

    async def stored_etape(self, demarche_id: int, cle: str) -> int | None:
        """Asked on behalf of somebody who is to be told « already stored ». Locking the row makes
        this a commit, and so a wait for the standby, where a failed one may not have got."""
        async with self._server.writing() as con:
            found = await con.fetchval(ETAPE, demarche_id, cle)
        return None if found is None else int(found)

    # What is read of avis

    def _has(self, values: Values, _: Sequence[int], recherche: Recherche) -> str:
        return f"avis.recherche @@ {postgres_recherche.query(values, recherche)}"

    def _latest(self, values: Values, demarches: Sequence[int], recherche: Recherche) -> Latest:
        has = self._has(values, demarches, recherche)
        return Latest("avis", has, "avis.recu_le desc, avis.demarche_id, avis.cle")

    async def _formes(self, recherche: Recherche, texts: Iterable[str]) -> Set[str]:
        mots = {word.mot for text in texts for word in words(text)}
        alone = [t.mots[0] for t in recherche.termes if len(t.mots) == 1 and not t.debut]
        [found] = await self._read((postgres_recherche.FORMES, (sorted(mots), alone)))
        return {mot for (mot,) in found}

    async def _read_at_length(self, *queries: Query) -> list[list[Row]]:
        async with (
            self._server.reading(LENGTH_SECONDS) as con,
            con.transaction(isolation="repeatable_read", readonly=True),
        ):
            # Stopped by the server itself, a little before the connection would be dropped.
            await con.execute(f"set local statement_timeout = '{LENGTH_SECONDS - 1:.0f}s'")
            return [await _rows(con, sql, values) for sql, values in queries]

    async def forget(self) -> None:
        async with self._server.reading(None) as con:
            await con.execute("set statement_timeout = 0")
            try:
                # What is left of one that was cut off: it is written to, and never read.
                for end in ("ccnew", "ccold"):
                    left = f"avis_recherche_{end}"
                    await con.execute(
                        f"/* Store.forget */ drop index concurrently if exists {left}"
                    )
                await con.execute("/* Store.forget */ vacuum avis, contact")
                # An entry of the index stays when nothing is under it any more.
                await con.execute("/* Store.forget */ reindex index concurrently avis_recherche")
            finally:
                await con.execute("reset statement_timeout")

    # The proof of the figures

    async def audit(self, demarche_id: int) -> Audit:
        async with self._server.reading(None) as con, con.transaction():
            return await _audit(con, demarche_id)

    async def rebuild(self, demarche_id: int) -> None:
        async with self._server.reading(None) as con, con.transaction():
            await _without_limit(con)
            await con.execute(f"select pg_advisory_xact_lock({REBUILD_LOCK}, {demarche_id})")
            audit = await _audit(con, demarche_id)
            for sql, values in self._adding(*audit.differences()):
                await con.execute(sql, *values)

    async def check(self) -> bool:
        return False  # its own tools do: data_checksums, pg_amcheck

    # A store that moves

    _AFTER_IDS = tuple(
        f"/* Store.adopt */ select setval(pg_get_serial_sequence('{table}', 'id'), "
        f"(select coalesce(max(id), 0) + 1 from {table}), false)"
        for table in ("structure", "demarche", *NUMBERED)
    )

    async def _execute(self, *queries: Query) -> None:
        async with self._server.writing(None) as con, con.transaction():
            await _without_limit(con)
            for sql, values in queries:
                await con.execute(sql, *values)

    async def load(self, page: Sequence[Row]) -> None:
        async with self._server.writing(LOAD_SECONDS) as con, con.transaction():
            await _without_limit(con)
            await con.copy_records_to_table("avis", records=page, columns=Avis._fields)

    async def bring(self, pages: Iterable[Sequence[Avis]], counters: Counter[Cell]) -> Brought:
        async with self._server.writing(None) as con, con.transaction():
            await _without_limit(con)
            # The horizon stays where it is meanwhile, and with it the avis that are looked up.
            await con.execute("/* Store.bring */ lock table horizon in share row exclusive mode")
            tally = Tally(await con.fetchval(f"/* Store.bring */ select {HORIZON}"))
            for avis in pages:
                page = sort_out(avis, await stored_of(con, avis))
                for id in tally.unknown(page.new):
                    tally.know(id, await _rows(con, self._outlived, (id,)))
                new = tally.count(page)
                await con.copy_records_to_table("avis", records=new, columns=Avis._fields)
            for id in tally.without_avis(counters):
                tally.know(id, await _rows(con, self._outlived, (id,)))
                tally.add(id, counters, await _rows(con, OPENINGS, (id,)))
            for sql, values in self._adding(tally.counters, tally.counters):
                await con.execute(sql, *values)
            await con.execute(RAISE_HORIZON, tally.horizon)
        return tally.result()

    def _adding(self, days: Counter[Cell], months: Counter[Cell]) -> tuple[Query, Query]:
        return (
            (add("agregat", "jour"), (moved(days),)),
            (add("agregat_mois", "mois"), (moved(months),)),
        )


class _Group(NamedTuple):
    """The part of a batch that belongs to one démarche: its places, and the openings."""

    places: list[int]
    openings: dict[Cell, int]


def _by_demarche(batch: Sequence[Avis], openings: Mapping[Cell, int]) -> list[_Group]:
    groups: defaultdict[int, _Group] = defaultdict(lambda: _Group([], {}))
    for place, avis in enumerate(batch):
        groups[avis.demarche_id].places.append(place)
    for cell, n in openings.items():
        groups[cell.demarche_id].openings[cell] = n
    return list(groups.values())


def _part_of(
    group: _Group, batch: Sequence[Avis], contacts: Mapping[int, str]
) -> tuple[list[Avis], Mapping[Cell, int], dict[int, str]]:
    """What `record` takes, of one démarche alone."""
    places = dict(enumerate(group.places))
    part = [batch[place] for place in group.places]
    left = {i: contacts[place] for i, place in places.items() if place in contacts}
    return part, group.openings, left


async def _until_alone(con: Connection, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` in a transaction; do it over when another server was quicker."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(Again), met():
            async with con.transaction():
                return await work()
    raise StoreError("d’autres serveurs écrivent les mêmes avis")


async def _rows(con: Connection, sql: str, values: Sequence[object]) -> list[Row]:
    return [tuple(row) for row in await con.fetch(sql, *values)]


async def _audit(con: Connection, demarche_id: int) -> Audit:
    await _without_limit(con)
    stored: Counter[Cell] = Counter()
    recounted: Counter[Cell] = Counter()
    for is_stored, *cell, n in await con.fetch(AUDIT, demarche_id):
        (stored if is_stored else recounted)[Cell(*cell)] = n
    return Audit(stored, Counter({**recounted, **by_month(recounted)}))


async def _without_limit(con: Connection) -> None:
    """Let the rest of this transaction take its time: it counts a whole démarche."""
    await con.execute("set local statement_timeout = 0")
