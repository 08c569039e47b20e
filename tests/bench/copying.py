"""How fast `jdma copy` is, proof included, beside the fastest way to load the same rows."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg

from collector.config import load
from collector.domain import Avis
from collector.exchange.copying import copy
from collector.serve import loop_factory, opened
from tests import postgres
from tests.bench.figures import fill
from tests.world import Where, address_of, new_database

AVIS = 400_000
DEMARCHES = 20  # so that each has 55 avis a day: as many as at 5,000,000 and 250
_COLUMNS = ", ".join(Avis._fields)


def measure(folder: Path, n: int = AVIS) -> dict[str, float]:
    """For each direction, rate of the copy / rate of the bare load into the same engine."""
    path = new_database(folder)
    fill(path, n, DEMARCHES)
    with contextlib.closing(sqlite3.connect(path)) as con:
        rows = con.execute(f"select {_COLUMNS} from avis").fetchall()
    place = postgres.a_folder(None)
    cluster = postgres.new_cluster(place)
    cluster.start()
    try:
        found = {}
        there, back = cluster.address(), folder / "back.db"
        copied = _seconds(lambda: _copy(path, there))
        copied_back = _seconds(lambda: _copy(there, back))
        found["SQLite → PostgreSQL"] = _load_postgresql(there, rows) / copied
        found["PostgreSQL → SQLite"] = _load_sqlite(folder / "bare.db", back, rows) / copied_back
        return found
    finally:
        cluster.stop()
        postgres.remove(place)


async def _copy(source: Where, target: Where) -> None:
    settings = [load({"database": address_of(where)}, environ={}) for where in (source, target)]
    async with opened(settings[0]) as old, opened(settings[1]) as new:
        await new.migrate()
        await copy(old, new, lambda _: None)


def _load_postgresql(address: str, rows: list[tuple[Any, ...]]) -> float:
    """Seconds to COPY the rows into the same table, in one transaction."""

    async def work() -> float:
        con = await asyncpg.connect(address)
        try:
            await con.execute("truncate avis")
            started = time.perf_counter()
            await con.copy_records_to_table("avis", records=rows, columns=Avis._fields)
            return time.perf_counter() - started
        finally:
            await con.close()

    return asyncio.run(work())


def _load_sqlite(path: Path, model: Path, rows: list[tuple[Any, ...]]) -> float:
    """Seconds to insert the rows into the same table, in one transaction."""
    with contextlib.closing(sqlite3.connect(model)) as con:
        [(table,)] = con.execute("select sql from sqlite_schema where name = 'avis'").fetchall()
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("pragma journal_mode = wal")
        con.execute(table)
        marks = ", ".join("?" * len(Avis._fields))
        started = time.perf_counter()
        with con:
            con.executemany(f"insert into avis ({_COLUMNS}) values ({marks})", rows)
        return time.perf_counter() - started


def _seconds(work: Callable[[], Coroutine[Any, Any, None]]) -> float:
    started = time.perf_counter()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work())
    return time.perf_counter() - started
