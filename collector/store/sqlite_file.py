"""One SQLite file: its write connection in one thread, its readers, its lock, its migrations.

WAL with synchronous=FULL: a commit returns after the operating system was asked to put the log on
disk, so an acknowledged avis survives a power cut on storage that honours sync. Whatever is seen to
be damaged, or no longer in place, ends all writing: what is written then may never be read again.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from collector.store import owned
from collector.store.contract import BatchError, SchemaError, StoreError
from collector.store.sqlite_paths import Paths

T = TypeVar("T")

IN_MEMORY = Path(":memory:")  # to SQLite, no file; refused further on, for nothing of it is kept
READERS = 3
# Thrice this is below the widget's 8 s: on a locked file an avis waits for the batch before its
# own, and a readiness check may come between the two. Whoever waits is told so in time.
BUSY_SECONDS = 2.0
PAGE_SIZE = 2048  # takes effect on a new file
WAL_BYTES = 4 * 1024 * 1024
MODULE = "fts5"  # in nearly every build, but left out of some
FULL = 2  # what `pragma synchronous` reads when it is FULL
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_MIGRATIONS = Path(__file__).parent / "migrations"


class SqliteFile:
    """Exactly one thread uses the write connection: a connection shared by coroutines can lose
    what one of them committed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock: int | None = None
        self._paths = Paths(path)
        self._damage: str | None = None

    async def open(self) -> None:
        await self.write(self._connect)

    def _connect(self) -> None:
        self._paths.check_before_opening()
        try:
            if self.path != IN_MEMORY:
                # SQLite gives its log and the index of that the mode of the base.
                owned.make(self.path)
            con = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,  # we say begin and commit ourselves
                check_same_thread=False,  # closed from another thread, after its own has ended
            )
            self._opened.append(con)
            self._set_up(con)
        except sqlite3.Error as error:
            restore = " Restaurez une sauvegarde (« jdma restore »)." if _damaged(error) else ""
            raise StoreError(f"{self.path} ne s’ouvre pas : {error}.{restore}") from error
        except OSError as error:
            raise StoreError(f"{self.path} ne s’ouvre pas : {error.strerror}.") from error
        self.con = con

    def _set_up(self, con: sqlite3.Connection) -> None:
        # Smaller pages, and fewer checkpoints than every 1,000 pages: a batch touches a few rows on
        # many pages, and each is written whole. Together a fifth less work for an avis.
        con.execute(f"pragma page_size = {PAGE_SIZE}")
        # A statement of many rows keeps a journal of its own, to undo itself: not in a file.
        con.execute("pragma temp_store = memory")
        con.execute(f"pragma wal_autocheckpoint = {WAL_BYTES // PAGE_SIZE}")
        # What is deleted is overwritten: on Debian it is anyway, elsewhere it would stay readable.
        con.execute("pragma secure_delete = on")
        # A long reader, such as a backup, makes the log grow; afterwards it gives back the room.
        con.execute(f"pragma journal_size_limit = {WAL_BYTES}")
        # Both are read back: builds and drivers differ in their defaults, and our 201 rests on it.
        mode = con.execute("pragma journal_mode = wal").fetchone()[0]
        con.execute("pragma synchronous = full")
        synchronous = con.execute("pragma synchronous").fetchone()[0]
        con.execute("pragma foreign_keys = on")
        if not con.execute("select 1 from pragma_module_list where name = ?", (MODULE,)).fetchall():
            raise StoreError(
                f"SQLite {sqlite3.sqlite_version} est ici sans {MODULE.upper()}, qui cherche les "
                "mots des commentaires : installez un SQLite compilé avec."
            )
        if mode != "wal" or synchronous != FULL:
            raise StoreError(
                f"{self.path} : journal_mode={mode}, synchronous={synchronous} ; "
                "il faut wal et 2 (full), sur un disque local."
            )

    def _reader(self) -> sqlite3.Connection:
        con: sqlite3.Connection | None = getattr(self._readers, "con", None)
        if con is None:
            con = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            con.execute("pragma query_only = on")
            self._readers.con = con
            self._opened.append(con)
        return con

    async def close(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        # The write connection last: a reader cannot bring the log back into the file, which an
        # operator may then copy alone.
        for con in reversed(self._opened):
            con.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def claim(self) -> None:
        try:
            lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"{self.path}.lock ne s’ouvre pas : {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise StoreError(
                f"Un autre collecteur sert déjà {self.path} : un fichier SQLite n’a qu’un serveur."
            ) from None
        self._lock = lock

    async def write(self, work: Callable[[], T]) -> T:
        """Have the write thread do something. Raises StoreError, also when it was done and nobody
        would find it again."""
        if self._damage:
            raise StoreError(self._damage)
        # In the loop's thread, 8 µs a batch: each question lets go of the interpreter lock, and the
        # write thread would wait for a busy loop to have it back.
        if self._paths.astray:
            self._paths.check_in_place()
        result = await self._run(self._write_thread, work)
        self._paths.check_in_place()
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._run(self._read_threads, lambda: work(self._reader()))

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except sqlite3.IntegrityError as error:
            raise BatchError(str(error)) from error
        except sqlite3.Error as error:
            if _damaged(error):
                self._damage = self._damage or self._what_to_do(error)
            raise StoreError(self._damage or _said(error)) from error

    async def check(self) -> None:
        """Have SQLite read every page. Raises StoreError."""
        sql = "/* Store.check */ pragma integrity_check(1)"
        said: str = await self.read(lambda con: con.execute(sql).fetchone()[0])
        if said != "ok":
            raise StoreError(self._what_to_do(said.splitlines()[-1]))

    def _what_to_do(self, said: object) -> str:
        return (
            f"{self.path.name} est abîmé ({said}) : plus rien n’y est enregistré. Arrêtez le "
            "serveur et restaurez une sauvegarde (« jdma restore »)."
        )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the write thread: committed at the end, or rolled back."""
        con = self.con
        con.execute("begin immediate")
        try:
            yield con
            con.execute("commit")
        except BaseException:
            # A full disk may have rolled back by itself.
            if con.in_transaction:
                con.execute("rollback")
            raise

    async def pending(self) -> list[str]:
        return await self.write(lambda: [path.name for path in self._waiting()])

    def _waiting(self) -> list[Path]:
        with self.transaction() as con:
            con.execute(
                "create table if not exists migration "
                "(numero integer primary key, nom text not null, faite_le text not null) strict"
            )
            done = con.execute("select coalesce(max(numero), 0) from migration").fetchone()[0]
        return waiting_after(done, self.path)

    async def migrate(self, dry_run: bool = False) -> list[str]:
        return await self.write(lambda: self._migrate(dry_run))

    def _migrate(self, dry_run: bool) -> list[str]:
        waiting = self._waiting()
        scripts = [_script(path) for path in waiting]
        if dry_run:
            scripts = ["".join(scripts)]
        for script in scripts:
            try:
                # executescript commits what is open before it starts, hence `begin` inside.
                end = "rollback" if dry_run else "commit"
                self.con.executescript(f"begin immediate;\n{script}\n{end};")
            finally:
                if self.con.in_transaction:
                    self.con.execute("rollback")
        return [path.name for path in waiting]


def _said(error: sqlite3.Error) -> str:
    """The reason, without the text that could not be read, which would be a comment."""
    return str(error).partition(" with text ")[0]


def _damaged(error: sqlite3.Error) -> bool:
    # The lower byte is the error, the upper one says more. Python's own errors have neither.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def _script(path: Path) -> str:
    """A migration and the row that says it was done."""
    numero = int(path.name.split("_")[0])
    return (
        f"{path.read_text(encoding='utf-8')}\n"
        "insert into migration (numero, nom, faite_le) "
        f"values ({numero}, '{path.name}', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));\n"
    )


def waiting_after(done: int, path: Path) -> list[Path]:
    """The migrations a database still waits for, of which `done` were done.

    Raises SchemaError when that is more than this program knows.
    """
    files = sorted(_MIGRATIONS.glob("*.sqlite.sql"))
    if done > len(files):
        raise SchemaError(
            f"{path} vient d’une version plus récente (migration {done}, "
            f"ce programme en connaît {len(files)}). Installez la version récente."
        )
    return files[done:]
