"""No room left for PostgreSQL, for its tables or for its log: 503, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import string
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2 as httpx
import pytest

from tests import postgres
from tests.durability.load import Body, Ledger, audit, fresh_avis, send
from tests.durability.outside import is_ready, until
from tests.postgres import Cluster
from tests.world import Server, a_server, rows, set_up

MEGABYTE = 2**20
ENOUGH = 400  # avis of 9 kB: any disk here is full before


@dataclass
class Disk:
    """A server whose disk can be made full, and free again, while it runs."""

    cluster: Cluster
    fill: Callable[[], object]
    free: Callable[[], object]

    def free_again(self) -> None:
        self.free()
        if not (self.cluster.data / "postmaster.pid").exists():  # without its log it ends itself
            self.cluster.start()


@contextlib.contextmanager
def a_small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory of a few megabytes, for whoever PostgreSQL runs as."""
    place = folder / "petit"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "jdma-test", str(place)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        why = f"no small disk here: {mounted.stderr.strip()}"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    try:
        shutil.chown(place, postgres.USER, postgres.USER)
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextlib.contextmanager
def started(cluster: Cluster) -> Iterator[None]:
    cluster.start()
    try:
        yield
    finally:
        cluster.end()


@contextlib.contextmanager
def no_room_for_the_log(folder: Path) -> Iterator[Disk]:
    with a_small_disk(folder, 8) as place:
        ballast, log = place / "ballast", f"--waldir={place / 'log'}"
        settings = ["wal_keep_size = 1GB"]  # no file of the log is used again
        cluster = postgres.new_cluster(folder, settings, "--wal-segsize=1", log)

        def fill_up() -> None:
            with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            # The same for the files that the log has made beforehand, however few: the server may
            # end itself of it.
            words = "true, 'essai', repeat('x', 4 * 1024 * 1024)"
            with contextlib.suppress(asyncpg.PostgresError):
                postgres.execute(cluster.address(), f"select pg_logical_emit_message({words})")

        with started(cluster):
            yield Disk(cluster, fill_up, ballast.unlink)


@contextlib.contextmanager
def no_room_for_the_tables(folder: Path) -> Iterator[Disk]:
    """No file of the server may be larger than a megabyte: needs no rights."""
    cluster = postgres.new_cluster(folder, ["max_wal_size = 2MB"], "--wal-segsize=1")

    def limit(most: str) -> None:
        for process in cluster.pause():
            postgres.as_postgres("prlimit", f"--pid={process}", f"--fsize={most}:unlimited")
        cluster.resume()

    with started(cluster):
        yield Disk(cluster, lambda: limit(str(MEGABYTE)), lambda: limit("unlimited"))


@pytest.fixture(params=[no_room_for_the_log, no_room_for_the_tables])
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    folder = postgres.a_folder()
    try:
        with request.param(folder) as made:
            yield made
    finally:
        postgres.remove(folder)


def long_avis(chance: random.Random) -> Body:
    return {**fresh_avis(chance), "verbatim": "".join(chance.choices(string.ascii_letters, k=9000))}


def answer_until_refused(server: Server, ledger: Ledger, chance: random.Random) -> list[Body]:
    """Send long avis until one is refused; those refused."""
    for _ in range(ENOUGH // 20):
        send(server.url, ledger, [long_avis(chance) for _ in range(20)])
        if ledger.unanswered:
            return list(ledger.unanswered.values())
    raise AssertionError(f"{ENOUGH} avis were stored on a full disk")


def test_a_full_disk_is_said_loses_nothing_and_is_recovered_from(disk: Disk) -> None:
    address = disk.cluster.address()
    set_up(address)
    ledger, chance = Ledger(), random.Random(15)
    with a_server(address) as server:
        assert send(server.url, ledger, [long_avis(chance) for _ in range(20)]) == [201] * 20
        disk.fill()
        refused = answer_until_refused(server, ledger, chance)
        assert set(ledger.answers) == {"201", "503 stockage_indisponible"}
        assert not is_ready(server.url)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert httpx.get(f"{server.url}/f/k7f3q2").status_code == 200
        disk.free_again()
        until(lambda: is_ready(server.url))
        # Not one of those refused was stored, not even half.
        stored = dict(rows(address, "select cle, etape from avis"))
        assert stored == ledger.acknowledged
        assert send(server.url, ledger, refused) == [201] * len(refused)
        assert server.terminate() == 0
    assert audit(address, ledger) == []
