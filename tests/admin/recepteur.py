"""Another program's address on loopback, over TLS: it takes events, refuses them, or is odd."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from socketserver import StreamRequestHandler, ThreadingTCPServer

import trustme

from admin_ui.alertes.crochet import Livreur

HOST = "crochet.exemple.fr"
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Recu:
    """One request: its first line, its headers by small names, its body."""

    ligne: str
    entetes: dict[str, str]
    corps: bytes


@dataclass
class Recepteur:
    """`answers` in order, the last one for ever; b"" is silence until the end."""

    authority: trustme.CA
    answers: Sequence[bytes] = (TAKEN,)
    name: str = HOST
    port: int = 0
    received: list[Recu] = field(default_factory=list)
    connected: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/avis?v=1"

    def livreur(self, *addresses: str, seconds: float = 5) -> Livreur:
        """What delivers to it: every name is its address, or else these, and loopback is allowed.
        This is the only way there is: no setting does it."""
        tls = ssl.create_default_context()
        self.authority.configure_trust(tls)

        async def found(host: str, port: int) -> Sequence[str]:
            return addresses or ("127.0.0.1",)

        return Livreur(found, lambda address: address.startswith("127."), tls, seconds)


@contextlib.contextmanager
def a_recepteur(authority: trustme.CA, *answers: bytes, name: str = HOST) -> Iterator[Recepteur]:
    recepteur = Recepteur(authority, answers or (TAKEN,), name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with ThreadingTCPServer(("127.0.0.1", 0), partial(_Handler, recepteur, context)) as server:
        recepteur.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield recepteur
        finally:
            recepteur.over.set()
            server.shutdown()
            thread.join(10)
            assert not thread.is_alive()


class _Handler(StreamRequestHandler):
    timeout = 10

    def __init__(self, ours: Recepteur, tls: ssl.SSLContext, *given: object) -> None:
        self.ours, self.tls = ours, tls
        super().__init__(*given)  # type: ignore[arg-type]

    def handle(self) -> None:
        self.ours.connected += 1
        with contextlib.suppress(OSError), self.tls.wrap_socket(self.request, True) as tls:
            with tls.makefile("rb") as file:
                line = file.readline().decode().strip()
                headers = {}
                while raw := file.readline().strip():
                    name, _, value = raw.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = file.read(int(headers.get("content-length", 0)))
            self.ours.received.append(Recu(line, headers, body))
            answer = self.ours.answers[min(len(self.ours.received), len(self.ours.answers)) - 1]
            if answer:
                tls.sendall(answer)
            else:
                self.ours.over.wait(10)
