"""Where a request ends: one answer for each, in their order, whatever is sent between them.

Whoever stands before us, such as a proxy, has to see the same requests on a connection as we do:
else one person is given the answer of another. httptools reads strictly; what uvicorn makes of it
is mended here.
"""

from __future__ import annotations

import asyncio

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from collector.errors import HeadTooLarge, Refusal, TooMany, Unreadable

MAX_HEAD = 64 * 1024  # bytes of the address and the headers of a request
MAX_UNANSWERED = 100  # requests sent ahead: one packet may hold 10,000 of them


class Framed(HttpToolsProtocol):
    """uvicorn's protocol. What cannot be read is refused when its turn has come, and ends the
    connection: nobody knows where the next request would begin.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Bytes since the packet in which a head began; None once it has ended.
        self._head: int | None = None
        self._packet = self._first = 0  # bytes of the packet being read, and of that one
        self._unanswered = 0
        self._refusal: Refusal | None = None

    # Reading

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        try:
            self._packet = len(data)
            self._check_head(len(data))
            self._feed(data)
        except HeadTooLarge as refusal:
            self._refuse(refusal)
        except httptools.HttpParserError as error:
            ours = error.__context__  # what a callback raised
            self._refuse(ours if isinstance(ours, Refusal) else Unreadable())

    def _check_head(self, more: int) -> None:
        if self._head is not None:
            self._head += more
            if self._head > MAX_HEAD:
                raise HeadTooLarge(maximum=MAX_HEAD)

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = self._begin_again() + data[upgrade.args[0] :]

    def _begin_again(self) -> bytes:
        """The head just read, without the wish for another protocol, for a parser that is new.

        A server may go on as if there was no such wish (RFC 9110, 7.8). The parser does not: to it
        the body is another protocol, up to the end of these bytes, and from there on requests.
        """
        version = self.parser.get_http_version().encode()
        request = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)
        headers = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([request, *headers, b"", b""])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head, self._first = 0, self._packet

    def on_headers_complete(self) -> None:
        # A head is hardly longer than what it came in: most need not be added up.
        came, self._head = self._first + (self._head or 0), None
        if came > MAX_HEAD and self._said() > MAX_HEAD:
            raise HeadTooLarge(maximum=MAX_HEAD)
        if self._unanswered >= MAX_UNANSWERED:
            raise TooMany(retry_after=1, secondes=1)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise Unreadable  # a wish that cannot be left out
            return
        super().on_headers_complete()
        self._unanswered += 1

    def _said(self) -> int:
        """Bytes of the address and the headers that were read."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    # Refusing

    def _refuse(self, refusal: Refusal) -> None:
        self.logger.warning("a request was refused: %s", refusal.code)
        self._refusal = refusal
        if self.cycle is not None and self.cycle.scope is self.scope:  # it broke off in its body
            if self.cycle.response_started:
                self.transport.close()  # it has its answer, and is not given another
                return
            self._give_up_on_the_last()
        self._end_if_answered()

    def _give_up_on_the_last(self) -> None:
        """Let the request that broke off end without an answer, begun or not."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        if self.pipeline:
            self.pipeline.popleft()
        self._unanswered -= 1

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        super().on_response_complete()
        self._end_if_answered()

    def _end_if_answered(self) -> None:
        if self._refusal is None or self._unanswered or self.transport.is_closing():
            return
        self.transport.write(_answer(self._refusal, self.server_state.default_headers))
        self.transport.close()


def _answer(refusal: Refusal, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The answer to a request of which no more is known than that it is refused."""
    body = orjson.dumps(refusal.problem("fr"))
    headers = [
        *headers,
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return STATUS_LINE[refusal.status] + lines + b"\r\n" + body
