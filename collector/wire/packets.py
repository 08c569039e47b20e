"""One packet an answer, and no more of one client than there is time for.

uvicorn writes the head and the body of each answer apart. Two writes are two system calls, two
packets and two wake-ups of whoever waits: a tenth of the time an avis takes. And it checks and
joins the same headers each time: another tenth, for the answer that is always the same.

And it waits for a client as long as the client likes.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from collector.wire.framing import Framed

PATIENCE = 30.0  # seconds for a request to come whole, and again for what is written to be read
OWN_FILES = 64  # file descriptors that are no connection: the base, its readers, a page
NOTHING = object()

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


class Gathering:
    """A transport that writes what one turn of the loop gave it at once, when the turn is over."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def write_whole(self, data: bytes) -> None:
        """Write what is all there is to say, without waiting for more."""
        self._flush()
        self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(Framed):
    """Our protocol, over a Gathering transport, with an end to what one client may take."""

    _turn: object = NOTHING  # what the client was seen at: a request, or None before the first
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Gathering(transport, self.loop)))
        # One more than there are files for, and the base's own would be missing.
        if len(self.connections) > room():
            self.transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._turn = NOTHING  # who reads on may take as long as a long answer needs

    def check_pace(self, now: float) -> None:
        """End a connection whose client has not done its part for PATIENCE seconds: send a request
        whole, read what was written."""
        cycle = self.cycle
        ours = cycle is not None and not (
            cycle.response_complete or cycle.more_body or self.flow.write_paused
        )
        if ours or cycle is not self._turn:
            self._turn, self._since = cycle, now
        elif now - self._since > PATIENCE:
            self.transport.abort()


class Ready(Response):
    """An answer that is always the same: put together once, and written at once.

    To be made with all that it says, and left as it is. Byte for byte what `Response` sends, and
    sent by it wherever there is more to do than to write.
    """

    def __init__(self, content: bytes, status_code: int, headers: Mapping[str, str]) -> None:
        super().__init__(content, status_code, headers)
        self._lines = _lines(self.raw_headers)
        self._date: tuple[Headers, bytes] = [], b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # What uvicorn hands out as `send` is a method of what it knows of the request.
        cycle = getattr(send, "__self__", None)
        if isinstance(cycle, RequestResponseCycle) and _is_plain(cycle):
            self._write(cycle)
        else:
            await super().__call__(scope, receive, send)

    def _write(self, cycle: RequestResponseCycle) -> None:
        """What `RequestResponseCycle.send` does of a head and the one body after it."""
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        head = STATUS_LINE[self.status_code] + self._dated(cycle.default_headers) + self._lines
        transport: object = cycle.transport
        write = transport.write_whole if isinstance(transport, Gathering) else cycle.transport.write
        write(head + end + bytes(self.body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    def _dated(self, headers: Headers) -> bytes:
        """The headers that all answers have, of which uvicorn makes a new list each second."""
        if headers is not self._date[0]:
            self._date = headers, _lines(headers)
        return self._date[1]


def _lines(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def _is_plain(cycle: RequestResponseCycle) -> bool:
    """Whether an answer may be written now, whole, and nothing is to be told of it."""
    return not (
        cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or cycle.access_log
        or cycle.scope["method"] == "HEAD"
    )


def room() -> int:
    """How many connections there are file descriptors for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else files - OWN_FILES


def check_pace(connections: Iterable[object], now: float) -> None:
    """To be asked now and then of all the connections of a server."""
    for each in list(connections):
        if isinstance(each, Protocol):
            each.check_pace(now)
