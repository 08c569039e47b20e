"""What operators and other programs do around a server, and what can be seen of it from there."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx

from tests import forked

ROOT = Path(__file__).parents[2]


def jdma(*words: str) -> subprocess.CompletedProcess[str]:
    """A command, as an operator runs it."""
    return forked.run(*words)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program has begun to write to the file, and does not end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        try:
            yield
        finally:
            other.execute("rollback")


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Return as soon as it is true; fail when it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def metric(url: str, name: str) -> float:
    """One number of /metrics."""
    for line in httpx.get(f"{url}/metrics", verify=False).text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    raise AssertionError(f"/metrics does not tell {name}")


def is_ready(url: str) -> bool:
    return httpx.get(f"{url}/readyz", timeout=30).status_code == 200
