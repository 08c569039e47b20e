"""Hand a message to the mail server, and know whether it took it.

A message is plain text to one person. `send` returns once the server has accepted it; whatever else
happens is NotSent, with a reason for people.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as AS_SENT
from email.utils import localtime, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from collector.config import Settings, is_loopback

SECONDS = 30.0  # for a whole message: a server that says a little every second ends too
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """The server did not take a message: one sentence, without the password.

    `definitif`: it said that it never will, for this message (a 5xx).
    """

    def __init__(self, reason: str, definitif: bool = False) -> None:
        super().__init__(reason)
        self.definitif = definitif


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told. `desabonnement` is the address that ends such messages, where there
    is one: mail programs show it as a button (RFC 8058), which posts to it."""

    destinataire: str
    objet: str
    texte: str
    desabonnement: str = ""


@dataclass(frozen=True, slots=True)
class Courrier:
    """The mail server as it is set. `tls`: whom to believe. None: the machine's authorities, and a
    server on the machine itself without them."""

    url: str
    sender: str
    tls: ssl.SSLContext | None = None
    seconds: float = SECONDS

    def __repr__(self) -> str:
        return f"Courrier({urlsplit(self.url).hostname!r})"

    @property
    def possible(self) -> bool:
        """Whether an operator has said by which server messages leave."""
        return bool(self.url)

    async def send(self, message: Message) -> None:
        """Return once the server has accepted the message. Raises NotSent."""
        if not self.possible:
            raise NotSent("l’envoi de courriels n’est pas réglé (JDMA_SMTP_URL)")
        email = _written(message, self.sender)
        try:
            async with asyncio.timeout(self.seconds):
                await self._deliver(email)
        except (OSError, ValueError, aiosmtplib.SMTPException) as error:
            raise _reason(error) from error

    async def greet(self) -> None:
        """Return once the server has let us in; nothing is sent. Raises NotSent."""
        sender = AS_SENT.header_factory("from", self.sender).addresses[0]
        try:
            async with asyncio.timeout(self.seconds), self._connected(sender.domain):
                pass
        except (OSError, ValueError, aiosmtplib.SMTPException) as error:
            raise _reason(error) from error

    async def _deliver(self, email: EmailMessage) -> None:
        sender = email["from"].addresses[0]
        async with self._connected(sender.domain) as server:
            to = email["to"].addresses[0].addr_spec
            await server.sendmail(sender.addr_spec, to, email.as_bytes(policy=AS_SENT))

    @contextlib.asynccontextmanager
    async def _connected(self, ourselves: str) -> AsyncIterator[aiosmtplib.SMTP]:
        """The server, greeted, encrypted and signed in to as far as it is to be."""
        server = self._server(ourselves)
        try:
            await server.connect()
            yield server
        finally:
            # At once, without QUIT: what was accepted stays so, and nobody is waited for.
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            server.close()

    def _server(self, ourselves: str) -> aiosmtplib.SMTP:
        """`ourselves` greets the server: the name of the machine would be told otherwise."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        implicit = parts.scheme == "smtps"
        here = is_loopback(host) and not implicit and self.tls is None
        return aiosmtplib.SMTP(
            hostname=host,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username or "") or None,
            password=unquote(parts.password or "") or None,
            local_hostname=ourselves,
            timeout=self.seconds,
            use_tls=implicit,
            # None: when it is offered. True: a server that does not is not spoken to.
            start_tls=None if here else not implicit,
            tls_context=_unchecked() if here else self.tls,
        )


def courrier_of(settings: Settings) -> Courrier:
    return Courrier(settings.smtp_url, settings.smtp_from)


def _unchecked() -> ssl.SSLContext:
    """For a server on this machine: nobody is between, and its certificate names another host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _written(message: Message, sender: str) -> EmailMessage:
    """The message as it travels. One recipient, and no header but ours: an EmailMessage takes no
    line break in any of them, an Address nothing but an address. Raises NotSent."""
    email = EmailMessage(policy=AS_SENT)
    try:
        email["From"] = sender
        email["To"] = Address(addr_spec=message.destinataire)
        email["Subject"] = " ".join(message.objet.split())
        email["Date"] = localtime()
        email["Message-ID"] = make_msgid(domain=email["from"].addresses[0].domain)
        email["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody away answers it
        if message.desabonnement:
            email["List-Unsubscribe"] = f"<{message.desabonnement}>"
            email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # Not 8bit, which a server may refuse.
        email.set_content(message.texte, cte="quoted-printable")
    except (ValueError, IndexError, MessageError) as error:  # what `email` says of odd addresses
        raise NotSent("l’adresse ou l’objet ne peut pas s’écrire dans un courriel", True) from error
    if not message.destinataire.isascii():
        raise NotSent("l’adresse a des lettres accentuées, ce qui n’est pas pris en charge", True)
    return email


def _reason(error: Exception) -> NotSent:
    """Never what the server said, nor an error of ours as text: either may hold what was sent."""
    if isinstance(error, TimeoutError):
        return NotSent("le serveur de courriel ne répond pas à temps")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return NotSent(f"le serveur de courriel refuse le mot de passe ({error.code})")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        code = error.recipients[0].code
        return NotSent(f"le serveur de courriel refuse l’adresse ({code})", code >= 500)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return NotSent(f"le serveur de courriel a répondu {error.code}")
    if isinstance(error.__cause__ or error, ssl.SSLError):
        return NotSent("le certificat du serveur de courriel n’est pas accepté")
    if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, OSError):
        return NotSent("le serveur de courriel n’offre pas ce qu’il faut (STARTTLS, mot de passe)")
    return NotSent("le serveur de courriel est injoignable")
