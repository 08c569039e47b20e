"""A disk that turns read-only, or fails: said at the start, said while serving, recovered from."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from collector.serve import opened
from tests.durability.load import Ledger, audit, compare, fresh_avis, next_step, send, tell
from tests.durability.outside import ROOT, is_ready, until
from tests.durability.system import SYNCS, WRITES, not_here, tampered
from tests.durability.test_kill9 import a_liar
from tests.ports import free_port
from tests.world import JDMA, SECRET, a_server, new_database, rows, settings

REFUSALS = {
    "read-only file system": (WRITES, "error=EROFS"),
    "syncs fail": (SYNCS, "error=EIO"),
}


@pytest.mark.parametrize(("calls", "how"), REFUSALS.values(), ids=REFUSALS)
def test_a_disk_that_refuses_is_said_loses_nothing_and_is_recovered_from(
    tmp_path: Path, calls: str, how: str
) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(10)
    with a_server(path) as server:
        first = [fresh_avis(chance) for _ in range(10)]
        assert set(send(server.url, ledger, first)) == {201}
        with tampered(server, calls, how):
            told = tell(server.url, ledger, fresh_avis(chance))
            assert (told.status, told.code, told.retry_after) == (503, "stockage_indisponible", "2")
            more = [fresh_avis(chance), *(next_step(body, chance) for body in first)]
            assert set(send(server.url, ledger, more)) == {503}
            assert not is_ready(server.url)
            for shown in ("/healthz", "/resultats/", "/f/k7f3q2"):
                assert httpx.get(f"{server.url}{shown}").status_code == 200
        until(lambda: is_ready(server.url))
        assert dict(rows(path, "select cle, etape from avis")) == ledger.acknowledged
        refused = list(ledger.unanswered.values())
        assert sorted(send(server.url, ledger, refused)) == [200] * 10 + [201] * 2
        assert server.terminate() == 0
    assert audit(path, ledger) == []


def test_a_server_that_says_201_on_a_disk_that_refuses_is_found_out(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger = Ledger()
    with a_liar(path) as server, tampered(server, WRITES, "error=EROFS"):
        assert tell(server.url, ledger, fresh_avis(random.Random(11))).status == 201
        until(lambda: not is_ready(server.url))
    assert any("was acknowledged at etape" in each for each in compare(path, ledger))


# At the start


@contextlib.contextmanager
def read_only_file(path: Path) -> Iterator[Path]:
    path.chmod(0o444)
    yield path
    path.chmod(0o644)


@contextlib.contextmanager
def read_only_folder(path: Path) -> Iterator[Path]:
    path.parent.chmod(0o555)
    yield path.parent
    path.parent.chmod(0o755)


@contextlib.contextmanager
def somebody_elses_log(path: Path) -> Iterator[Path]:
    """A command that root ran, and that was killed."""
    log = Path(f"{path}-wal")
    log.touch(0o444)
    yield log
    log.chmod(0o644)


@contextlib.contextmanager
def read_only_file_system(path: Path) -> Iterator[Path]:
    remount(path.parent, "ro")
    yield path.parent
    remount(path.parent, "rw")


def remount(folder: Path, how: str) -> None:
    command = ["mount", "-o", f"remount,{how}", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def own_file_system(tmp_path: Path) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "jdma-test", str(tmp_path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        not_here(f"no file system of our own here: {mounted.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def serve(path: Path) -> tuple[int, str, str]:
    """A `jdma serve` that is expected to end by itself; run by root, it may not write just
    anywhere."""
    as_anyone = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*as_anyone, *JDMA, "serve", f"--database=sqlite:///{path}", f"--port={free_port()}",
         f"--secret={SECRET}"],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr


def check_refused_until_it_is_writable(
    path: Path, made: Callable[[Path], contextlib.AbstractContextManager[Path]]
) -> None:
    with made(path) as named:
        sentence = f"jdma : {path} ne s’ouvre pas : {named} est en lecture seule.\n"
        assert serve(path) == (1, "", sentence)
    asyncio.run(open_and_write(path))


async def open_and_write(path: Path) -> None:
    async with opened(settings(database=f"sqlite:///{path}")) as store:
        await store.probe()


@pytest.mark.parametrize("made", [read_only_file, read_only_folder, somebody_elses_log])
def test_what_is_read_only_is_refused_at_the_start_and_named(
    tmp_path: Path, made: Callable[[Path], contextlib.AbstractContextManager[Path]]
) -> None:
    check_refused_until_it_is_writable(new_database(tmp_path), made)


def test_a_read_only_file_system_is_refused_at_the_start_and_named(own_file_system: Path) -> None:
    check_refused_until_it_is_writable(new_database(own_file_system), read_only_file_system)
