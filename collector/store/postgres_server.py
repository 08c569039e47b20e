"""One PostgreSQL database: its connections, what is checked of each of them, its migrations.

A commit returns after the server has put its log on disk, and on the synchronous standby where
there is one. A connection that could not promise this is refused, also after a failover.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson

from collector.store import citus
from collector.store.contract import SchemaError, StoreError
from collector.store.postgres_said import Connection, said, told

# One writer, because a batch is one call; some more where it is one for each démarche. A few
# readers, so that figures never use up a server that serves others as well.
WRITERS = 1
WRITERS_DISTRIBUTED = 6
READERS = 5  # one of them to hold a lock
# A batch waits for a connection, for its answer, and once more to be rid of a connection that gave
# none: together below the widget's 8 s, so that whoever waits is told in time.
CONNECT_SECONDS = 1.5
STATEMENT_SECONDS = 3.0
# The server stops a statement by itself; this is for one that answers nothing any more.
ANSWER_SECONDS = STATEMENT_SECONDS + 1.0
MIGRATION_LOCK_SECONDS = 4
MIGRATION_LOCK = 0x6A646D61  # « jdma »: the advisory lock around migrations

_MIGRATIONS = Path(__file__).parent / "migrations"

# What a server keeps what it commits without: nothing of this may be « off ».
_NEEDED = ("fsync", "full_page_writes", "synchronous_commit")

_SETTINGS = {
    "application_name": "jdma",
    "statement_timeout": f"{STATEMENT_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",  # our statements are short: compiling one takes longer than running it
}


class PostgresServer:
    """A pool to write with and a pool to read with; connections are made anew when they break."""

    def __init__(self, address: str, unsafe: bool = False) -> None:
        self._address = _writable(address)
        self._unsafe = unsafe
        self.distributed = False
        self._held: Connection | None = None
        self._pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @property
    def name(self) -> str:
        """The address without user and password, for messages."""
        parts = urlsplit(self._address)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    async def open(self) -> None:
        try:
            self._readers = await self._pool(READERS)
            async with self._readers.acquire() as con:
                self.distributed = await citus.is_distributed(con)
            self._writers = await self._pool(WRITERS_DISTRIBUTED if self.distributed else WRITERS)
        except StoreError:
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise StoreError(f"{self.name} ne répond pas : {said(error)}.") from error

    async def _pool(self, most: int) -> asyncpg.Pool[asyncpg.Record]:
        pool: asyncpg.Pool[asyncpg.Record] = asyncpg.create_pool(
            self._address,
            min_size=1,
            max_size=most,
            init=self._prepare,
            reset=_keep,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings=_SETTINGS,
        )
        self._pools.append(pool)
        await pool
        return pool

    async def _prepare(self, con: Connection) -> None:
        """Check a new connection, and teach it what we send."""
        await self._check(con)
        await con.set_type_codec(
            "json", schema="pg_catalog", format="binary", encoder=_json, decoder=orjson.loads
        )

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
        with told():
            self._held = await self._readers.acquire(timeout=CONNECT_SECONDS)
            if not await self._held.fetchval(lock):
                raise StoreError(taken)

    async def close(self) -> None:
        if self._held is not None:
            with contextlib.suppress(asyncpg.InterfaceError):  # it broke, and is gone already
                self._held.terminate()
        for pool in self._pools:
            try:
                await asyncio.wait_for(pool.close(), ANSWER_SECONDS)
            except TimeoutError:
                pool.terminate()
        self._pools.clear()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A connection to write with. Raises StoreError, also when what was committed may not be
        where it was promised to be."""
        with told():
            async with self._writers.acquire(timeout=CONNECT_SECONDS) as con:
                with _warned(con) as warnings:
                    yield con
                # A commit whose wait for the standby was cut short succeeds, with a warning.
                if warnings:
                    raise StoreError(f"le serveur a confirmé sous réserve : {warnings[0]}")

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        with told():
            async with self._readers.acquire(timeout=CONNECT_SECONDS) as con:
                yield con

    async def pending(self) -> list[str]:
        async with self.reading() as con:
            return [path.name for path in await self._waiting(con)]

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
        async with self.writing() as con:
            await con.execute(f"set lock_timeout = '{MIGRATION_LOCK_SECONDS}s'")
            await con.execute("set statement_timeout = 0")
            try:
                await con.execute(f"select pg_advisory_lock({MIGRATION_LOCK})", timeout=None)
                return await self._migrate(con, dry_run)
            finally:
                await con.reset()  # locks and settings

    async def _migrate(self, con: Connection, dry_run: bool) -> list[str]:
        waiting = await self._waiting(con)
        scripts = [_script(path) for path in waiting]
        if dry_run:
            scripts = ["".join(scripts)]
        for script in scripts:
            transaction = con.transaction()
            await transaction.start()
            try:
                await con.execute(script, timeout=None)
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
        con.remove_log_listener(hear)


def _writable(address: str) -> str:
    """Of several hosts, ask for the one that takes writes, unless the address says otherwise."""
    if "target_session_attrs" in address:
        return address
    return f"{address}{'&' if urlsplit(address).query else '?'}target_session_attrs=read-write"


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
