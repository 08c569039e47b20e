"""From the command to the first green /readyz."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from tests.bench.serving import a_server
from tests.world import new_database

ROUNDS = 7


def measure(folder: Path) -> float:
    """Median seconds, polling included (every 20 ms)."""
    path = new_database(folder)
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with a_server(path) as server:
            taken.append(time.perf_counter() - started)
            server.terminate()
    return statistics.median(taken)
