"""What a 201 rests on when the power goes: WAL and synchronous=FULL, read back and insisted on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.store import sqlite_file
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from tests.durability.outside import jdma
from tests.world import new_database

FULL = 2  # what SQLite calls FULL, https://sqlite.org/pragma.html#pragma_synchronous


def opened(path: Path) -> SqliteStore:
    """A store that has been opened; closed whatever comes."""
    store = SqliteStore(path)

    async def work() -> None:
        try:
            await store.open()
        finally:
            await store.close()

    asyncio.run(work())
    return store


async def read_back(path: Path, *pragmas: str) -> list[Any]:
    """Pragmas of the connection that commits, in its own thread."""
    store = SqliteStore(path)
    await store.open()

    def read() -> list[Any]:
        con = store._file.con
        return [con.execute(f"pragma {name}").fetchone()[0] for name in pragmas]

    try:
        return await store._file.write(read)
    finally:
        await store.close()


def test_the_connection_that_commits_syncs_the_log_at_each_commit(tmp_path: Path) -> None:
    path = tmp_path / "avis.db"
    assert asyncio.run(read_back(path, "journal_mode", "synchronous")) == ["wal", FULL]
    assert asyncio.run(read_back(path, "foreign_keys")) == [1]
    # Again on a file that exists: synchronous belongs to the connection, not to the file.
    assert asyncio.run(read_back(path, "journal_mode", "synchronous")) == ["wal", FULL]


def test_a_file_of_another_journal_mode_is_turned_to_wal(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    con = sqlite3.connect(path)
    assert con.execute("pragma journal_mode = delete").fetchone() == ("delete",)
    con.close()
    assert asyncio.run(read_back(path, "journal_mode")) == ["wal"]


def test_where_there_is_no_wal_a_store_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"journal_mode=memory.*il faut wal"):
        opened(Path(":memory:"))
    assert list(tmp_path.iterdir()) == []


def test_a_driver_that_sets_another_synchronous_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hasty(sqlite3.Connection):
        """Some drivers do this without a word."""

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            hasty = sql.replace("synchronous = full", "synchronous = normal")
            return super().execute(hasty, *values)

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **more: connect(*args, **more, factory=Hasty)
    )
    with pytest.raises(StoreError, match="synchronous=1 ; il faut wal et 2"):
        opened(tmp_path / "avis.db")


def not_a_database(folder: Path) -> Path:
    path = folder / "avis.db"
    path.write_text("Ceci est une lettre.\n" * 100, encoding="utf-8")
    return path


def no_folder(folder: Path) -> Path:
    return folder / "absent" / "avis.db"


def a_folder(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize("made", [not_a_database, no_folder, a_folder])
def test_what_cannot_be_opened_is_one_sentence_that_names_it(tmp_path: Path, made: Any) -> None:
    path = made(tmp_path)
    ended = jdma("verify", f"--database=sqlite:///{path}")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"jdma : {path} ne s’ouvre pas : ")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
def locked_file(tmp_path: Path) -> Iterator[Path]:
    """A database that is not in WAL yet, and that another program keeps for itself."""
    path = tmp_path / "avis.db"
    con = sqlite3.connect(path, isolation_level=None)
    con.execute("create table t (n)")
    con.execute("begin exclusive")
    yield path
    con.close()


def test_a_file_another_program_keeps_for_itself_is_not_opened(
    locked_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.1)
    with pytest.raises(StoreError, match="ne s’ouvre pas"):
        opened(locked_file)
