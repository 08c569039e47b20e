"""CPU time of an avis on PostgreSQL beside SQLite, and with two server processes beside one."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.bench.ingest import LIMITS, SCRIPT, targets
from tests.bench.load import CONNECTIONS, Run, awake, cpu_of_family, wrk
from tests.bench.serving import a_server
from tests.world import Server, Where, new_database, set_up

ROUNDS = 5
SECONDS = 4


@dataclass(frozen=True, slots=True)
class Postgresql:
    """Medians over the rounds; ratios are taken round by round. CPU in µs per avis."""

    rate: float
    to_sqlite_rate: float
    cpu: float
    cpu_to_sqlite: float
    cpu_of_the_database: float
    two_to_half: float
    """Two processes, to one with half as many people: what a process more costs."""
    two_to_one: float
    """To one with as many: then batches are half as large too."""


@dataclass(frozen=True, slots=True)
class _Round:
    rate: float
    cpu: float
    database: float


def measure(folder: Path) -> Postgresql:
    """SQLite, PostgreSQL with one process and with two, in turn, on the same disk."""
    place = postgres.a_folder(None)
    cluster = postgres.new_cluster(place)
    cluster.start()
    try:
        return _measure(folder, cluster)
    finally:
        cluster.stop()
        postgres.remove(place)


def _measure(folder: Path, cluster: postgres.Cluster) -> Postgresql:
    address = cluster.address()
    set_up(address)
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    environ = targets(folder)

    def one(where: Where, people: int = CONNECTIONS, **given: str) -> _Round:
        def load(server: Server, seconds: int) -> Run:
            return wrk(f"{server.url}/api/v1/avis", seconds, SCRIPT, environ, people)

        with a_server(where, None, **LIMITS, **given) as server:
            load(server, 1)
            return _round(server, load, lambda: cpu_of_family(postmaster))

    with awake():
        path = new_database(folder)
        sqlite, half, single, double = [], [], [], []
        for _ in range(ROUNDS):
            sqlite.append(one(path))
            single.append(one(address))
            half.append(one(address, CONNECTIONS // 2))
            double.append(one(address, workers="2"))
    return Postgresql(
        rate=_median(single, lambda r: r.rate),
        to_sqlite_rate=_ratio(single, sqlite, lambda r: r.rate),
        cpu=_median(single, lambda r: r.cpu),
        cpu_to_sqlite=_ratio(single, sqlite, lambda r: r.cpu),
        cpu_of_the_database=_median(single, lambda r: r.database),
        two_to_half=_ratio(double, half, lambda r: r.cpu),
        two_to_one=_ratio(double, single, lambda r: r.cpu),
    )


def _round(
    server: Server, load: Callable[[Server, int], Run], database: Callable[[], float]
) -> _Round:
    pid = server.process.pid
    before, there = cpu_of_family(pid), database()
    run = load(server, SECONDS)
    if run.refused:
        raise SystemExit(f"{run.refused} avis refusés : la mesure ne vaut rien.")
    per_avis = 1e6 / run.requests
    return _Round(
        run.rate, (cpu_of_family(pid) - before) * per_avis, (database() - there) * per_avis
    )


def _median(rounds: list[_Round], of: Callable[[_Round], float]) -> float:
    return statistics.median(map(of, rounds))


def _ratio(rounds: list[_Round], others: list[_Round], of: Callable[[_Round], float]) -> float:
    return statistics.median(of(a) / of(b) for a, b in zip(rounds, others, strict=True))
