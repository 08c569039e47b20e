"""HTTP as bytes: what is sent needs not be HTTP, and what comes back is read to the letter."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

STATUS = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [^\r\n]*")
HEADER = re.compile(rb"([a-z0-9-]+): ([^\x00-\x08\x0a-\x1f\x7f]*)")
IN_TIME = 20  # seconds: nothing takes that long unless it hangs


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole. `headers` have small letters; one that comes twice is an error."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        """The code of a refusal; None when the answer is no problem document."""
        if self.headers.get("content-type") != "application/problem+json":
            return None
        document: dict[str, Any] = json.loads(self.body)
        return str(document["code"])

    @property
    def ends(self) -> bool:
        """Whether it says that it is the last one of its connection."""
        return self.headers.get("connection") == "close"


def read_answer(data: bytes, to_head: bool = False) -> tuple[Answer, bytes] | None:
    """The first answer in `data` and what follows it; None when it is not whole yet.

    `to_head`: the request was a HEAD, whose answer has no body. AssertionError when it is no HTTP.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.split(b"\r\n")
    status = STATUS.fullmatch(first)
    assert status, first
    headers: dict[str, str] = {}
    for line in lines:
        header = HEADER.fullmatch(line)
        assert header, line
        name = header[1].decode()
        assert name not in headers, f"{name} comes twice"
        headers[name] = header[2].decode("latin-1")
    assert "transfer-encoding" not in headers  # ours all know how long they are
    bodiless = to_head or int(status[1]) in (100, 204, 304)
    length = 0 if bodiless else int(headers["content-length"])
    if len(rest) < length:
        return None
    return Answer(int(status[1]), headers, rest[:length]), rest[length:]


def read_answers(data: bytes) -> list[Answer]:
    """All answers in `data`, which holds nothing else."""
    found = []
    while data:
        read = read_answer(data)
        assert read, f"an answer that breaks off: {data[:80]!r}"
        answer, data = read
        found.append(answer)
    return found


class Connection:
    """A connection to a server: bytes go out, answers come in."""

    def __init__(self, url: str) -> None:
        self._address = (str(urlsplit(url).hostname), urlsplit(url).port)
        self._socket = socket.create_connection(self._address, IN_TIME)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def send(self, data: bytes) -> None:
        # A server that has refused what came so far reads no further.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def answer(self, to_head: bool = False) -> Answer | None:
        """The next answer; None when the server has ended the connection instead."""
        while (read := read_answer(self._read, to_head)) is None:
            more = self._receive()
            if not more:
                assert not self._read, f"an answer that breaks off: {self._read[:80]!r}"
                return None
            self._read += more
        answer, self._read = read
        return answer

    def end(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(65_536)
        except ConnectionResetError:
            return b""

    def to_the_end(self) -> list[Answer]:
        """Every answer up to the end of the connection."""
        found = []
        while (answer := self.answer()) is not None:
            found.append(answer)
        return found

    def close(self) -> None:
        self._socket.close()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    connection = Connection(url)
    try:
        yield connection
    finally:
        connection.close()


LAST = b"GET /derniere HTTP/1.1\r\nHost: avis.test\r\nConnection: close\r\n\r\n"
"""A request that is answered 404 and ends the connection: all other answers come before."""


def request(
    target: str = "/healthz",
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] = {},
) -> bytes:
    """A request as a careful client writes it, with its length when it has a body."""
    lines = [f"{method} {target} HTTP/1.1", "Host: avis.test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*parts: bytes) -> bytes:
    """A body in chunks, as Transfer-Encoding: chunked has it."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
