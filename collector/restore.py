"""A copy put in the place of a SQLite database. What was there is set aside, never removed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.backup import Checked, being_made, check, digest_of, written_digest
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from collector.store.sqlite_copy import (
    Damaged,
    Tell,
    beside,
    copy,
    plainly,
    reading,
    settle,
    settle_folder,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that was put in place."""

    checked: Checked
    sealed: bool
    """Whether a digest beside the copy said that it is as it was written."""
    aside: Path | None
    """Where the file is that was there before."""


def restore(source: Path, target: Path, replace: bool, moment: datetime, tell: Tell) -> Restored:
    """Check a copy and put it in the place of `target`; `moment` names what is set aside.

    Raises StoreError, and `target` is then as it was: the copy is damaged, a server or another
    program has `target` open, or it has avis and `replace` does not say that they may go.
    """
    if not target.parent.is_dir():
        raise StoreError(f"{target.parent} n’est pas un dossier.")
    with _claimed(target):
        real = target.resolve()  # of a link, the name stays a link
        if real == source.resolve():
            raise StoreError(f"{source} est la base elle-même : il faut une copie.")
        if not replace:
            _refuse_to_lose(real)
        part = beside(real, ".part")
        part.unlink(missing_ok=True)  # of a restore that was killed: nobody else has the claim
        with being_made(part):
            sealed, checked = _copied(source, part, tell)
            aside = _put(part, real, moment)
            _give(beside(target, ".lock"), real)
    return Restored(checked, sealed, aside)


def _copied(source: Path, part: Path, tell: Tell) -> tuple[bool, Checked]:
    try:
        sealed = _is_sealed(source)
        copy(source, part, tell)
        return sealed, check(part, tell)
    except Damaged as damage:
        raise StoreError(f"{source} est abîmé : {damage} Prenez une autre copie.") from damage


@contextlib.contextmanager
def _claimed(target: Path) -> Iterator[None]:
    """No server starts meanwhile. Raises StoreError when one runs."""
    store = SqliteStore(target)
    try:
        asyncio.run(store.claim())
        yield
    finally:
        asyncio.run(store.close())


def _refuse_to_lose(target: Path) -> None:
    if not target.exists():
        return
    try:
        with reading(target) as con:
            avis = con.execute("select count(*) from avis").fetchone()[0]
    except StoreError:
        found = "ne se lit pas"
    else:
        if not avis:
            return
        found = f"contient {avis} avis"
    raise StoreError(
        f"{target} {found}. « --remplacer » met ce fichier de côté, sans l’effacer, et le remplace."
    )


def _is_sealed(source: Path) -> bool:
    """Whether a digest says that a copy is as it was written. Raises Damaged when it is not."""
    written = written_digest(source)
    if written is not None and written != digest_of(source):
        raise Damaged("il n’est plus ce que dit son empreinte SHA-256.")
    return written is not None


def _put(part: Path, target: Path, moment: datetime) -> Path | None:
    """Give a checked file the name of the database; where the one before it is now.

    There is a database under that name at any moment: a server that starts would make an empty one.
    """
    aside = beside(target, f".avant-{moment:%Y-%m-%dT%H%M%SZ}")
    with plainly(target):
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
            _release(target)
            os.link(target, aside)
        # Left where no SQLite could bring them back. The new file must not be taken for theirs.
        for suffix in ("-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                beside(target, suffix).rename(beside(aside, suffix))
        _give(part, target)
        settle(part)
        part.rename(target)
        settle_folder(target.parent)
    return aside if aside.exists() else None


def _release(target: Path) -> None:
    """Have a database whole in its one file, and open nowhere. Raises StoreError if it is.

    One that cannot be read is left as it is: SQLite may drop the log of what it does not know.
    """
    try:
        with reading(target) as con:
            con.execute("select count(*) from sqlite_schema")
    except Damaged:
        return
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as con:
            # Brings the log back into the file, which only the last connection to it may.
            con.execute("pragma journal_mode = delete")
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"{target} est ouvert par un autre programme, arrêtez-le d’abord : {error}."
        ) from error


def _give(file: Path, target: Path) -> None:
    """When root restores, the files are for the account of the server: it had those before."""
    if os.geteuid() == 0:
        owner = (target if target.exists() else target.parent).stat()
        os.chown(file, owner.st_uid, owner.st_gid)
