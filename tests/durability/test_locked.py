"""Another program holds the file: people are told so in time, and it goes on once it lets go."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx

from tests.durability.load import WIDGET_WAITS, Ledger, audit, send, stand_before_the_lock
from tests.durability.outside import is_ready, locked, until
from tests.world import a_server, new_database, rows


def test_while_the_file_is_locked_everyone_is_told_in_time_and_then_it_goes_on(
    tmp_path: Path,
) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(5)
    with a_server(path) as server, ThreadPoolExecutor(16) as people:
        with locked(path):
            waiting = stand_before_the_lock(server.url, ledger, people, chance)
            ready = people.submit(is_ready, server.url)
            for shown in ("/healthz", "/resultats/", "/f/k7f3q2"):
                assert httpx.get(f"{server.url}{shown}").status_code == 200
            assert not any(each.done() for each in waiting)  # they wait, the pages did not
            told = [each.result() for each in waiting]
            assert {(each.status, each.code, each.retry_after) for each in told} == {
                (503, "stockage_indisponible", "2")
            }
            assert max(each.seconds for each in told) < WIDGET_WAITS
            assert not ready.result()
            assert rows(path, "select count(*) from avis") == [(0,)]
        until(lambda: is_ready(server.url))
        refused = list(ledger.unanswered.values())
        assert send(server.url, ledger, refused) == [201] * len(refused)
    assert audit(path, ledger) == []
