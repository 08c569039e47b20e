"""A look at a database, whatever its engine, by a connection that writes nothing: for an operator,
while it is served or not."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from collector.config import Settings
from collector.store.contract import Row, StoreError
from collector.store.sqlite_copy import reading, waiting

Ask = Callable[[str], Awaitable[list[Row]]]

QUICK_BYTES = 1_000_000_000  # of a larger file a whole reading takes more than some seconds


class Sounded(NamedTuple):
    """An open look: the engine in words, the migrations that wait, and a way to ask more."""

    moteur: str
    waiting: list[str]
    ask: Ask


@contextlib.asynccontextmanager
async def sounded(settings: Settings) -> AsyncIterator[Sounded]:
    """Raises StoreError, also where the database may lose what it commits, or is damaged."""
    if settings.sqlite_path:
        async with _sqlite(settings) as found:
            yield found
    else:
        async with _postgres(settings) as found:
            yield found


@contextlib.asynccontextmanager
async def _sqlite(settings: Settings) -> AsyncIterator[Sounded]:
    path = settings.sqlite_path
    assert path is not None  # the caller looked
    with reading(path) as con:
        late = [each.name for each in waiting(con, path)]
        if path.stat().st_size < QUICK_BYTES:
            said = con.execute("/* sounding */ pragma quick_check(1)").fetchone()[0]
            if said != "ok":
                raise StoreError(f"{path} est abîmé : arrêtez le serveur, et « jdma restore ».")
        mode = con.execute("pragma journal_mode").fetchone()[0]
        if mode != "wal":
            raise StoreError(f"{path} : journal_mode={mode} ; il faut wal, sur un disque local.")

        async def ask(sql: str) -> list[Row]:
            return con.execute(sql).fetchall()

        yield Sounded(f"SQLite {sqlite3.sqlite_version}", late, ask)


@contextlib.asynccontextmanager
async def _postgres(settings: Settings) -> AsyncIterator[Sounded]:
    from collector.store.postgres_server import PostgresServer  # its driver is an extra

    server = PostgresServer(settings.database, settings.unsafe_database)
    try:
        await server.open()
        late = await server.pending()
        async with server.reading() as con:
            version = ".".join(map(str, con.get_server_version()[:2]))

            async def ask(sql: str) -> list[Row]:
                return [tuple(row) for row in await con.fetch(sql)]

            spread = ", réparti (Citus)" if server.distributed else ""
            yield Sounded(f"PostgreSQL {version}{spread}", late, ask)
    finally:
        await server.close()
