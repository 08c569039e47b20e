"""PostgreSQL that is killed, hangs, is busy, or is cut off: 503, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
import httpx2 as httpx
import pytest

from collector.store import postgres_server
from collector.store.contract import StoreError
from collector.store.postgres import PostgresStore
from collector.store.postgres_server import PostgresServer
from tests import postgres
from tests.durability.load import (
    WIDGET_WAITS,
    Body,
    Ledger,
    audit,
    fresh_avis,
    next_step,
    people_who_insist,
    send,
    tell,
    wait_for_answers,
)
from tests.durability.outside import is_ready, until
from tests.durability.proxy import Break, Proxy, a_proxy
from tests.postgres import Cluster
from tests.world import Server, a_server, histogram, rows, set_up

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server that these tests break; each leaves it running."""
    # A commit that waits for no disk stays in memory long enough to be lost.
    with postgres.a_cluster(["wal_writer_delay = 10s", "max_connections = 20"]) as made:
        yield made


@pytest.fixture
def address(cluster: Cluster) -> str:
    return a_database(cluster)


def a_database(cluster: Cluster) -> str:
    """A new database with `fill`'s démarches."""
    name = f"essai_{secrets.token_hex(4)}"
    postgres.execute(cluster.address(), f"create database {name}")
    set_up(cluster.address(name))
    return cluster.address(name)


# Killed


def test_killed_under_load_and_started_again_everything_acknowledged_is_there_once(
    cluster: Cluster, address: str
) -> None:
    ledger, chance = Ledger(), random.Random()
    with a_server(address) as server:
        with people_who_insist(server.url, ledger, chance):
            wait_for_answers(ledger, 1)
            time.sleep(chance.uniform(0, 0.5))
            cluster.kill()
            until(lambda: not is_ready(server.url))
            told = tell(server.url, ledger, fresh_avis(chance))
            cluster.start()
            wait_for_answers(ledger, 50)
        refusal = (told.status, told.code, told.retry_after)
        assert refusal == (503, "stockage_indisponible", "2")
        assert set(ledger.answers) == {"200", "201", "503 stockage_indisponible"}
        assert ledger.slowest < WIDGET_WAITS
        assert is_ready(server.url)
        assert set(send(server.url, ledger, list(ledger.unanswered.values()))) <= {200, 201}
        assert server.terminate() == 0
    assert audit(address, ledger) == []
    assert histogram(address, "avis") == {1: len({cle for cle, _ in ledger.sent})}


def test_a_server_told_not_to_wait_for_its_disk_loses_what_was_acknowledged(
    cluster: Cluster, address: str
) -> None:
    """The negative twin: the audit sees it."""
    ledger, chance = Ledger(), random.Random(10)
    careless = f"{address}?synchronous_commit=off"
    with a_server(careless, unsafe_database="oui") as server:
        assert send(server.url, ledger, [fresh_avis(chance) for _ in range(5)]) == [201] * 5
        cluster.kill()
    cluster.start()
    assert any("and is stored at None" in each for each in audit(address, ledger))


# Cut off in the middle of a commit


@dataclass
class Cut:
    """A collector whose way to its database goes through a proxy, and who answered there."""

    server: Server
    proxy: Proxy
    address: str
    ledger: Ledger

    def stored(self, body: Body) -> int:
        """The step that is stored of an avis; 0 when it is not."""
        found = rows(self.address, f"select etape from avis where cle = '{body['cle']}'")
        return int(found[0][0]) if found else 0

    def counted(self) -> int:
        return histogram(self.address, "avis").get(1, 0)


@pytest.fixture(scope="module")
def cut(cluster: Cluster) -> Iterator[Cut]:
    address = a_database(cluster)
    with a_proxy(cluster.port) as proxy:
        way = address.replace(f":{cluster.port}/", f":{proxy.port}/")
        with a_server(way) as server:
            yield Cut(server, proxy, address, Ledger())


@pytest.mark.parametrize("etape", [1, 2])
@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "question lost"])
def test_a_commit_whose_outcome_is_unknown_is_refused_and_counts_once_when_tried_again(
    cut: Cut, etape: int, arrives: bool
) -> None:
    url, ledger, chance = cut.server.url, cut.ledger, random.Random(11)
    body, before = fresh_avis(chance), cut.counted()
    if etape == 2:
        assert send(url, ledger, [body]) == [201]
        body = next_step(body, chance)
    body = {**body, "verbatim": "Ici la ligne est coupée."}
    # A batch of first states is one call; one with a later state ends with a commit.
    point = Break([b"Ici la ligne", b"COMMIT"][:etape], arrives)
    with ThreadPoolExecutor(1) as person:
        cut.proxy.breaks_at = point
        answer = person.submit(tell, url, ledger, body)
        assert point.struck.wait(10)
        if arrives:
            until(lambda: cut.stored(body) == etape)
        point.dropped.set()
        told = answer.result()
    assert (told.status, told.code, told.retry_after) == (503, "stockage_indisponible", "2")
    assert cut.stored(body) == (etape if arrives else etape - 1)

    again = httpx.post(f"{url}/api/v1/avis", json=body)
    ledger.answered(body, again)
    if arrives:
        assert (again.status_code, again.json()["resultat"]) == (200, "deja_enregistre")
    else:
        assert again.status_code == (201 if etape == 1 else 200)
        assert again.json()["resultat"] == ("enregistre" if etape == 1 else "mis_a_jour")
    assert cut.counted() == before + 1
    # The negative twin: the same answer under another key counts once more.
    other = {**body, "cle": fresh_avis(chance)["cle"], "etape": 1}
    assert send(url, ledger, [other]) == [201]
    assert cut.counted() == before + 2
    assert audit(cut.address, ledger) == []


# Silent


@contextlib.contextmanager
def silent(cluster: Cluster) -> Iterator[None]:
    """It answers nothing: connections are taken, and that is all."""
    cluster.pause()
    try:
        yield
    finally:
        cluster.resume()


def test_while_it_answers_nothing_everyone_is_told_in_time_and_forms_are_shown(
    cluster: Cluster, address: str
) -> None:
    ledger, chance = Ledger(), random.Random(12)
    with a_server(address) as server:
        known = [fresh_avis(chance) for _ in range(5)]
        assert send(server.url, ledger, known) == [201] * 5
        told = [*(fresh_avis(chance) for _ in range(5)), next_step(known[0], chance)]
        with silent(cluster):
            with (
                ThreadPoolExecutor(1) as people,
                httpx.Client(base_url=server.url, timeout=WIDGET_WAITS) as client,
            ):
                answers = people.submit(send, server.url, ledger, told)
                while not answers.done():  # all the time, and so also when they ask the server
                    for shown in ("/healthz", "/f/k7f3q2", "/f/k7f3q2.json"):
                        assert client.get(shown).status_code == 200
                assert answers.result() == [503] * len(told)
            assert ledger.slowest < WIDGET_WAITS
            assert not is_ready(server.url)
        assert set(send(server.url, ledger, told)) <= {200, 201}
        assert is_ready(server.url)
        assert server.terminate() == 0
    assert audit(address, ledger) == []


async def _asked(store: PostgresStore) -> None:
    async with store._server.writing(0.1) as con:
        await con.execute("select 1")


def test_only_cutting_it_off_ends_the_wait_for_a_silent_server(
    cluster: Cluster, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative twin: what is asked to stop by a silent server does not stop."""
    monkeypatch.setattr(postgres_server, "GRACE_SECONDS", 0.1)

    async def work() -> None:
        store = PostgresStore(address)
        await store.open()
        await _asked(store)
        with silent(cluster), pytest.raises(StoreError):
            await asyncio.wait_for(_asked(store), 1)
        await _asked(store)
        monkeypatch.setattr(PostgresServer, "_cut_off", lambda _: None)
        with silent(cluster), pytest.raises(TimeoutError):
            await asyncio.wait_for(_asked(store), 1)
        await store.close()

    asyncio.run(work())


# Busy with others


def test_while_another_session_holds_a_table_everyone_is_told_in_time(address: str) -> None:
    ledger, chance = Ledger(), random.Random(13)
    with a_server(address) as server, asyncio.Runner() as other:
        con = other.run(asyncpg.connect(address))
        other.run(con.execute("begin; lock table agregat in exclusive mode"))
        told = [fresh_avis(chance) for _ in range(5)]
        assert send(server.url, ledger, told) == [503] * 5
        assert ledger.slowest < WIDGET_WAITS
        assert rows(address, "select count(*) from avis") == [(0,)]
        other.run(con.close())
        assert send(server.url, ledger, told) == [201] * 5
    assert audit(address, ledger) == []


def test_without_a_free_connection_everyone_is_told_and_then_it_goes_on(address: str) -> None:
    ledger, chance = Ledger(), random.Random(14)
    with a_server(address) as server, asyncio.Runner() as others:
        assert send(server.url, ledger, [fresh_avis(chance)]) == [201]
        taken = others.run(every_connection(address))
        told = [fresh_avis(chance) for _ in range(5)]
        assert send(server.url, ledger, told) == [503] * 5
        assert not is_ready(server.url)
        others.run(close(taken))
        assert send(server.url, ledger, told) == [201] * 5
        assert is_ready(server.url)
    assert audit(address, ledger) == []


async def every_connection(address: str) -> list[Session]:
    """All connections that a server gives, those of collectors taken from them."""
    taken: list[Session] = []
    with contextlib.suppress(asyncpg.TooManyConnectionsError):
        while len(taken) < 100:
            taken.append(await asyncpg.connect(address))
            await taken[-1].execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'jdma'"
            )
    return taken


async def close(sessions: list[Session]) -> None:
    for each in sessions:
        await each.close()
