"""The ring of secrets: the first signs, the ones before it are still believed.

A ring is either in settings (JDMA_SECRET, JDMA_OLD_SECRETS) or in a file beside a SQLite database,
one secret a line, the newest first. Nobody is signed out by a new one: sessions are random, and in
the database.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from collector.config import SECRET_LENGTH, ConfigError
from collector.store.sqlite_copy import beside, plainly, settle_folder


class Kept(NamedTuple):
    """What is in the file beside a database, whether it was made just now, and where it is."""

    ring: tuple[str, ...]
    made: bool
    path: Path


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_LENGTH)


def path_beside(database: Path) -> Path:
    return beside(database, ".secret")


def kept_beside(database: Path) -> Kept:
    """The ring kept beside a database (mode 0600), made when there is none. Raises ConfigError."""
    path = path_beside(database)
    with contextlib.suppress(FileExistsError):
        secret = new_secret()
        _write(path, [secret])
        return Kept((secret,), True, path)
    return Kept(read(path), False, path)


def read(path: Path) -> tuple[str, ...]:
    """The ring in a file. Raises ConfigError when a line of it is no secret."""
    lines = path.read_bytes().decode("latin-1").split("\n")
    ring = tuple(line.strip() for line in lines if line.strip())
    if not ring or any(len(each) < SECRET_LENGTH or not each.isascii() for each in ring):
        raise ConfigError(
            f"{path} ne contient pas un secret ; supprimez-le pour en tirer un autre."
        )
    return ring


def rotate(path: Path) -> None:
    """Put a new secret before those of a file, which are still believed."""
    _replace(path, [new_secret(), *read(path)])


def forget(path: Path) -> int:
    """Keep the newest secret of a file alone; how many are believed no more."""
    newest, *before = read(path)
    if before:
        _replace(path, [newest])
    return len(before)


def _replace(path: Path, ring: Sequence[str]) -> None:
    """The old file or the new one, whenever the power goes."""
    part = beside(path, ".part")
    with plainly(path):
        part.unlink(missing_ok=True)
        _write(part, ring)
        part.rename(path)
        settle_folder(path.parent)


def _write(path: Path, ring: Sequence[str]) -> None:
    """A new file, for its owner alone. Raises FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{each}\n" for each in ring))
        file.flush()
        os.fsync(handle)
