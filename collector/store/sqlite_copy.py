"""One instant of a SQLite file, copied page by page while it is written to."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from collector.store.contract import StoreError
from collector.store.sqlite_file import BUSY_SECONDS, waiting_after

STEP = 2_048  # pages copied between two looks up: 4 MB, a few milliseconds of work

Tell = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much of it is done, of how much."""


class Damaged(StoreError):
    """A file is no database, or not a whole one: the reason, for whoever knows which file it is."""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, in a transaction: all that it reads is of one same instant.

    Raises StoreError when there is no such file, where SQLite would make one.
    """
    if not path.is_file():
        raise StoreError(f"{path} n’existe pas, ou n’est pas un fichier.")
    address = f"{path.absolute().as_uri()}?mode=ro"
    with (
        plainly(path),
        contextlib.closing(
            sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        ) as con,
    ):
        con.execute("begin")
        yield con


@contextlib.contextmanager
def plainly(path: Path) -> Iterator[None]:
    """What SQLite and the system say of a file becomes a StoreError that names it."""
    try:
        yield
    except sqlite3.Error as error:
        if _is_damage(error):
            raise Damaged(f"{error}.") from error
        raise StoreError(f"{path} : {error}.") from error
    except UnicodeDecodeError as error:  # SQLite quotes what it cannot read
        raise Damaged(f"{error}.") from error
    except OSError as error:
        raise StoreError(f"{error.filename or path} : {error.strerror}.") from error


def _is_damage(error: Exception) -> bool:
    """Whether SQLite finds the file itself at fault."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says what kind
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def waiting(con: sqlite3.Connection, path: Path) -> list[Path]:
    """The migrations that a collector's database waits for.

    Raises StoreError when it is another program's, SchemaError when it is newer than this one.
    """
    if not con.execute("select 1 from sqlite_schema where name = 'migration'").fetchone():
        raise StoreError(f"{path} n’est pas la base d’un collecteur.")
    done = con.execute("select coalesce(max(numero), 0) from migration").fetchone()[0]
    return waiting_after(done, path)


def integrity(con: sqlite3.Connection) -> None:
    """Have SQLite read every page, and every index against its table. Raises Damaged."""
    said = con.execute("pragma integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise Damaged(f"{' '.join(said.split())}.")


def copy(source: Path, empty: Path, tell: Tell) -> None:
    """Copy one instant of a collector's database into an empty file, and have that on disk.

    The transaction of `reading` is what makes it one instant. Without it SQLite begins again after
    each commit of another process, and a busy server would never let it end.
    """
    with reading(source) as con, _said_of_both(source, empty), _filling(empty) as target:
        waiting(con, source)
        _make_sure_of_room(con, empty.parent)
        with empty.open("rb") as file:

            def step(_: int, left: int, pages: int) -> None:
                # A little at a time: the server's commits queue behind what is synced in one go.
                os.fsync(file.fileno())
                tell("Copie (pages)", pages - left, pages)

            con.backup(target, pages=STEP, progress=step)
    settle(empty)


@contextlib.contextmanager
def _said_of_both(source: Path, empty: Path) -> Iterator[None]:
    """Nothing says on which side a copy failed, but for a source that is damaged."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if _is_damage(error):
            raise
        raise StoreError(
            f"{source} n’a pas pu être copié dans {empty.parent} : {error}."
        ) from error


@contextlib.contextmanager
def _filling(empty: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that nobody else opens: until it is whole, no journal is needed.

    What is copied says that it is in WAL; it ends as a single file, which can be read anywhere.
    """
    address = f"{empty.absolute().as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as con:
        con.execute("pragma locking_mode = exclusive")
        con.execute("pragma journal_mode = off")
        con.execute("pragma synchronous = off")
        yield con
        con.execute("pragma journal_mode = delete")


def _make_sure_of_room(con: sqlite3.Connection, folder: Path) -> None:
    pages = con.execute("pragma page_count").fetchone()[0]
    wanted = pages * con.execute("pragma page_size").fetchone()[0]
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise StoreError(
            f"La place manque dans {folder} : il faut {wanted / 1e6:.0f} Mo, "
            f"il en reste {free / 1e6:.0f}."
        )


def settle(path: Path) -> None:
    """Have a file on disk and out of memory: who reads it next reads what the disk has, and the
    memory is left to the pages of the server."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # not on macOS
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def settle_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def beside(path: Path, suffix: str) -> Path:
    """The file that has a name longer by `suffix`."""
    return path.with_name(path.name + suffix)
