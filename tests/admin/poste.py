"""A mail server on loopback, which takes messages, refuses them or falls silent as it is told."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Courriel:
    """A message that was taken: who the envelope names, and what was in it."""

    de: str
    pour: list[str]
    email: EmailMessage
    chiffre: bool

    @property
    def texte(self) -> str:
        return str(self.email.get_content()).replace("\r\n", "\n")


@dataclass
class Poste:
    """`replies`: what it says to a verb instead of taking it; "" is silence until the end.

    `login`: « nom:mot de passe » without which it takes nothing. `tls`: it offers STARTTLS, or
    begins with TLS when `implicit`.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    login: str = ""
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    port: int = 0
    received: list[Courriel] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        who = f"{self.login}@" if self.login else ""
        return f"smtp{'s' if self.implicit else ''}://{who}127.0.0.1:{self.port}"


@contextlib.contextmanager
def a_poste(**given: object) -> Iterator[Poste]:
    poste = Poste(**given)  # type: ignore[arg-type]

    class Handler(_Conversation):
        ours = poste

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        poste.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield poste
        finally:
            poste.over.set()
            server.shutdown()
            thread.join(10)
            assert not thread.is_alive()


class _Conversation(socketserver.StreamRequestHandler):
    ours: Poste
    timeout = 10

    def handle(self) -> None:
        self.encrypted = self.known = False
        self.sender, self.recipients = "", list[str]()
        with contextlib.suppress(OSError):
            if self.ours.implicit:
                self._encrypt()
            self._say(self.ours.replies.get("", "220 poste.exemple.fr"))
            while line := self.rfile.readline(2000):
                verb, _, rest = line.decode().strip().partition(" ")
                self.ours.verbs.append(verb.upper())
                self._answer(verb.upper(), rest)

    def _answer(self, verb: str, rest: str) -> None:
        if verb in self.ours.replies:
            self._say(self.ours.replies[verb])
        elif verb == "EHLO":
            offered = ["STARTTLS"] if self.ours.tls and not self.encrypted else []
            offered += ["AUTH PLAIN"] if self.ours.login else []
            lines = ["poste.exemple.fr", *offered, "SIZE 1000000"]
            for line in lines[:-1]:
                self._say(f"250-{line}")
            self._say(f"250 {lines[-1]}")
        elif verb == "STARTTLS" and self.ours.tls:
            self._say("220 ok")
            self._encrypt()
        elif verb == "AUTH":
            said = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
            self.known = ":".join(said) == self.ours.login
            self._say("235 ok" if self.known else "535 mot de passe")
        elif verb == "MAIL" and self.ours.login and not self.known:
            self._say("530 qui est là ?")
        elif verb == "MAIL":
            self.sender, self.recipients = _address(rest), []
            self._say("250 ok")
        elif verb == "RCPT":
            self.recipients.append(_address(rest))
            self._say("250 ok")
        elif verb == "DATA":
            self._say("354 allez")
            self._take()
        else:
            self._say("250 ok" if verb in ("RSET", "NOOP") else "502 inconnu")

    def _take(self) -> None:
        lines = list(iter(self.rfile.readline, b".\r\n"))
        whole = b"".join(line.removeprefix(b".") for line in lines)
        if end := self.ours.replies.get("."):
            self._say(end)
            return
        email = message_from_bytes(whole, policy=policy.default)
        courriel = Courriel(self.sender, self.recipients, email, self.encrypted)
        self.ours.received.append(courriel)
        self._say("250 pris")

    def _say(self, line: str) -> None:
        if not line:
            self.ours.over.wait(10)
            raise OSError
        self.wfile.write(f"{line}\r\n".encode())

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the encrypted one is not that of the server

    def _encrypt(self) -> None:
        assert self.ours.tls
        self.connection = self.ours.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.encrypted = True


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
