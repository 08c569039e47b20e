"""Copies of a SQLite database: made while it is served, checked, then named; the oldest are let go.

A copy has its name once it was checked and is on disk. Its SHA-256 stands beside it, for SQLite has
no checksum of its own: in a comment, one letter is as good as another.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.integrity import verify
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from collector.store.sqlite_copy import (
    Damaged,
    Tell,
    beside,
    copy,
    integrity,
    plainly,
    reading,
    settle,
    settle_folder,
    waiting,
)

_NAME = re.compile(r"avis-\d{4}-\d\d-\d\dT\d{6}Z\.db")
_PART, _DIGEST, NOTE = ".part", ".sha256", ".sauvegarde"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is in a copy that was read from end to end."""

    avis: int
    demarches: int
    octets: int
    waiting: tuple[str, ...]
    """Migrations it waits for. With any, its counters were not recounted."""
    wrong: int
    """Counters that are not what the avis say."""
    orphans: int
    """Rows that refer to a row that is not there."""

    def faults(self) -> list[str]:
        """What somebody has to see to. The avis are whole all the same."""
        found = []
        if self.wrong:
            found.append(f"{self.wrong} compteur(s) faux, que « jdma rebuild » répare")
        if self.orphans:
            found.append(f"{self.orphans} ligne(s) orphelines (pragma foreign_key_check)")
        return found


def give_way() -> None:
    """Let what serves go first: at the processor, and on Linux at the disk too.

    Not just when all else is idle: as long as a copy is made the log of the database grows, and
    under load the copy then took three times as long.
    """
    os.nice(19)


def file_name(moment: datetime) -> str:
    """The name of the copy of an instant in UTC; names sort as instants do."""
    return f"avis-{moment:%Y-%m-%dT%H%M%SZ}.db"


def beyond(names: Iterable[str], keep: int) -> list[str]:
    """The names of copies that come before the `keep` newest ones; other files are left alone."""
    return sorted(name for name in names if _NAME.fullmatch(name))[:-keep]


def make(source: Path, folder: Path, moment: datetime, tell: Tell) -> tuple[Path, Checked]:
    """Copy a database, as it is at `moment`, into a folder, and check the copy.

    Raises StoreError; there is then no file more than before.
    """
    if not folder.is_dir():
        raise StoreError(f"{folder} n’est pas un dossier.")
    path = folder / file_name(moment)
    if path.exists():
        raise StoreError(f"{path} existe déjà.")
    with being_made(beside(path, _PART)) as part:
        try:
            copy(source, part, tell)
            digest = digest_of(part)
            checked = check(part, tell)
        except Damaged as damage:
            raise _whose(damage, source, folder) from damage
        _name(part, path, digest)
    return path, checked


def _whose(damage: Damaged, source: Path, folder: Path) -> StoreError:
    """Tell a database that is damaged from a folder whose disk is.

    The copy is not kept: it is no better than the database, which is still there, and a copy of
    each night until somebody looks would fill the disk.
    """
    with contextlib.suppress(Damaged), reading(source) as con:
        integrity(con)
        return StoreError(f"La copie seule est abîmée, voyez le disque de {folder} : {damage}")
    return StoreError(
        f"{source} est abîmé, ou n’est pas une base SQLite : {damage} Rien n’a été gardé. Arrêtez "
        "le serveur, puis rendez la dernière bonne copie : « jdma restore COPIE --remplacer »."
    )


def check(path: Path, tell: Tell) -> Checked:
    """Read a copy from end to end. Raises Damaged."""
    tell("Contrôle", 0, 1)
    with reading(path) as con:
        integrity(con)
        orphans, avis, demarches = con.execute(
            """/* backup.check */
            select
                (select count(*) from pragma_foreign_key_check),
                (select count(*) from avis),
                (select count(*) from demarche)
            """
        ).fetchone()
        late = tuple(each.name for each in waiting(con, path))
    tell("Contrôle", 1, 1)
    wrong = 0 if late else asyncio.run(_recount(path, tell))
    return Checked(avis, demarches, path.stat().st_size, late, wrong, orphans)


async def _recount(path: Path, tell: Tell) -> int:
    """How many counters are wrong."""
    # Never opened: what reads is on connections that cannot write, and the file stays as it is.
    store = SqliteStore(path)
    try:
        demarches = (await store.load_catalogue()).demarches.values()
        wrong = 0
        for done, demarche in enumerate(demarches, 1):
            wrong += len(await verify(store, demarche))
            tell("Recomptage", done, len(demarches))
        return wrong
    except (StoreError, ValueError, LookupError, TypeError) as error:
        # SQLite can read it, and what it reads is not what was written.
        raise Damaged(f"{type(error).__name__} {error}.") from error
    finally:
        await store.close()


# Files in a folder of copies


@contextlib.contextmanager
def being_made(part: Path) -> Iterator[Path]:
    """An empty file, for its owner alone, that is given another name or goes away.

    It is locked for as long: one that is not was left by a process that was killed.
    """
    with plainly(part):
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield part
    except BaseException:
        _remove(part)
        raise
    finally:
        os.close(handle)


def _name(part: Path, path: Path, digest: str) -> None:
    """Give a copy its name; its digest comes first, so that a copy with a name has one."""
    seal = beside(path, _DIGEST)
    with plainly(seal):
        try:
            handle = os.open(seal, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{digest}  {path.name}\n")  # as sha256sum writes it, and reads it
            settle(seal)
            settle(part)
            part.rename(path)
        except BaseException:
            seal.unlink(missing_ok=True)
            raise
        settle_folder(path.parent)


def digest_of(path: Path) -> str:
    with plainly(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def written_digest(path: Path) -> str | None:
    """The digest that stands beside a copy, if one does."""
    seal = beside(path, _DIGEST)
    with plainly(seal):
        return seal.read_text("utf-8", "replace").split(" ")[0] if seal.is_file() else None


def let_go(folder: Path, keep: int, made: Path) -> list[Path]:
    """Remove the copies of a folder beyond the `keep` newest, never the one that was just made."""
    with plainly(folder):
        names = beyond((path.name for path in folder.iterdir()), keep)
        gone = [folder / name for name in names if name != made.name]
        for path in gone:
            path.unlink()
            beside(path, _DIGEST).unlink(missing_ok=True)
    return gone


def forget_abandoned(folder: Path) -> list[Path]:
    """Remove what copies that were killed on their way have left."""
    gone = []
    with plainly(folder):
        for part in sorted(folder.glob(f"*{_PART}")):
            path = part.with_suffix("")
            if _NAME.fullmatch(path.name) and not _in_hand(part):
                _remove(part)
                if not path.exists():
                    beside(path, _DIGEST).unlink(missing_ok=True)
                gone.append(part)
    return gone


def _in_hand(part: Path) -> bool:
    with part.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _remove(part: Path) -> None:
    """Remove a file that was being made, and what SQLite had beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        beside(part, suffix).unlink(missing_ok=True)


def note(source: Path, moment: datetime) -> None:
    """Leave word beside the database that a copy of it was made and found good: its server shows
    when. Where nothing may be written, the copy is as good without."""
    with contextlib.suppress(OSError):
        beside(source, NOTE).write_text(f"{moment.isoformat(timespec='seconds')}\n", "ascii")


def last(source: Path) -> datetime | None:
    """When the last good copy was made, as far as `note` could tell."""
    try:
        return datetime.fromisoformat(beside(source, NOTE).read_text("ascii").strip())
    except (OSError, ValueError):
        return None
