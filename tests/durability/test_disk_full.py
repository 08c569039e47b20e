"""A full disk: 503 and the reason, nothing lost or half stored, and recovery by itself."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx2 as httpx
import pytest

from tests.durability.load import Body, Ledger, audit, fresh_avis, next_step, send
from tests.durability.outside import is_ready, until
from tests.world import Server, a_server, new_database, rows

ENOUGH = 20_000  # avis: any disk here is full long before


class Disk(Protocol):
    """A place for a database, which can be made full and free again under a running server."""

    folder: Path

    def fill(self, server: Server) -> None: ...

    def free(self, server: Server) -> None: ...


class SmallDisk:
    """A file system in memory of a few megabytes: really full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, server: Server) -> None:
        with self._ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def free(self, server: Server) -> None:
        self._ballast.unlink()


class Quota:
    """No file of the server may grow: needs no rights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, server: Server) -> None:
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        self._limit(server, largest)

    def free(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, most: int) -> None:
        limits = most, resource.RLIM_INFINITY
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "jdma-test", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        why = f"no small disk here, the quota has to do: {mounted.stderr.strip()}"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def quota(folder: Path) -> Iterator[Disk]:
    yield Quota(folder)


@pytest.fixture(params=[small_disk, quota], ids=["small disk", "quota"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with request.param(tmp_path) as made:
        yield made


def answer_until_refused(server: Server, ledger: Ledger, chance: random.Random) -> list[Body]:
    """Send avis, first states and later steps, until even one alone is refused; those refused."""
    for _ in range(ENOUGH // 50):
        batch = [fresh_avis(chance) for _ in range(25)]
        known = [body for body in ledger.sent.values() if body["cle"] in ledger.acknowledged]
        batch += [next_step(body, chance) for body in known[-25:]]
        send(server.url, ledger, batch)
        if ledger.unanswered:
            break
    # A batch goes in whole or not at all: the last bytes may hold an avis that comes alone.
    for _ in range(ENOUGH):
        alone = next(iter(ledger.unanswered.values()), None) or fresh_avis(chance)
        send(server.url, ledger, [alone])
        if alone in ledger.unanswered.values():
            return [alone, *(body for body in ledger.unanswered.values() if body is not alone)]
    raise AssertionError(f"{ENOUGH} avis were stored on a full disk")


def test_a_full_disk_is_said_loses_nothing_and_is_recovered_from(disk: Disk) -> None:
    path = new_database(disk.folder)
    ledger, chance = Ledger(), random.Random(4)
    with a_server(path) as server:
        send(server.url, ledger, [fresh_avis(chance) for _ in range(20)])
        assert ledger.answers == {"201": 20}

        disk.fill(server)
        refused = answer_until_refused(server, ledger, chance)
        assert set(ledger.answers) <= {"200", "201", "503 stockage_indisponible"}
        with httpx.Client(base_url=server.url) as client:
            until(lambda: client.get("/readyz").status_code == 503)
            answer = client.post("/api/v1/avis", json=refused[0])
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert answer.headers["content-type"] == "application/problem+json"
            assert client.get("/healthz").status_code == 200
            assert client.get("/api/v1/demarches").status_code == 200
        # Not one of those refused is stored, not even half: what the disk had no room for.
        stored = dict(rows(path, "select cle, etape from avis"))
        assert stored == ledger.acknowledged

        disk.free(server)
        until(lambda: is_ready(server.url))
        told = send(server.url, ledger, [*refused, *(fresh_avis(chance) for _ in range(20))])
        assert set(told) <= {200, 201}
        assert not ledger.unanswered
        assert audit(path, ledger) == []
        assert server.terminate() == 0
    assert audit(path, ledger) == []
