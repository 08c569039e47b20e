"""Ingest while `jdma backup` copies and checks a large database, beside ingest alone.

JDMA_TEST_BENCH_AVIS sets how many avis are in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import LARGE, fill
from tests.bench.ingest import LIMITS, SCRIPT
from tests.bench.load import Run, awake, wrk
from tests.bench.serving import a_server
from tests.world import a_jeton, new_database

AVIS = int(os.environ.get("JDMA_TEST_BENCH_AVIS", LARGE))
ROUNDS = 12
SECONDS = 4


@dataclass(frozen=True, slots=True)
class Backup:
    """Rates and p99 are medians over the rounds, `ratio` is of all that was stored. `seconds` are
    those of a backup that has the machine to itself."""

    avis: int
    ratio: float
    alone: float
    beside: float
    p99_alone: float
    p99_beside: float
    rounds: int
    seconds: float
    megabytes: float


def measure(folder: Path) -> Backup:
    """Alone, beside a backup, alone, beside it…: the backup is stopped while its turn is not.

    Nothing is spared it: what it holds, it holds for twice as long.
    """
    path = new_database(folder)
    fill(path, AVIS)
    with _backup(path, folder) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.read())
    targets = folder / "targets"
    targets.write_text(f"k7f3q2 {a_jeton('k7f3q2', int(time.time() * 1000) - 5000)}\n")
    alone, beside = [], []
    with awake(), a_server(path, None, **LIMITS) as server, _backup(path, folder) as process:
        for _ in range(ROUNDS):
            process.send_signal(signal.SIGSTOP)
            alone.append(_load(server.url, targets))
            process.send_signal(signal.SIGCONT)
            beside.append(_load(server.url, targets))
            if process.poll() is not None:
                break
    return Backup(
        avis=said["avis"],
        ratio=sum(run.requests for run in beside) / sum(run.requests for run in alone),
        alone=statistics.median(run.rate for run in alone),
        beside=statistics.median(run.rate for run in beside),
        p99_alone=statistics.median(run.p99 for run in alone),
        p99_beside=statistics.median(run.p99 for run in beside),
        rounds=len(beside),
        seconds=said["secondes"],
        megabytes=said["octets"] / 1e6,
    )


@contextlib.contextmanager
def _backup(path: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`jdma backup`, left to its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "backup", str(folder), "--json", "--garder=1",
         f"--database=sqlite:///{path}"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
        if process.wait(1_800) != 0:
            raise SystemExit("jdma backup a échoué : la mesure ne vaut rien.")
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _load(url: str, targets: Path) -> Run:
    run = wrk(f"{url}/api/v1/avis", SECONDS, SCRIPT, {"JDMA_TEST_BENCH": str(targets)})
    if run.refused:
        raise SystemExit(f"{run.refused} avis refusés : la mesure ne vaut rien.")
    return run
