"""Asked to stop, a server finishes what it has begun: no wrong answer, and nothing is lost."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.durability.load import (
    Ledger,
    answer_until_it_ends,
    audit,
    fresh_avis,
    send,
    stand_before_the_lock,
)
from tests.durability.outside import locked, until
from tests.world import a_server, histogram, new_database, rows

STOPS = {number.name: number for number in (signal.SIGTERM, signal.SIGINT)}


@pytest.mark.parametrize("number", STOPS.values(), ids=STOPS)
def test_under_load_every_201_is_stored_and_no_other_answer_is_given(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = new_database(tmp_path)
    ledger = Ledger()
    with a_server(path) as server:
        answer_until_it_ends(
            server.url, ledger, random.Random(2), lambda: server.process.send_signal(number), 0.5
        )
        assert server.process.wait(10) == 0
    assert set(ledger.answers) == {"200", "201"}
    assert audit(path, ledger) == []


def test_avis_that_wait_for_the_disk_at_sigterm_are_written_and_answered(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(3)
    with a_server(path) as server, ThreadPoolExecutor(16) as people:
        with locked(path):
            waiting = stand_before_the_lock(server.url, ledger, people, chance)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: has_stopped_listening(server.url))
        assert {each.result().status for each in waiting} == {201}
        assert server.process.wait(10) == 0
    assert rows(path, "select count(*) from avis") == [(len(waiting),)]
    assert audit(path, ledger) == []


def test_openings_that_were_not_written_yet_are_written_at_the_end(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path) as server:
        with httpx.Client(base_url=server.url) as client:
            for _ in range(3):
                assert client.get("/f/k7f3q2.json").status_code == 200
        assert server.terminate() == 0
    assert histogram(path, "ouverture") == {1: 3}


def test_after_a_clean_end_the_database_is_one_file_that_can_be_copied_alone(
    tmp_path: Path,
) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(7)
    with a_server(path) as server:
        send(server.url, ledger, [fresh_avis(chance) for _ in range(20)])
        assert httpx.get(f"{server.url}/api/v1/demarches").status_code == 200
        assert server.terminate() == 0
    copied = tmp_path / "copy"
    copied.mkdir()
    shutil.copy(path, copied)
    assert audit(copied / path.name, ledger) == []


def test_someone_who_never_ends_a_request_does_not_keep_the_server_from_ending(
    tmp_path: Path,
) -> None:
    path = new_database(tmp_path)
    with a_server(path) as server:
        address = server.url.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1]))) as slow:
            head = b"host: x\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\n"
            slow.sendall(b"POST /api/v1/avis HTTP/1.1\r\n" + head + b"{")
            assert httpx.get(f"{server.url}/healthz").status_code == 200
            started = time.monotonic()
            assert server.terminate() == 0
            assert time.monotonic() - started < 10
        assert server.process.stdout is not None
        assert "Traceback" not in server.process.stdout.read()


def has_stopped_listening(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz")
    except httpx.TransportError:
        return True
    return False
