"""Promises 1, 2 and 3 under SIGKILL: what was acknowledged is there, once, and counted.

A killed process leaves the page cache to the system: this shows nothing about a power cut, for
which see test_power_cut.py.
JDMA_TEST_KILL_ROUNDS sets the number of rounds, JDMA_TEST_SEED the moments of another run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector import serve
from collector.app import create_app
from collector.config import Settings
from tests import postgres
from tests.durability.load import Ledger, answer_until_it_ends, audit, send
from tests.ports import free_port
from tests.world import (
    Server,
    Where,
    a_server,
    histogram,
    new_database,
    rows,
    set_up,
    settings,
    wait_ready,
)

ROUNDS = int(os.environ.get("JDMA_TEST_KILL_ROUNDS", "5"))
AGAIN = 50  # avis already acknowledged that are sent once more after each restart


@dataclass
class Round:
    """What one kill left behind, and what came of trying again."""

    acknowledged: int
    unanswered: int
    after_the_kill: list[str]
    retries: list[int]
    after_the_retries: list[str]


@dataclass
class Killed:
    """A database whose server was killed several times."""

    where: Where
    ledger: Ledger
    rounds: list[Round]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_database(tmp_path_factory.mktemp("kill9"))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with postgres.a_database() as address:
        set_up(address)
        yield address


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def killed(request: pytest.FixtureRequest) -> Killed:
    seed = int(os.environ.get("JDMA_TEST_SEED", random.randrange(2**32)))
    print(f"JDMA_TEST_SEED={seed}")
    chance = random.Random(seed)
    where = request.getfixturevalue(request.param)
    ledger = Ledger()
    rounds = [one_round(where, ledger, chance) for _ in range(ROUNDS)]
    return Killed(where, ledger, rounds)


def one_round(where: Where, ledger: Ledger, chance: random.Random) -> Round:
    before = len(ledger.acknowledged)
    with a_server(where) as server:
        moment = chance.uniform(0.1, 1.0)
        answer_until_it_ends(server.url, ledger, chance, server.process.kill, moment)
        assert server.process.wait(10) == -signal.SIGKILL
    acknowledged, unanswered = len(ledger.acknowledged) - before, list(ledger.unanswered.values())
    print(f"killed after {moment:.3f} s: {acknowledged} acknowledged, {len(unanswered)} without")
    with a_server(where) as server:
        after_the_kill = audit(where, ledger)
        known = [body for body in ledger.sent.values() if body["cle"] in ledger.acknowledged]
        again = chance.sample(known, min(AGAIN, len(known)))
        retries = send(server.url, ledger, [*unanswered, *again])
        assert server.terminate() == 0
    return Round(acknowledged, len(unanswered), after_the_kill, retries, audit(where, ledger))


def test_the_kill_came_while_people_were_answering(killed: Killed) -> None:
    assert len(killed.rounds) == ROUNDS
    for each in killed.rounds:
        assert each.acknowledged > 0
        assert each.unanswered > 0


def test_promise_1_a_201_is_on_disk(killed: Killed) -> None:
    assert [each.after_the_kill for each in killed.rounds] == [[]] * ROUNDS


def test_promise_2_each_avis_counts_once_whatever_is_retried_or_killed(killed: Killed) -> None:
    for each in killed.rounds:
        assert set(each.retries) <= {200, 201}
        assert each.after_the_retries == []
    assert not killed.ledger.unanswered
    avis = {cle for cle, _ in killed.ledger.sent}
    assert histogram(killed.where, "avis") == {1: len(avis)}
    assert rows(killed.where, "select count(*) from avis") == [(len(avis),)]


# The negative twin: the audit must see a server that answers first and stores later.


class AnswersBeforeTheCommit:
    """An application that answers 201 at once, and hands the avis to the real one a moment later,
    as those do that keep what comes in memory and write it out at intervals."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._later: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/api/v1/avis":
            await self._app(scope, receive, send)
            return
        message = await receive()
        while message.get("more_body"):
            more = await receive()
            message = {**more, "body": message["body"] + more["body"]}
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        task = asyncio.ensure_future(self._store(scope, message))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _store(self, scope: Scope, message: Message) -> None:
        async def receive() -> Message:
            return message

        async def send(answer: Message) -> None:
            pass

        await asyncio.sleep(0.1)
        await self._app(scope, receive, send)


async def serve_the_liar(given: Settings) -> None:
    async with serve.opened(given) as store:
        await serve.prepare(store)
        app = AnswersBeforeTheCommit(create_app(given, store))
        await serve.run(app, given, [serve.bind(given.host, given.port)], lambda: None)


@contextlib.contextmanager
def a_liar(path: Path) -> Iterator[Server]:
    """This file, run as a server."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.durability.test_kill9", str(path), str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    server = Server(process, f"http://127.0.0.1:{port}", path)
    try:
        wait_ready(server)
        yield server
    finally:
        server.kill()
        assert process.stdout is not None
        process.stdout.close()


def test_the_audit_finds_out_a_server_that_answers_before_the_commit(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger = Ledger()
    with a_liar(path) as server:
        answer_until_it_ends(server.url, ledger, random.Random(1), server.process.kill, 0.5)
    found = audit(path, ledger)
    assert len(ledger.acknowledged) > 0
    assert rows(path, "select count(*) > 0 from avis") == [(1,)]  # it does store, but late
    assert any("was acknowledged at etape" in each for each in found)


if __name__ == "__main__":
    serve.main(
        serve_the_liar(
            settings(database=f"sqlite:///{sys.argv[1]}", port=sys.argv[2], min_seconds="0")
        )
    )
