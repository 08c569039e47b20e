"""A repository of avis on loopback, which answers as it was told to and remembers what came."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

ACCEPTED = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


def said(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An answer, as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Received:
    """One request: its first line, its headers by small names, its body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Depot:
    """`answers` in order, the last one for ever; b"" is silence until the end."""

    url: str
    received: list[Received] = field(default_factory=list)


@contextlib.contextmanager
def a_depot(*answers: bytes) -> Iterator[Depot]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        depot = Depot(f"http://127.0.0.1:{server.getsockname()[1]}/avis?v=1")
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, depot, answers, over))
        thread.start()
        try:
            yield depot
        finally:
            over.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)  # wakes accept
            thread.join(10)
            assert not thread.is_alive()


def _serve(
    server: socket.socket, depot: Depot, answers: tuple[bytes, ...], over: threading.Event
) -> None:
    while not over.is_set():
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            depot.received.append(_read(connection))
            answer = answers[min(len(depot.received), len(answers)) - 1]
            if answer:
                connection.sendall(answer)
            else:
                over.wait(10)


def _read(connection: socket.socket) -> Received:
    with connection.makefile("rb") as file:
        line = file.readline().decode().strip()
        headers = {}
        while raw := file.readline().strip():
            name, _, value = raw.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Received(line, headers, file.read(int(headers.get("content-length", 0))))
