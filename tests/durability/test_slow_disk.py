"""A disk that takes its time: people wait, or are told to come back; nobody waits for them."""

from __future__ import annotations

import random
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx

from tests.durability.load import Ledger, Told, audit, compare, fresh_avis, tell
from tests.durability.outside import is_ready, metric, until
from tests.durability.system import SYNCS, tampered
from tests.durability.test_kill9 import a_liar
from tests.world import a_server, new_database, rows

QUEUE = 4
PEOPLE = 12
FOR_EVER = "delay_enter=60000000"  # microseconds: until the test lets go


def answered(asked: list[Future[Told]]) -> list[Told]:
    return [each.result() for each in asked if each.done()]


def test_while_the_disk_is_slow_nothing_is_said_too_early_and_all_else_goes_on(
    tmp_path: Path,
) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(8)
    with a_server(path, queue_size=str(QUEUE)) as server, ThreadPoolExecutor(PEOPLE) as people:
        with tampered(server, SYNCS, FOR_EVER):
            asked = [people.submit(tell, server.url, ledger, fresh_avis(chance))]
            # Its batch is written and not synced: seen by who reads the file, and not acknowledged.
            until(lambda: (tmp_path / "avis.db-wal").stat().st_size > 0)
            slow = httpx.get(f"{server.url}/readyz")
            assert (slow.status_code, slow.json()["raison"]) == (
                503,
                "l’écriture attend depuis plus de 3 s",
            )
            while metric(server.url, "jdma_queue") < QUEUE:
                asked.append(people.submit(tell, server.url, ledger, fresh_avis(chance)))
            full = httpx.get(f"{server.url}/readyz")
            assert (full.status_code, full.json()["raison"]) == (503, "la file est pleine")
            refused = tell(server.url, ledger, fresh_avis(chance))
            assert (refused.status, refused.code, refused.retry_after) == (503, "file_pleine", "2")
            for shown in ("/healthz", "/resultats/", "/f/k7f3q2", "/w/index.json"):
                assert httpx.get(f"{server.url}{shown}").status_code == 200
            assert {each.status for each in answered(asked)} <= {503}
        told = [each.result().status for each in asked]
        assert told.count(201) == QUEUE + 1
        until(lambda: is_ready(server.url))
        again = [tell(server.url, ledger, body).status for body in [*ledger.unanswered.values()]]
        assert set(again) == {201}
    assert audit(path, ledger) == []
    assert rows(path, "select count(*) from avis") == [(len(ledger.sent),)]


def test_a_server_that_answers_before_the_disk_does_is_found_out(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger = Ledger()
    with a_liar(path) as server, tampered(server, SYNCS, FOR_EVER):
        assert tell(server.url, ledger, fresh_avis(random.Random(9))).status == 201
        assert any("was acknowledged at etape" in each for each in compare(path, ledger))
