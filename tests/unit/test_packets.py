"""One packet an answer, whatever is written when, and nothing lost at the end; and of one client,
no more than there is time for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from collector.packets import PATIENCE, Gathering, Protocol, check_pace

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Wire:
    """What reaches a transport, in order."""

    def __init__(self) -> None:
        self.seen: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.seen.append(data)

    def close(self) -> None:
        self.seen.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.seen


def over(wire: Wire) -> Any:
    return Gathering(cast(asyncio.Transport, wire), asyncio.get_running_loop())


async def test_a_head_and_its_body_are_one_packet() -> None:
    wire = Wire()
    gathering = over(wire)
    gathering.write(b"head")
    gathering.write(b"body")
    assert wire.seen == []
    await asyncio.sleep(0)
    assert wire.seen == [b"headbody"]


async def test_each_turn_of_the_loop_writes_what_it_was_given() -> None:
    wire = Wire()
    gathering = over(wire)
    for part in (b"one", b"two"):
        gathering.write(part)
        await asyncio.sleep(0)
    assert wire.seen == [b"one", b"two"]


async def test_what_was_written_leaves_before_the_end() -> None:
    wire = Wire()
    gathering = over(wire)
    gathering.write(b"last words")
    gathering.close()
    await asyncio.sleep(0)
    assert wire.seen == [b"last words", "closed"]


async def test_anything_else_is_asked_of_the_transport() -> None:
    wire = Wire()
    gathering = over(wire)
    assert not gathering.is_closing()
    gathering.close()
    assert gathering.is_closing()


# Who is too slow

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n"


class Line(asyncio.Transport):
    """A connection of which nothing is known but whether it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def write(self, data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True


@pytest.fixture
async def protocol() -> AsyncIterator[Protocol]:
    """A connection to an application that takes its time."""

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    config = uvicorn.Config(busy, http=Protocol, log_config=None)
    made = Protocol(config, ServerState(), {}, asyncio.get_running_loop())
    made.connection_made(Line())
    yield made
    made.connection_lost(ConnectionResetError())
    await asyncio.gather(*made.tasks)


def is_ended(protocol: Protocol, now: float) -> bool:
    check_pace([protocol], now)
    return protocol.transport.is_closing()


@pytest.mark.parametrize("sent", [b"", HEAD[:9], HEAD, HEAD + b"{"])
async def test_who_does_not_send_a_request_whole_is_let_go_in_the_end(
    protocol: Protocol, sent: bytes
) -> None:
    assert not is_ended(protocol, 1000.0)
    for byte in sent:
        protocol.data_received(bytes([byte]))
    assert not is_ended(protocol, 1000.0 + PATIENCE / 2)
    assert not is_ended(protocol, 1000.0 + PATIENCE)
    assert is_ended(protocol, 1000.0 + 2 * PATIENCE)


async def test_who_waits_for_us_is_never_let_go(protocol: Protocol) -> None:
    assert not is_ended(protocol, 1000.0)
    protocol.data_received(HEAD + b"{}")
    for minute in range(100):
        assert not is_ended(protocol, 1000.0 + 60 * minute)


async def test_who_reads_on_however_slowly_is_not_let_go(protocol: Protocol) -> None:
    protocol.data_received(HEAD + b"{}")
    for minute in range(10):
        protocol.pause_writing()
        assert not is_ended(protocol, 1000.0 + 60 * minute)
        protocol.resume_writing()
    protocol.pause_writing()
    assert not is_ended(protocol, 2000.0)
    assert is_ended(protocol, 2000.0 + 2 * PATIENCE)


async def test_what_is_no_connection_of_ours_is_left_alone() -> None:
    check_pace([object()], 1000.0)
