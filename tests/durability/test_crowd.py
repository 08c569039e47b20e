"""Thousands of connections that do nothing, or do it slowly, cost avis nothing: each is let in as
long as there is room, takes little memory, and comes to an end."""

from __future__ import annotations

import contextlib
import random
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.durability.load import Ledger, answer, audit
from tests.durability.outside import is_ready, until
from tests.world import JDMA, Server, a_server, new_database

IDLE, READING, SENDING = 1000, 200, 200
MEGABYTES = 45  # for all of these; 15 were seen

HEAD = b"POST /api/v1/avis HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n"
A_BODY = HEAD + b"content-length: 60000\r\n\r\n" + b"{" * 50_000
PAGES = b"GET /w/1/avis.js HTTP/1.1\r\nhost: x\r\n\r\n" * 30


def serving(change: str) -> list[str]:
    """The program, with other limits."""
    return [
        sys.executable,
        "-c",
        "from collector import cli; from collector.wire import framing, packets; "
        f"{change}; cli.main()",
    ]


HASTY = serving("packets.PATIENCE = 1.0")
PATIENT = serving("packets.PATIENCE = 600.0")
GENEROUS = serving("framing.MAX_HEAD = framing.MAX_UNANSWERED = 10**9")


@pytest.fixture(autouse=True)
def files() -> None:
    """The test itself needs one for each connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Crowd:
    """Connections to a server, held open."""

    def __init__(self, server: Server) -> None:
        self._address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        self._open = contextlib.ExitStack()

    def connect(self, sent: bytes = b"", buffer: int | None = None) -> socket.socket:
        """One more, that has sent this much and reads nothing."""
        each = self._open.enter_context(socket.socket())
        if buffer is not None:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        each.connect(self._address)
        each.sendall(sent)
        each.setblocking(False)
        return each

    def close(self) -> None:
        self._open.close()


@contextlib.contextmanager
def a_crowd(server: Server) -> Iterator[Crowd]:
    crowd = Crowd(server)
    try:
        yield crowd
    finally:
        crowd.close()


def is_closed(each: socket.socket) -> bool:
    """Whether the server has ended a connection that it answers nothing on."""
    try:
        return each.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def trickle(each: socket.socket) -> bool:
    """One byte more; False when nobody takes it any more."""
    try:
        return each.send(b"x") == 1
    except ConnectionError:
        return False


def memory(server: Server) -> float:
    """Megabytes a server has in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def test_a_crowd_takes_little_and_avis_are_stored_meanwhile(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    ledger, chance = Ledger(), random.Random(17)
    with a_server(path, program=PATIENT) as server, a_crowd(server) as crowd:
        answer(server.url, ledger, chance, 50)
        before = memory(server)
        idle = [crowd.connect() for _ in range(IDLE)]
        for _ in range(READING):
            crowd.connect(PAGES, buffer=2048)
        for _ in range(SENDING // 2):
            crowd.connect(HEAD)
            crowd.connect(A_BODY)
        answer(server.url, ledger, chance, 250)
        assert set(ledger.answers) == {"200", "201"}
        assert memory(server) - before < MEGABYTES
        assert is_ready(server.url)
        assert not any(is_closed(each) for each in idle)
    assert audit(path, ledger) == []


SLOW = {
    "says nothing": (b"", None),
    "a head without an end": (HEAD, None),
    "a body without an end": (A_BODY, None),
    "an answer that nobody reads": (PAGES, 2048),
}


def has_ended(each: socket.socket) -> bool:
    try:
        while each.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        pass
    return True


def test_each_that_is_too_slow_comes_to_an_end_and_others_go_on(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with (
        a_server(path, program=HASTY) as server,
        a_server(path.with_name("other.db"), program=PATIENT) as patient,
        a_crowd(server) as crowd,
        a_crowd(patient) as kept,
        httpx.Client(base_url=server.url) as busy,
    ):
        not_yet = kept.connect(HEAD)
        slow = {name: crowd.connect(sent, buffer) for name, (sent, buffer) in SLOW.items()}
        # Those that send go on sending, a byte at a time: it does not help them.
        sending = {name: slow[name] for name in ("a head without an end", "a body without an end")}
        while sending := {name: each for name, each in sending.items() if trickle(each)}:
            assert busy.get("/healthz").status_code == 200
        until(lambda: is_closed(slow["says nothing"]))
        # What had been sent can still be read, up to where the server gave up.
        until(lambda: has_ended(slow["an answer that nobody reads"]))
        # The negative twin: it is their patience that ends, nothing else.
        assert not is_closed(not_yet)
        assert trickle(not_yet)


# No more connections than files


def limited(files: int, most: int) -> list[str]:
    return ["prlimit", f"--nofile={files}:{most}", *JDMA]


def test_the_limit_of_files_is_raised_and_said(tmp_path: Path) -> None:
    with a_server(new_database(tmp_path), program=limited(256, 2048)) as server:
        assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (2048, 2048)
        assert server.terminate() == 0
        assert server.process.stdout is not None
        said = server.process.stdout.read()
    assert said.startswith("Fichiers ouverts : la limite de 256 passe à 2048.\n")


def test_when_there_are_no_more_files_those_inside_are_served_and_others_get_in_after(
    tmp_path: Path,
) -> None:
    path, files = new_database(tmp_path), 160
    ledger, chance = Ledger(), random.Random(18)
    with (
        a_server(path, program=limited(files, files)) as server,
        httpx.Client(base_url=server.url) as inside,
    ):
        assert inside.get("/healthz").status_code == 200
        with a_crowd(server) as crowd:
            waiting = [crowd.connect() for _ in range(2 * files)]
            until(lambda: sum(map(is_closed, waiting)) > files)
            assert inside.get("/healthz").status_code == 200
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{server.url}/healthz")
            # The readers of the base open their files only now, and there are some left for them.
            for shown in ("/healthz", "/resultats/carte-de-stationnement", "/readyz"):
                assert inside.get(shown).status_code == 200
        until(lambda: lets_in(server.url))
        answer(server.url, ledger, chance, 20)
        assert set(ledger.answers) == {"200", "201"}
    assert audit(path, ledger) == []


def lets_in(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


# No more of one client than there is memory for

A_LITTLE = 10  # megabytes
TOO_MUCH = {
    "requests before the first answer": b"GET /w/1/avis.js HTTP/1.1\r\n\r\n" * 200_000,
    "a head without an end": b"GET / HTTP/1.1\r\nx-long: " + b"x" * 10_000_000,
    "an address without an end": b"GET /" + b"x" * 10_000_000,
    "headers without an end": b"GET / HTTP/1.1\r\n" + b"x-one-more: x\r\n" * 500_000,
}


def test_a_client_that_says_too_much_is_cut_short(tmp_path: Path) -> None:
    with a_server(new_database(tmp_path)) as server, a_crowd(server) as crowd:
        before = memory(server)
        for sent in TOO_MUCH.values():
            one = crowd.connect()
            one.setblocking(True)
            with contextlib.suppress(ConnectionError):  # cut while it was speaking
                one.sendall(sent)
            one.setblocking(False)
            until(lambda one=one: has_ended(one))  # type: ignore[misc]
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert memory(server) - before < A_LITTLE


def test_without_these_limits_one_client_takes_as_much_as_it_likes(tmp_path: Path) -> None:
    with a_server(new_database(tmp_path), program=GENEROUS) as server, a_crowd(server) as crowd:
        before = memory(server)
        crowd.connect(TOO_MUCH["headers without an end"])
        until(lambda: memory(server) - before > A_LITTLE)
