"""A queue that is full refuses at once, and what it took in is stored."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

import httpx2 as httpx

from tests.durability.load import Ledger, audit, fresh_avis, tell
from tests.durability.outside import locked
from tests.world import a_server, new_database, rows

QUEUE = 2
PEOPLE = 12


def test_a_full_queue_refuses_at_once_and_all_that_was_taken_in_is_stored(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(6)
    with a_server(path, queue_size=str(QUEUE)) as server, ThreadPoolExecutor(PEOPLE) as people:
        with locked(path):
            asked = [
                people.submit(tell, server.url, ledger, fresh_avis(chance)) for _ in range(PEOPLE)
            ]
            # One batch stands before the file and one waits in the queue, of QUEUE avis at most:
            # all others are refused before these are answered.
            refused = [each.result() for each in islice(as_completed(asked), PEOPLE - 2 * QUEUE)]
            assert {(each.status, each.code, each.retry_after) for each in refused} == {
                (503, "file_pleine", "2")
            }
            ready = httpx.get(f"{server.url}/readyz")
            assert (ready.status_code, ready.json()["raison"]) == (503, "la file est pleine")
        told = [each.result().status for each in asked]
        assert set(told) == {201, 503}
        assert rows(path, "select count(*) from avis") == [(told.count(201),)]
        again = [tell(server.url, ledger, body) for body in list(ledger.unanswered.values())]
        assert {each.status for each in again} == {201}
    assert audit(path, ledger) == []
    assert rows(path, "select count(*) from avis") == [(PEOPLE,)]
