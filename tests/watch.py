"""What can be seen of a server from outside: its memory, its files, its rows, what it says."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.world import Server

PAGE = os.sysconf("SC_PAGE_SIZE")

# What asking alone changes: forms that were opened, what was refused, and the mark of a readiness
# check; and what a server notes of what it does once a day.
_STILL = {
    "presence": "where genre in ('avis', 'version')",
    "agregat": "where dimension <> 'ouverture'",
    "agregat_mois": "where dimension <> 'ouverture'",
    "sonde": "where false",
    "conservation": "where false",
    "horizon": "where false",
    "tache": "where nom <> 'conservation'",
}


@dataclass(frozen=True, slots=True)
class Vitals:
    """Of a process, at one moment: resident memory in millions of bytes, open files, threads."""

    memory: float
    files: int
    threads: int


def vitals(pid: int) -> Vitals:
    here = Path(f"/proc/{pid}")
    pages = int((here / "statm").read_text().split()[1])
    return Vitals(pages * PAGE / 1e6, _count(here / "fd"), _count(here / "task"))


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """By how much y grows with x, by least squares."""
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((each - x) ** 2 for each in xs)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread


def digests(path: Path) -> dict[str, str]:
    """A digest of every row of every table, but for what a mere question changes."""
    with contextlib.closing(sqlite3.connect(path)) as con:
        tables = [
            name for (name,) in con.execute("select name from sqlite_master where type = 'table'")
        ]
        return {table: _digest(con, table) for table in tables}


def _digest(con: sqlite3.Connection, table: str) -> str:
    rows = con.execute(f"select * from {table} {_STILL.get(table, '')}")
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


class Said:
    """What a server says, read as it says it: a pipe that nobody reads holds its writer up."""

    def __init__(self, server: Server) -> None:
        assert server.process.stdout is not None
        self._out = server.process.stdout
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self.lines.extend(self._out)

    def all(self) -> str:
        """Everything, once the server has ended."""
        self._thread.join(10)
        return "".join(self.lines)
