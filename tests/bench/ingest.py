"""Durable avis a second, beside an empty route of the same server and framework in the same run."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Run, cpu_seconds, memory_mb, wrk
from tests.bench.serving import a_server, running
from tests.ports import free_port
from tests.world import a_jeton, new_database

SCRIPT = Path(__file__).parent / "avis.lua"
# Limits and the time token are at work for each avis; only their numbers are out of reach.
LIMITS = {
    "address_rate": "1000000",
    "address_burst": "1000000",
    "bouton_rate": "10000000",
    "bouton_burst": "10000000",
    "min_seconds": "1",
}
ROUNDS = 7
SECONDS = 4


@dataclass(frozen=True, slots=True)
class Ingest:
    """Medians over the rounds; ratios are taken round by round. CPU in µs per avis."""

    rate: float
    to_empty_post: float
    to_empty_get: float
    to_our_empty_post: float
    cpu_per_avis: float
    p50: float
    p99: float
    memory: float
    stored: int


def measure(folder: Path, rounds: int = ROUNDS, seconds: int = SECONDS) -> Ingest:
    """A, B, C, A, B, C…: the machine may be slower in one minute than in the next."""
    path = new_database(folder)
    environ = targets(folder)
    with (
        _empty() as empty,
        _empty("ours") as ours,
        a_server(path, None, **LIMITS) as server,
    ):
        pid = server.process.pid
        gets, posts, ours_posts, stored, cpu = [], [], [], [], []
        for _ in range(rounds):
            gets.append(wrk(empty, seconds // 2))
            posts.append(wrk(empty, seconds // 2, SCRIPT, environ))
            ours_posts.append(wrk(ours, seconds // 2, SCRIPT, environ))
            before = cpu_seconds(pid)
            stored.append(wrk(f"{server.url}/api/v1/avis", seconds, SCRIPT, environ))
            cpu.append((cpu_seconds(pid) - before) / stored[-1].requests * 1e6)
        refused = sum(run.refused for run in [*gets, *posts, *ours_posts, *stored])
        if refused:
            raise SystemExit(f"{refused} demandes refusées : la mesure ne vaut rien.")
        return Ingest(
            rate=_median(stored, lambda run: run.rate),
            to_empty_post=_ratio(stored, posts),
            to_empty_get=_ratio(stored, gets),
            to_our_empty_post=_ratio(stored, ours_posts),
            cpu_per_avis=statistics.median(cpu),
            p50=_median(stored, lambda run: run.p50),
            p99=_median(stored, lambda run: run.p99),
            memory=memory_mb(pid),
            stored=sum(run.requests for run in stored),
        )


@contextlib.contextmanager
def _empty(*how: str) -> Iterator[str]:
    """The address of an empty route."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with running([sys.executable, "-m", "tests.bench.empty", str(port), *how], url):
        yield url


def targets(folder: Path) -> dict[str, str]:
    """What SCRIPT needs in its environment to post avis that are accepted."""
    path = folder / "targets"
    now = int(time.time() * 1000)
    codes = ("k7f3q2", "b2c3d4")
    path.write_text("".join(f"{code} {a_jeton(code, now - 5000)}\n" for code in codes))
    return {"JDMA_TEST_BENCH": str(path)}


def _median(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    return statistics.median(map(of, runs))


def _ratio(runs: Sequence[Run], references: Sequence[Run]) -> float:
    return statistics.median(a.rate / b.rate for a, b in zip(runs, references, strict=True))
