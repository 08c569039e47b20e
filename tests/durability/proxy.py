"""A way to a server that breaks at a chosen word: before it gets there, or before its answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Break:
    """Where a connection is to break: once these words have gone by, one after the other."""

    words: list[bytes]
    arrives: bool
    """Whether the last word gets to the server, which is then not heard any more."""
    struck: threading.Event = field(default_factory=threading.Event)
    dropped: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Way:
    """One connection: the two ends, and what it still has to see before it breaks."""

    client: socket.socket
    server: socket.socket
    seen: bytes = b""
    passed: int = 0
    mute: bool = False

    def has_come_to(self, point: Break, data: bytes) -> bool:
        """Whether the words have all gone by; a word may come in two packets."""
        self.seen += data
        while self.passed < len(point.words):
            _, found, after = self.seen.partition(point.words[self.passed])
            if not found:
                return False
            self.seen = after
            self.passed += 1
        return True

    def close(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Listens on a port of its own, and passes everything on to another."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.breaks_at: Break | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                way = _Way(client, socket.create_connection(("127.0.0.1", self._to)))
                for pump in (self._to_the_server, self._to_the_client):
                    threading.Thread(target=pump, args=(way,), daemon=True).start()

    def _to_the_server(self, way: _Way) -> None:
        with contextlib.suppress(OSError):
            while data := way.client.recv(65536):
                point = self.breaks_at
                if point is not None and way.has_come_to(point, data):
                    self.breaks_at = None
                    self._break(way, point, data)
                    break
                way.server.sendall(data)
        way.close()

    def _break(self, way: _Way, point: Break, data: bytes) -> None:
        if point.arrives:
            way.mute = True
            way.server.sendall(data)
        point.struck.set()
        point.dropped.wait(10)

    def _to_the_client(self, way: _Way) -> None:
        with contextlib.suppress(OSError):
            while data := way.server.recv(65536):
                if not way.mute:
                    way.client.sendall(data)
        way.close()

    def close(self) -> None:
        self._listening.close()


@contextlib.contextmanager
def a_proxy(port: int) -> Iterator[Proxy]:
    made = Proxy(port)
    try:
        yield made
    finally:
        made.close()
