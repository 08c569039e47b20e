"""The files of a SQLite base: whether they may be opened, and whether they are still in place.

SQLite goes on writing to a file that was removed or replaced, and takes a base whose log is gone
for a closed one: what was acknowledged would be missing, and nobody would be told.
"""

from __future__ import annotations

import os
from pathlib import Path

from collector.store.contract import StoreError

Identity = tuple[int, int]
"""Device and inode: which file it is, whatever its name."""


class Paths:
    """The base, its log and the index of the log: SQLite keeps them open as long as we do."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.log = Path(f"{base}-wal")
        self.index = Path(f"{base}-shm")
        self._opened: dict[Path, Identity] = {}
        self.astray = False
        """Whether they were not in place when last asked."""

    def check_before_opening(self) -> None:
        """Raise StoreError where SQLite would open without a word, or fail without naming why."""
        for path in (self.base.parent, self.base, self.log, self.index):
            if path.exists() and not os.access(path, os.W_OK):
                raise StoreError(f"{self.base} ne s’ouvre pas : {path} est en lecture seule.")
        # SQLite makes them in this order and removes them in the other: one that is there without
        # the one before was left alone by somebody.
        if self.log.exists() and not self.base.exists():
            raise StoreError(
                f"{self.base} manque, alors que son journal {self.log.name} est là. Remettez la "
                "base, ou restaurez une sauvegarde (« jdma restore »)."
            )
        if self.index.exists() and not self.log.exists():
            raise StoreError(
                f"{self.base} ne s’ouvre pas : {self.log.name} manque, et avec lui les derniers "
                "avis confirmés avant un arrêt brutal. Remettez-le, ou restaurez une sauvegarde "
                f"(« jdma restore ») ; pour continuer sans eux, supprimez {self.index.name}."
            )

    def check_in_place(self) -> None:
        """Raise StoreError unless each path leads where it did when this was first asked."""
        self.astray = True
        for path in (self.base, self.log, self.index):
            found = _identity(path)
            # A new base has a log from its first transaction on.
            opened = self._opened.setdefault(path, found) if found else self._opened.get(path)
            if found != opened:
                raise StoreError(self._what_to_do(path))
        self.astray = False

    def _what_to_do(self, path: Path) -> str:
        what = (
            f"{path.name} n’est plus le fichier que ce serveur a ouvert : il a été supprimé, "
            "déplacé ou remplacé, et plus rien n’est enregistré."
        )
        if path != self.base:
            return f"{what} Arrêtez le serveur par SIGTERM : il range le journal dans la base."
        return (
            f"{what} Remettez-le en place, ou restaurez une sauvegarde (« jdma restore ») et "
            f"relancez ; d’ici là n’arrêtez rien, /proc/{os.getpid()}/fd garde l’ancien."
        )


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
