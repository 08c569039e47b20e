"""One packet an answer, whatever is written when, and nothing lost at the end; an answer that is
ready says what any other would; and of one client, no more than there is time for."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, cast

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from collector.wire.framing import Framed
from collector.wire.packets import PATIENCE, Gathering, Protocol, Ready, check_pace
from tests.http.wire import IN_TIME, request

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

    def get_extra_info(self, name: str) -> None:
        """Nothing is known of it."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


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


async def test_what_is_whole_leaves_at_once_behind_what_was_there() -> None:
    wire = Wire()
    gathering = over(wire)
    gathering.write_whole(b"one")
    assert wire.seen == [b"one"]
    gathering.write(b"head")
    gathering.write_whole(b"two")
    assert wire.seen == [b"one", b"head", b"two"]
    await asyncio.sleep(0)
    assert wire.seen == [b"one", b"head", b"two"]


async def test_anything_else_is_asked_of_the_transport() -> None:
    wire = Wire()
    gathering = over(wire)
    assert not gathering.is_closing()
    gathering.close()
    assert gathering.is_closing()


# The answer that is always the same

SAID = (b'{"resultat":"enregistre"}', 201, {"content-type": "application/json", "x-b": "c"})
KINDS = (Ready, Response)
POST = request("/", "POST", b"{}")


GONE = {"type": "http.disconnect"}


async def read_first(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await answer(scope, receive, send)


async def read_last(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await answer(scope, receive, send)
    assert await receive() == GONE


async def listen(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    heard = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    await answer(scope, receive, send)
    assert await heard == GONE


async def repeat(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await answer(scope, receive, send)
    await answer(scope, receive, send)


Manner = Callable[[Response, Scope, Receive, Send], Awaitable[None]]


def begun(app: Any, wire: Wire) -> Framed:
    config = uvicorn.Config(app, http=Framed, interface="asgi3", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sun, 22 Nov 2026 10:00:00 GMT")]
    protocol = Framed(config, state, {}, asyncio.get_running_loop())
    protocol.access_log = False  # as our server has it; pytest would read one
    protocol.connection_made(cast(asyncio.Transport, wire))
    return protocol


async def finish(protocol: Framed) -> None:
    async with asyncio.timeout(IN_TIME):
        while protocol.tasks:
            await asyncio.gather(*protocol.tasks)
            await asyncio.sleep(0)
    protocol.connection_lost(ConnectionResetError())


async def seen(
    answer: Response,
    sent: bytes,
    before: Callable[[Framed], None] = lambda protocol: None,
    manner: Manner = read_first,
) -> list[bytes | str]:
    """What is written to a client that sends these bytes; `before` happens once they are read."""
    wire = Wire()
    protocol = begun(partial(manner, answer), wire)
    protocol.data_received(sent)
    before(protocol)
    await finish(protocol)
    return wire.seen


def joined(parts: list[bytes | str]) -> bytes:
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


@pytest.mark.parametrize(
    "sent",
    [
        POST,
        POST * 3,
        request("/", "POST", b"{}", {"Connection": "close"}),
        POST.replace(b"HTTP/1.1", b"HTTP/1.0"),
        request("/", "HEAD"),
        request("/", "POST", b"{}", {"Expect": "100-continue"}),
    ],
    ids=["one", "pipelined", "last", "1.0", "head", "expect"],
)
@pytest.mark.parametrize("manner", [read_first, read_last, listen])
async def test_an_answer_that_is_ready_is_byte_for_byte_what_any_other_is(
    sent: bytes, manner: Manner
) -> None:
    ready, ordinary = [joined(await seen(kind(*SAID), sent, manner=manner)) for kind in KINDS]
    assert ready == ordinary
    assert ready.count(b"HTTP/1.1 201 Created\r\ndate: ") == sent.count(b"Host")


async def test_an_answer_is_given_once() -> None:
    ready, ordinary = [await seen(kind(*SAID), POST, manner=repeat) for kind in KINDS]
    assert joined(ready) == joined(ordinary)
    assert joined(ready).count(b"HTTP/1.1 ") == 1
    assert ready[-1] == "closed"


async def test_it_is_written_at_once_and_another_is_not() -> None:
    ready, ordinary = [await seen(kind(*SAID), POST) for kind in KINDS]
    assert (len(ready), len(ordinary)) == (1, 2)


async def test_who_does_not_read_is_not_written_to() -> None:
    wire = Wire()
    protocol = begun(partial(read_first, Ready(*SAID)), wire)
    protocol.data_received(POST)
    protocol.pause_writing()
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.seen == []
    protocol.resume_writing()
    await finish(protocol)
    assert joined(wire.seen).endswith(SAID[0])


async def test_who_left_is_not_written_to() -> None:
    wire = Wire()
    protocol = begun(partial(read_first, Ready(*SAID)), wire)
    protocol.data_received(POST)
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)
    assert wire.seen == ["closed"]


async def test_a_server_that_ends_is_told_that_it_may() -> None:
    parts = await seen(Ready(*SAID), POST, before=Framed.shutdown)
    assert b"connection: close\r\n" in joined(parts)
    assert parts[-1] == "closed"


async def test_an_access_log_that_someone_wants_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire = Wire()
    protocol = begun(partial(read_first, Ready(*SAID)), wire)
    protocol.access_log = True
    with caplog.at_level("INFO", "uvicorn.access"):
        protocol.data_received(POST)
        await finish(protocol)
    assert {record.name for record in caplog.records} == {"uvicorn.access"}
    assert joined(wire.seen).endswith(SAID[0])


@pytest.mark.parametrize(
    ("set_up", "makes"), [("options(empty, Settings())", False), ("log.set_up(Settings())", True)]
)
def test_our_own_server_makes_no_line_of_an_access_log(set_up: str, makes: bool) -> None:
    code = f"""
import logging
from collector.config import Settings
from collector.watch import log
from collector.serve import options
from tests.bench.empty import empty
{set_up}
print(logging.getLogger("uvicorn.access").hasHandlers())
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"{makes}\n"


async def test_each_answer_has_the_date_of_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    protocol = begun(partial(read_first, Ready(*SAID)), wire)
    server = uvicorn.Server(protocol.config)
    server.server_state = protocol.server_state
    for day in ("one", "two", "two"):
        monkeypatch.setattr("uvicorn.server.formatdate", lambda *_, day=day, **__: day)
        await server.on_tick(0)  # what uvicorn does each second
        protocol.data_received(POST)
        await asyncio.gather(*protocol.tasks)
    assert [re.findall(rb"date: (\w+)", cast(bytes, part)) for part in wire.seen] == [
        [b"one"], [b"two"], [b"two"],
    ]  # fmt: skip


async def test_under_another_server_it_is_an_answer_as_any_other() -> None:
    async def told(answer: Response) -> list[Message]:
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        await answer({"type": "http", "method": "POST"}, cast(Receive, None), send)
        return messages

    assert await told(Ready(*SAID)) == await told(Response(*SAID))


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
