"""From the command to the first green /readyz, after a kill -9 in the middle of writing."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.backup import AVIS
from tests.bench.figures import fill
from tests.bench.ingest import LIMITS, SCRIPT, targets
from tests.bench.load import wrk
from tests.bench.serving import a_server
from tests.world import new_database

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Recovery:
    """Median and worst seconds to ready, and the log (bytes) that the kills left to be read."""

    avis: int
    seconds: float
    worst: float
    log: int


def measure(folder: Path) -> Recovery:
    path = new_database(folder)
    fill(path, AVIS)
    environ = targets(folder)
    taken, logs = [], []
    for _ in range(ROUNDS):
        with a_server(path, None, **LIMITS) as server:
            url = f"{server.url}/api/v1/avis"
            load = threading.Thread(target=wrk, args=(url, 2, SCRIPT, environ))
            load.start()
            time.sleep(1)
            server.kill()
            load.join()
        logs.append(path.with_name(f"{path.name}-wal").stat().st_size)
        started = time.perf_counter()
        with a_server(path, None, **LIMITS) as server:
            taken.append(time.perf_counter() - started)
            server.kill()
    return Recovery(AVIS, statistics.median(taken), max(taken), max(logs))
