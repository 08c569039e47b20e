"""One PostgreSQL database: its connections, what is checked of each of them, its migrations.

A commit returns after the server has put its log on disk, and on the synchronous standby where
there is one. A connection that could not promise this is refused, also after a failover.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakSet

import asyncpg
import orjson

from collector.store import citus, postgres_hosts
from collector.store.contract import SchemaError, StoreError
from collector.store.postgres_hosts import Made
from collector.store.postgres_said import Connection, told

# One writer, because a batch is one call; some more where it is one for each démarche. A few
# readers, so that figures never use up a server that serves others as well.
WRITERS = 1
WRITERS_DISTRIBUTED = 6
READERS = 4
CONNECT_SECONDS = 1.5
# The server stops a statement by itself. A piece of work, from the wait for a connection to the
# commit, is stopped by us: nothing else ends the wait for a standby. A server that does not even
# answer to that is cut off. An avis waits for the batch before its own, and for its own: together
# below the widget's 8 s, so that whoever waits is told in time.
STATEMENT_SECONDS = 2.5
WORK_SECONDS = 3.0
GRACE_SECONDS = 0.5
MIGRATION_LOCK_SECONDS = 4
MIGRATION_LOCK = 0x6A646D61  # « jdma »: the advisory lock around migrations

_MIGRATIONS = Path(__file__).parent / "migrations"

# What a server keeps what it commits without: nothing of this may be « off ».
_NEEDED = ("fsync", "full_page_writes", "synchronous_commit")

_SETTINGS = {
    "application_name": "jdma",
    "statement_timeout": f"{STATEMENT_SECONDS * 1000:.0f}",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",  # our statements are short: compiling one takes longer than running it
}

_Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class PostgresServer:
    """A pool to write with and a pool to read with; connections are made anew when they break."""

    def __init__(self, address: str, unsafe: bool = False) -> None:
        self.name = postgres_hosts.named(address)
        self.distributed = False
        self._hosts = postgres_hosts.one_by_one(address)
        self._unsafe = unsafe
        self._pools: list[_Pool] = []
        self._made: WeakSet[Made] = WeakSet()
        self._lock: tuple[str, str] | None = None
        self._holder: Made | None = None
        self._holding = asyncio.Lock()

    async def open(self) -> None:
        self._readers = await self._pool(READERS)
        async with self.reading() as con:
            self.distributed = await citus.is_distributed(con)
        self._writers = await self._pool(WRITERS_DISTRIBUTED if self.distributed else WRITERS)

    async def _pool(self, most: int) -> _Pool:
        # No connection is made before it is wanted: a server that is away is not asked in vain.
        pool: _Pool = asyncpg.create_pool(
            connect=self._connect, min_size=0, max_size=most, reset=_keep
        )
        self._pools.append(pool)
        await pool
        return pool

    async def _connect(self, *_: object, **how: Any) -> Made:
        """A new connection, for the pools: to the host that takes writes, checked."""

        async def connect(address: str) -> Made:
            async with asyncio.timeout(CONNECT_SECONDS):
                con: Made = await asyncpg.connect(address, server_settings=_SETTINGS, **how)
                with _dropped_on_error(con):
                    await self._check(con)
                    await _teach(con)
                return con

        con = await postgres_hosts.first(self._hosts, connect)
        self._made.add(con)
        return con

    async def _check(self, con: Connection) -> None:
        if self._unsafe:
            return
        if await citus.is_there(con):
            off = await citus.settings_off(con, _NEEDED)
        else:
            off = [name for name in _NEEDED if await con.fetchval(f"show {name}") == "off"]
        if off:
            raise StoreError(
                f"{self.name} peut perdre ce qu’il a confirmé : {', '.join(off)} à « off ». "
                "Réglez-le, ou acceptez-le avec JDMA_UNSAFE_DATABASE=oui."
            )

    async def hold(self, lock: str, taken: str) -> None:
        """Take an advisory lock until the end; StoreError(taken) when it is somebody else's."""
        self._lock = lock, taken
        with told():
            await self._hold()

    async def _hold(self) -> None:
        """Take the lock where it is not held: at first, and when its connection broke."""
        if self._lock is None:
            return
        async with self._holding:
            if self._holder is not None and not self._holder.is_closed():
                return
            lock, taken = self._lock
            con = await self._connect()
            with _dropped_on_error(con):
                async with asyncio.timeout(CONNECT_SECONDS):
                    if not await con.fetchval(lock):
                        raise StoreError(taken)
            self._holder = con

    async def close(self) -> None:
        if self._holder is not None:
            self._holder.terminate()
        await asyncio.gather(*map(_end, self._pools))
        self._pools.clear()

    @contextlib.asynccontextmanager
    async def writing(self, seconds: float | None = WORK_SECONDS) -> AsyncIterator[Connection]:
        """A connection to write with, for so long. Raises StoreError, also when what was committed
        may not be where it was promised to be."""
        async with self._lent(self._writers, seconds) as con:
            await self._hold()
            with _warned(con) as warnings:
                yield con
            # A commit whose wait for the standby was cut short succeeds, with a warning.
            if warnings:
                raise StoreError(f"le serveur a confirmé sous réserve : {warnings[0]}")

    @contextlib.asynccontextmanager
    async def reading(self, seconds: float | None = WORK_SECONDS) -> AsyncIterator[Connection]:
        """A connection to read with, for so long. Raises StoreError."""
        async with self._lent(self._readers, seconds) as con:
            yield con

    @contextlib.asynccontextmanager
    async def _lent(self, pool: _Pool, seconds: float | None) -> AsyncIterator[Connection]:
        with told():
            async with asyncio.timeout(seconds) as limit:
                con = await pool.acquire()
                with self._cut_off_after(limit.when()):
                    try:
                        yield con
                    except asyncpg.ReadOnlySQLTransactionError:
                        self._cut_off()  # a primary that stands back: another host takes writes
                        raise
                    finally:
                        await pool.release(con)

    @contextlib.contextmanager
    def _cut_off_after(self, limit: float | None) -> Iterator[None]:
        """Drop every connection when what was to stop at `limit` has not: a server that answers
        nothing here answers nothing there, and another may answer."""
        if limit is None:
            yield
            return
        late = asyncio.get_running_loop().call_at(limit + GRACE_SECONDS, self._cut_off)
        try:
            yield
        finally:
            late.cancel()

    def _cut_off(self) -> None:
        for con in list(self._made):
            con.terminate()

    async def pending(self) -> list[str]:
        async with self.reading(None) as con:
            waiting = await self._waiting(con)
            if waiting:
                # Another server may be at it now: what waits is what is left when it is done.
                await con.execute(f"set lock_timeout = '{MIGRATION_LOCK_SECONDS}s'")
                await con.execute("set statement_timeout = 0")
                try:
                    await con.execute(f"select pg_advisory_lock_shared({MIGRATION_LOCK})")
                    waiting = await self._waiting(con)
                finally:
                    await con.reset()
            return [path.name for path in waiting]

    async def _waiting(self, con: Connection) -> list[Path]:
        done = 0
        if await con.fetchval("select to_regclass('migration')"):
            done = await con.fetchval("select coalesce(max(numero), 0) from migration")
        files = sorted(_MIGRATIONS.glob("*.postgres.sql"))
        if done > len(files):
            raise SchemaError(
                f"{self.name} vient d’une version plus récente (migration {done}, "
                f"ce programme en connaît {len(files)}). Installez la version récente."
            )
        return files[done:]

    async def migrate(self, dry_run: bool = False) -> list[str]:
        """One server migrates at a time; another waits a little, and finds nothing left to do."""
        async with self.writing(None) as con:
            await con.execute(f"set lock_timeout = '{MIGRATION_LOCK_SECONDS}s'")
            await con.execute("set statement_timeout = 0")
            try:
                await con.execute(f"select pg_advisory_lock({MIGRATION_LOCK})")
                return await self._migrate(con, dry_run)
            finally:
                await con.reset()  # locks and settings

    async def _migrate(self, con: Connection, dry_run: bool) -> list[str]:
        waiting = await self._waiting(con)
        scripts = [_script(path) for path in waiting]
        if dry_run and scripts:  # to the driver nothing is an error
            scripts = ["".join(scripts)]
        for script in scripts:
            transaction = con.transaction()
            await transaction.start()
            try:
                await con.execute(script)
            except BaseException:
                await transaction.rollback()
                raise
            await (transaction.rollback() if dry_run else transaction.commit())
        return [path.name for path in waiting]


@contextlib.contextmanager
def _warned(con: Connection) -> Iterator[list[str]]:
    """The warnings that the server gives meanwhile."""
    warnings: list[str] = []

    def hear(con: Connection, message: Any) -> None:
        if message.severity_en == "WARNING":
            warnings.append(message.message)

    con.add_log_listener(hear)
    try:
        yield warnings
    finally:
        with contextlib.suppress(asyncpg.InterfaceError):  # it broke: there is another reason
            con.remove_log_listener(hear)


@contextlib.contextmanager
def _dropped_on_error(con: Made) -> Iterator[None]:
    """A connection that nobody gets to see is not left open."""
    try:
        yield
    except BaseException:
        con.terminate()
        raise


async def _teach(con: Connection) -> None:
    """Have JSON go over a connection as bytes."""
    await con.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=_json, decoder=orjson.loads
    )


async def _end(pool: _Pool) -> None:
    with contextlib.suppress(TimeoutError):  # what is still open is dropped
        await asyncio.wait_for(pool.close(), CONNECT_SECONDS)


async def _keep(con: Connection) -> None:
    """A connection goes back to its pool as it is: whoever changes a setting changes it back."""


def _json(value: object) -> bytes:
    """JSON that comes as text is sent as it is."""
    return value.encode() if isinstance(value, str) else orjson.dumps(value)


def _script(path: Path) -> str:
    """A migration and the row that says it was done."""
    numero = int(path.name.split("_")[0])
    table = (
        "create table if not exists migration "
        "(numero integer primary key, nom text not null, faite_le text not null);\n"
    )
    return (
        f"{table if numero == 1 else ''}"
        f"{path.read_text(encoding='utf-8')}\n"
        "insert into migration (numero, nom, faite_le) values "
        f"({numero}, '{path.name}', "
        "to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'));\n"
    )
