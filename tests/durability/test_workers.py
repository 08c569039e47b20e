"""Several processes on one PostgreSQL, and several machines: no avis lost, none counted twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.types import Receive, Scope, Send

import collector.wire.workers
from collector.wire.workers import Worker
from tests import postgres
from tests.durability.load import (
    Ledger,
    answer_until_it_ends,
    audit,
    fresh_avis,
    next_step,
    people_who_insist,
    send,
    wait_for_answers,
)
from tests.durability.outside import ROOT, jdma, metric, until
from tests.ports import free_port
from tests.postgres import Cluster
from tests.world import FIN, JDMA, SECRET, SITE, Server, a_server, histogram, rows, set_up, settings

HOW_MANY = 3


@pytest.fixture
def address() -> Iterator[str]:
    with postgres.a_database() as made:
        set_up(made)
        yield made


@contextlib.contextmanager
def workers_on(address: str) -> Iterator[Server]:
    """A server of several processes, each of them at work."""
    with a_server(address, program=JDMA, workers=str(HOW_MANY)) as server:
        wait_until_it_says(server, f"({HOW_MANY} processus)")
        yield server


def wait_until_it_says(server: Server, words: str) -> None:
    assert server.process.stdout
    said, heard = server.process.stdout.fileno(), b""
    os.set_blocking(said, False)

    def has_said() -> bool:
        nonlocal heard
        with contextlib.suppress(BlockingIOError):
            heard += os.read(said, 65536)
        return words.encode() in heard

    until(has_said)


def workers(server: Server) -> set[int]:
    """The processes of a server that serve."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(each) for each in children if "spawn_main" in _command(each)}


def _command(process: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text()
    return ""


def at_work(address: str) -> int:
    """How many processes hold the lock that says that a database is served."""
    held = """
    select count(*)
    from pg_locks
    join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database()
    and locktype = 'advisory'
    and mode = 'ShareLock'
    """
    [(n,)] = rows(address, held)
    return int(n)


@contextlib.contextmanager
def alone(server: Server, process: int) -> Iterator[None]:
    """Only this process takes requests: the others stand still."""
    others = workers(server) - {process}
    for each in others:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in others:
            os.kill(each, signal.SIGCONT)


def replaced(server: Server, process: int) -> bool:
    return process not in (there := workers(server)) and len(there) == HOW_MANY


@dataclass
class Served:
    """A server of several processes, its database, and who answered there."""

    server: Server
    address: str
    ledger: Ledger


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with postgres.a_database() as address:
        set_up(address)
        with workers_on(address) as server:
            yield Served(server, address, Ledger())


def test_a_killed_process_is_replaced_the_others_go_on_and_nothing_is_lost(
    served: Served, tmp_path: Path
) -> None:
    server, address, ledger, chance = served.server, served.address, served.ledger, random.Random()
    with people_who_insist(server.url, ledger, chance):
        wait_for_answers(ledger, 20)
        victim = chance.choice(sorted(workers(server)))
        os.kill(victim, signal.SIGKILL)
        wait_for_answers(ledger, 50)
        until(lambda: replaced(server, victim) and at_work(address) == HOW_MANY)
        wait_for_answers(ledger, 20)
    assert set(ledger.answers) == {"200", "201"}
    assert set(send(server.url, ledger, list(ledger.unanswered.values()))) <= {200, 201}
    assert audit(address, ledger) == []
    assert histogram(address, "avis") == {1: len({cle for cle, _ in ledger.sent})}
    # Whoever serves says so, in every process.
    copied = jdma("copy", f"--from={address}", f"--to=sqlite:///{tmp_path}/copie.db")
    assert "Des collecteurs servent cette base" in copied.stderr


def test_the_steps_of_one_avis_that_go_to_different_processes_count_once(served: Served) -> None:
    server, address, ledger, chance = served.server, served.address, served.ledger, random.Random()
    before = histogram(address, "avis").get(1, 0)
    body = fresh_avis(chance)
    for process in sorted(workers(server)) * 2:
        with alone(server, process):
            stored = metric(server.url, "jdma_commits_total")
            assert set(send(server.url, ledger, [body, body])) <= {200, 201}
            assert metric(server.url, "jdma_commits_total") > stored  # by this one
        body = next_step(body, chance)
    assert audit(address, ledger) == []
    assert histogram(address, "avis") == {1: before + 1}
    assert rows(address, f"select etape from avis where cle = '{body['cle']}'") == [(2 * HOW_MANY,)]


def test_sigterm_under_load_every_process_finishes_what_it_has_begun(address: str) -> None:
    ledger, chance = Ledger(), random.Random(17)
    with workers_on(address) as server:
        answer_until_it_ends(server.url, ledger, chance, server.process.terminate, 0.5)
        assert server.process.wait(10) == 0
    assert set(ledger.answers) == {"200", "201"}
    assert audit(address, ledger) == []


def test_when_the_parent_is_killed_its_processes_end_and_the_port_is_free(address: str) -> None:
    ledger, chance = Ledger(), random.Random(18)
    with workers_on(address) as server:
        assert send(server.url, ledger, [fresh_avis(chance)]) == [201]
        port = int(server.url.rpartition(":")[2])
        assert not is_free(port)
        left = workers(server)
        server.kill()
        until(lambda: not any(_command(str(each)) for each in left))
        assert is_free(port)
    assert at_work(address) == 0
    assert audit(address, ledger) == []


def is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


# A database that is away


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with postgres.a_cluster() as made:
        yield made


def test_a_process_that_starts_while_the_database_is_away_waits_for_it_and_then_serves(
    cluster: Cluster,
) -> None:
    address, chance, ledger = cluster.address(), random.Random(19), Ledger()
    set_up(address)
    with workers_on(address) as server:
        new = replace_one_without(cluster, server)
        assert set(send(server.url, ledger, [fresh_avis(chance) for _ in range(4)])) == {503}
        cluster.start()
        with alone(server, new):  # whoever comes waits at the door until it opens
            assert send(server.url, ledger, [fresh_avis(chance)]) == [201]
        # Whoever still waits does not keep the others from ending.
        replace_one_without(cluster, server)
        server.process.terminate()
        assert server.process.wait(10) == 0
    cluster.start()
    assert audit(address, ledger) == []


def replace_one_without(cluster: Cluster, server: Server) -> int:
    """Stop the database, and kill a process of the server: the one that came in its place."""
    cluster.kill()
    before = workers(server)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: replaced(server, victim))
    [new] = workers(server) - before
    return new


class Broken(Worker):
    """A process that fails before it serves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")


def test_processes_that_cannot_start_end_with_exit_code_1() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.durability.test_workers", str(free_port())],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip
    assert ended.returncode == 1
    said = "jdma : Un processus n’a pas pu démarrer ; la raison est plus haut.\n"
    assert ended.stderr.endswith(said)


def test_a_file_has_one_process(tmp_path: Path) -> None:
    assert serve_until_it_ends(f"--database=sqlite:///{tmp_path}/avis.db", "--workers=2") == (
        1,
        "jdma : JDMA_WORKERS vaut 2 : un fichier SQLite n’a qu’un processus. "
        "Pour plusieurs, il faut PostgreSQL.\n",
    )


def serve_until_it_ends(*words: str) -> tuple[int, str]:
    ended = jdma("serve", f"--port={free_port()}", f"--secret={SECRET}", *words)
    return ended.returncode, ended.stderr


# Several machines


def test_machines_that_share_a_database_and_a_secret_are_one_collector(address: str) -> None:
    with a_server(address) as here, a_server(address) as there:
        body = {**fresh_avis(random.Random(20)), "bouton": FIN.code, "jeton": form(here)["jeton"]}
        assert post(there, body) == 201
        assert post(here, body) == 200
        assert post(here, {**body, "etape": 2, "notes": {"satisfaction": 1}}) == 200
        assert histogram(address) == {1: 1}

        assert jdma("bouton", "close", FIN.code, f"--database={address}").returncode == 0
        for each in (here, there):
            until(lambda server=each: form(server)["etat"] == "ferme", 3)  # type: ignore[misc]
        assert post(there, {**body, "etape": 3}) == 410
        assert post(there, body) == 200  # it is stored already
    assert histogram(address, "avis") == {1: 1}


def test_a_machine_with_a_secret_of_its_own_does_not_know_the_forms_of_the_others(
    address: str,
) -> None:
    """The negative twin."""
    with a_server(address, secret=SECRET[::-1]) as stranger:
        body = {**fresh_avis(random.Random(21)), "bouton": FIN.code}
        assert post(stranger, body) == 403
        assert post(stranger, {**body, "jeton": form(stranger)["jeton"]}) == 201


def form(server: Server) -> Any:
    return httpx.get(f"{server.url}/f/{FIN.code}.json").json()


def post(server: Server, body: object) -> int:
    return httpx.post(f"{server.url}/api/v1/avis", json=body, headers={"origin": SITE}).status_code


if __name__ == "__main__":
    collector.wire.workers.Worker = Broken  # type: ignore[misc]
    given = settings(port=sys.argv[1], workers="2", database="postgresql://127.0.0.1/absente")
    collector.wire.workers.supervise(given, print)
