"""The engines the contract is run on, and the way into each that no contract gives."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from collector.store import postgres_server, sqlite_file
from collector.store.contract import Store
from collector.store.postgres import PostgresStore
from collector.store.sqlite import SqliteStore
from tests import postgres
from tests.world import new_database, set_up

Kept = SqliteStore | PostgresStore
"""A store, with what it keeps for the administration."""


class Engine(Protocol):
    """One database of an engine, at first empty."""

    @property
    def suffix(self) -> str:
        """How the names of its migrations end."""

    @property
    def whole(self) -> bool:
        """Whether a batch of several démarches is one transaction."""

    @property
    def migrations(self) -> Path:
        """The folder of the real ones."""

    def connect(self) -> Store:
        """A store on the database, not opened yet."""

    def fill(self) -> None:
        """Put what `tests.world.fill` makes into the empty database."""

    async def finish(self, store: Store) -> None:
        """What an operator does to a new database once its tables are there."""

    def execute(self, sql: str) -> None:
        """Do something behind the store's back, and commit it."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def schema(self) -> list[tuple[Any, ...]]:
        """Every table there is, in a form that can be compared."""

    def use_migrations(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make `folder` the migrations that the program knows."""


class SqliteEngine:
    """A SQLite file in a folder."""

    suffix = ".sqlite.sql"
    whole = True
    migrations = sqlite_file._MIGRATIONS

    def __init__(self, folder: Path) -> None:
        self.path = folder / "avis.db"

    def connect(self) -> Store:
        return SqliteStore(self.path)

    def fill(self) -> None:
        new_database(self.path.parent)

    async def finish(self, store: Store) -> None:
        pass

    def execute(self, sql: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as con, con:
            con.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.path)) as con:
            return con.execute(sql).fetchall()

    def schema(self) -> list[tuple[Any, ...]]:
        return self.rows("select type, name, sql from sqlite_schema order by type, name")

    def use_migrations(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "_MIGRATIONS", folder)


class PostgresEngine:
    """A schema of its own, emptied, on the server of this run of the tests."""

    suffix = ".postgres.sql"
    whole = True
    migrations = postgres_server._MIGRATIONS

    def __init__(self, folder: Path) -> None:
        self.address = f"{postgres.shared().address()}?search_path=contrat"
        self.execute("drop schema if exists contrat cascade; create schema contrat")

    def connect(self) -> Store:
        return PostgresStore(self.address)

    def fill(self) -> None:
        self.address = f"{postgres.copied(_filled(), 'essai')}?search_path=contrat"

    async def finish(self, store: Store) -> None:
        pass

    def execute(self, sql: str) -> None:
        postgres.execute(self.address, sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return postgres.rows(self.address, sql)

    def schema(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select table_name, column_name, data_type, is_nullable, column_default "
            "from information_schema.columns where table_schema = 'contrat' order by 1, 2"
        )

    def use_migrations(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_server, "_MIGRATIONS", folder)


class CitusEngine(PostgresEngine):
    """The same on a cluster, its tables spread: JDMA_TEST_CITUS is the coordinator's address."""

    whole = False

    def __init__(self, folder: Path) -> None:
        self.address = f"{os.environ['JDMA_TEST_CITUS']}?search_path=contrat"
        self.execute("drop schema if exists contrat cascade; create schema contrat")

    def fill(self) -> None:
        set_up(self.address)

    async def finish(self, store: Store) -> None:
        await store.distribute()


@functools.cache
def _filled() -> str:
    """The name of a database to copy: in place of migrations, a third of the time."""
    address = postgres.shared().address("modele")
    postgres.execute(postgres.shared().address(), "create database modele")
    postgres.execute(address, "create schema contrat")
    set_up(f"{address}?search_path=contrat")
    return "modele"


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "sqlite": SqliteEngine,
    "postgresql": PostgresEngine,
}
if "JDMA_TEST_CITUS" in os.environ:
    ENGINES["citus"] = CitusEngine
