"""A folder that is replaced as a whole, or stays as it was."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from collector.store.contract import StoreError
from collector.store.sqlite_copy import plainly, settle, settle_folder


@contextlib.contextmanager
def replacing(dest: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """An empty folder that takes the place of `dest` when the block ends, its files on disk; when
    the block raises, it goes away and nothing has changed.

    What is in `dest` until then is lost: it has to be nothing, or what `is_ours` recognises.
    Raises StoreError. Two renames make the swap; killed between them, the next call mends it.
    """
    dest = dest.resolve()
    if not dest.name:
        raise StoreError(f"{dest} ne se remplace pas.")
    part, former = (dest.with_name(f".{dest.name}.{suffix}") for suffix in ("nouveau", "ancien"))
    with plainly(dest), _being_made(part):
        if former.exists():
            _mend(dest, former)
        _check(dest, is_ours)
        yield part
        for path in sorted(part.iterdir()):
            settle(path)
        settle_folder(part)
        _swap(part, dest, former)
        settle_folder(dest.parent)


@contextlib.contextmanager
def _being_made(part: Path) -> Iterator[None]:
    """An empty folder, locked for as long: one that is not was left by a process now dead."""
    if not part.parent.is_dir():
        raise StoreError(f"{part.parent} n’est pas un dossier.")
    part.mkdir(exist_ok=True)
    handle = os.open(part, os.O_RDONLY)
    try:
        if not _locked(handle, part):
            raise StoreError(f"Un autre programme écrit déjà {part} : rien n’a été changé.")
        try:
            _empty(part)
            yield
        finally:
            shutil.rmtree(part, ignore_errors=True)  # it has another name by now, when all is well
    finally:
        os.close(handle)


def _locked(handle: int, part: Path) -> bool:
    """Whether the lock is ours, and the folder still the one that has this name."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _check(dest: Path, is_ours: Callable[[Path], bool]) -> None:
    if dest.exists() and not dest.is_dir():
        raise StoreError(f"{dest} n’est pas un dossier.")
    if dest.exists() and any(dest.iterdir()) and not is_ours(dest):
        raise StoreError(
            f"{dest} n’est ni vide ni une publication précédente : rien n’y a été changé."
        )


def _mend(dest: Path, former: Path) -> None:
    """Finish, or undo, the swap of a process that was killed."""
    if dest.exists():
        shutil.rmtree(former)
    else:
        former.rename(dest)


def _swap(part: Path, dest: Path, former: Path) -> None:
    if not dest.exists():
        part.rename(dest)
        return
    dest.rename(former)
    try:
        part.rename(dest)
    except OSError:
        former.rename(dest)
        raise
    shutil.rmtree(former)
