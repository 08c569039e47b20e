"""Where requests end: however bytes are cut, each request has one answer, and nothing else has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from collector.wire.framing import MAX_HEAD, MAX_UNANSWERED, Framed
from tests.http.wire import Answer, chunked, read_answers, request

TURNS = 20  # of the loop: more than an answer needs


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what it was asked, after a turn of the loop or with the body still to come."""
    body = b""
    if scope["path"] != "/tot":
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
    await asyncio.sleep(0)
    told = f"{scope['method']} {scope['path']} ".encode() + body
    length = (b"content-length", b"%d" % len(told))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": told})


class Wire:
    """What reaches a transport."""

    def __init__(self) -> None:
        self.seen = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.seen += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """What was sent already arrives all the same."""

    def resume_reading(self) -> None: ...

    def get_extra_info(self, name: str) -> Any:
        return None


@dataclass
class Seen:
    """What came of some bytes: the answers, and whether the connection was ended."""

    answers: list[Answer]
    ended: bool

    @property
    def told(self) -> list[bytes]:
        return [answer.body for answer in self.answers if answer.status == 200]

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _exchange(kind: type[HttpToolsProtocol], packets: Sequence[bytes]) -> Seen:
    config = uvicorn.Config(echo, http=kind, ws="none", lifespan="off", log_config=None)
    config.load()
    wire, state = Wire(), ServerState()
    protocol = kind(config, state, {})
    protocol.connection_made(cast(asyncio.Transport, wire))
    for packet in packets:
        if wire.closed:
            break
        protocol.data_received(packet)
        while protocol.pipeline:
            await _turns(1)
        await _turns(TURNS)
    ended = wire.closed
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)
    return Seen(read_answers(wire.seen), ended)


def exchange(*packets: bytes, kind: type[HttpToolsProtocol] = Framed) -> Seen:
    """Send each of these packets, with time to be answered between them."""
    return asyncio.run(_exchange(kind, packets))


# The law

PASSENGER = request("/passager")
CHUNKED = {"Transfer-Encoding": "chunked"}
UPGRADE = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"}
BODIES = st.sampled_from([b"", b"{}", PASSENGER, b"0\r\n\r\n" + PASSENGER, b"x" * 300])


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A request, and what is to be answered to it."""
    path = draw(st.sampled_from(["/a", "/b", "/tot"]))
    body = draw(BODIES)
    headers = draw(st.sampled_from([{}, UPGRADE]))
    told = f"POST {path} ".encode() + (b"" if path == "/tot" else body)
    if draw(st.booleans()):
        head = request(path, "POST", headers={**CHUNKED, **headers})
        return head + chunked(*([body] if body else [])), told
    return request(path, "POST", body, headers), told


@given(sent=st.lists(messages(), max_size=4), cuts=st.lists(st.integers(0, 1_500), max_size=6))
def test_each_request_has_its_answer_however_the_bytes_are_cut(
    sent: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(message for message, _ in sent)
    ends = sorted({*(cut for cut in cuts if cut < len(stream)), len(stream)})
    packets = [stream[a:b] for a, b in zip([0, *ends], ends, strict=False) if a < b]
    seen = exchange(*packets)
    assert seen.told == [told for _, told in sent]
    assert seen.statuses == [200] * len(sent)
    assert not seen.ended


SMUGGLED = (
    request("/a", "POST", headers={**UPGRADE, "Content-Length": str(len(PASSENGER))}),
    PASSENGER,
)


def test_a_body_is_no_request_though_another_protocol_was_wished_for() -> None:
    assert exchange(*SMUGGLED).told == [b"POST /a " + PASSENGER]
    assert exchange(b"".join(SMUGGLED)).told == [b"POST /a " + PASSENGER]


def test_without_us_it_was_a_request() -> None:
    assert b"GET /passager " in exchange(*SMUGGLED, kind=HttpToolsProtocol).told


# What cannot be read

BAD = b"BAD\r\n\r\n"
BROKEN = request("/a", "POST", headers=CHUNKED) + b"zz\r\n"


@pytest.mark.parametrize("bad", [BAD, BROKEN], ids=["head", "body"])
@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize("packets", [1, 2])
def test_what_cannot_be_read_is_refused_after_those_before_it(
    bad: bytes, before: int, packets: int
) -> None:
    good = request("/a", "POST", b"{}") * before
    seen = exchange(good + bad) if packets == 1 else exchange(good, bad)
    assert seen.told == [b"POST /a {}"] * before
    assert [answer.code for answer in seen.answers[before:]] == ["requete_illisible"]
    assert seen.answers[-1].ends
    assert seen.ended


def test_without_us_the_refusal_took_the_place_of_an_answer() -> None:
    seen = exchange(request("/a", "POST", b"{}") + BAD, kind=HttpToolsProtocol)
    assert seen.statuses == [400]


def test_what_follows_what_cannot_be_read_is_not_read() -> None:
    seen = exchange(request("/a") + BAD + request("/b"), request("/c"))
    assert seen.told == [b"GET /a "]
    assert seen.statuses == [200, 400]


def test_a_request_that_was_answered_before_its_end_is_not_answered_again() -> None:
    early = request("/tot", "POST", headers=CHUNKED)
    seen = exchange(early, b"zz\r\n")
    assert seen.statuses == [200]
    assert seen.ended
    assert exchange(early, b"zz\r\n", kind=HttpToolsProtocol).statuses == [200, 400]


def test_a_tunnel_is_no_request() -> None:
    assert [a.code for a in exchange(request("/a", "CONNECT")).answers] == ["requete_illisible"]


# Heads


def filled(size: int) -> bytes:
    """A request whose address and headers take so many bytes, line ends included."""
    host = len(b"Host: avis.test\r\n")
    return request("/a", headers={"Plein": "x" * (size - len("/a") - host - len(b"Plein: \r\n"))})


@pytest.mark.parametrize("cut", [1_000, 40_000, MAX_HEAD + 1_000])
def test_a_head_has_a_limit_in_one_packet_or_many(cut: int) -> None:
    def packets(stream: bytes) -> list[bytes]:
        return [stream[i : i + cut] for i in range(0, len(stream), cut)]

    assert exchange(*packets(filled(MAX_HEAD))).told == [b"GET /a "]
    seen = exchange(*packets(request("/b") + filled(MAX_HEAD + 1)))
    assert seen.told == [b"GET /b "]
    assert seen.answers[-1].code == "entetes_trop_grands"
    assert seen.ended


def test_a_head_that_does_not_end_is_not_kept() -> None:
    seen = exchange(b"GET /a HTTP/1.1\r\nPlein: ", *[b"x" * 1_024] * 65)
    assert [answer.code for answer in seen.answers] == ["entetes_trop_grands"]


def test_a_body_is_no_head() -> None:
    body = b"x" * 2 * MAX_HEAD
    head, _, _ = request("/a", "POST", body).partition(b"x")
    assert len(exchange(head, *[b"x" * 1_024] * 128).told[0]) == len(b"POST /a ") + len(body)


def test_requests_sent_ahead_have_a_limit() -> None:
    seen = exchange(request("/a") * MAX_UNANSWERED)
    assert seen.told == [b"GET /a "] * MAX_UNANSWERED
    assert not seen.ended
    seen = exchange(request("/a") * 5 * MAX_UNANSWERED)
    assert seen.told == [b"GET /a "] * MAX_UNANSWERED
    assert [answer.code for answer in seen.answers[MAX_UNANSWERED:]] == ["trop_de_demandes"]
    assert seen.answers[-1].headers["retry-after"] == "1"
