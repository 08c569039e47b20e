"""The engines the contract is run on, and the way into each that no contract gives."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from collector.store import sqlite_file
from collector.store.contract import Store
from collector.store.sqlite import SqliteStore


class Engine(Protocol):
    """One database of an engine, at first empty."""

    @property
    def suffix(self) -> str:
        """How the names of its migrations end."""

    @property
    def migrations(self) -> Path:
        """The folder of the real ones."""

    def connect(self) -> Store:
        """A store on the database, not opened yet."""

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
    migrations = sqlite_file._MIGRATIONS

    def __init__(self, folder: Path) -> None:
        self.path = folder / "avis.db"

    def connect(self) -> Store:
        return SqliteStore(self.path)

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


ENGINES: dict[str, Callable[[Path], Engine]] = {"sqlite": SqliteEngine}
