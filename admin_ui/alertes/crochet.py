"""Hand an event to another program's address, signed, and know whether it took it.

Whoever sets an address makes our server speak to it. So it speaks TLS to public addresses only, to
the very one that was looked at, follows no redirect, and reads the head of an answer, no more.

h11 writes and reads HTTP: uvicorn has brought it along already, it does no input or output of its
own, and so the connection stays ours. A client library would look the name up again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from collector import __version__
from collector.config import origin_of

SECONDS = 10.0
MOST_READ = 4096  # bytes of an answer: its status is in the first of them
ADDRESSES = 3  # of a name, at most, that are tried in turn
LONGEST_URL = 2000

# Of IPv6, only what is given out to the world is public; the rest of these are within it.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23",  # Teredo, which holds an IPv4 address, and other special uses
            "2001:db8::/32", "2002::/16", "3fff::/20",  # 6to4 holds one too
        ),
    )
)  # fmt: skip


class NotTaken(Exception):
    """The other side did not take it: one sentence, of which nothing was written by them."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network. The lists are ours: what Python calls
    global has changed from one release to the next. IPv4 within IPv6 (mapped, NAT64, 6to4, Teredo)
    is not: it would be another way to write a private address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.version == 6 and found not in _GIVEN_OUT:
        return False
    return not any(found in each for each in _NOT_PUBLIC if each.version == found.version)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order in which to try them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def wrong_with(url: str) -> str | None:
    """What is wrong with an address as somebody typed it; None when it can be tried."""
    try:
        origin_of(url)
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.port != 0 and not parts.fragment
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        return "Il faut une adresse https://, sans nom d’utilisateur, en lettres sans accent."
    if len(url) > LONGEST_URL:
        return f"Cette adresse est trop longue : {LONGEST_URL} caractères au plus."
    host = parts.hostname or ""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        if not is_public(host):
            return "Cette adresse est celle d’un réseau privé : il en faut une publique."
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return "Cette adresse est celle d’un réseau privé : il en faut une publique."
    return None


def new_graine() -> str:
    return secrets.token_hex(16)


def secret_of(secret: str, id: int, graine: str) -> str:
    """The secret of a webhook: made anew from the server's each time, and kept nowhere."""
    said = f"crochet:{id}:{graine}".encode()
    return "jdmac_" + hmac.digest(secret.encode(), said, "sha256").hex()


def signature(ring: Sequence[str], seconds: int, body: bytes) -> str:
    """The header JDMA-Signature of a body that is sent at `seconds` since 1970: a `v1` for each
    secret of the webhook, so that a program may know the one before or the new one."""
    signed = f"{seconds}.".encode() + body
    macs = (hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in ring)
    return ",".join([f"t={seconds}", *(f"v1={mac}" for mac in macs)])


@dataclass(frozen=True, slots=True)
class Livreur:
    """Delivers. What tests replace, and nothing else does: how names are found, which addresses may
    be spoken to, and whose certificates are believed."""

    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolve
    is_allowed: Callable[[str], bool] = is_public
    tls: ssl.SSLContext | None = None
    seconds: float = SECONDS

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the 2xx that took it. Raises NotTaken."""
        try:
            async with asyncio.timeout(self.seconds):
                status = await self._post(url, body, headers)
        except TimeoutError as error:
            raise NotTaken(f"pas de réponse en {self.seconds:g} secondes") from error
        except ssl.SSLError as error:
            raise NotTaken("le certificat n’est pas accepté, ou ce n’est pas du TLS") from error
        except (OSError, UnicodeError) as error:
            raise NotTaken("l’adresse est injoignable") from error
        except (h11.ProtocolError, EOFError) as error:
            raise NotTaken("la réponse n’est pas du HTTP") from error
        if 300 <= status < 400:
            raise NotTaken(f"la réponse renvoie ailleurs ({status}), ce qui n’est pas suivi")
        if not 200 <= status < 300:
            raise NotTaken(f"la réponse est {status}")
        return status

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        sent = {
            "host": parts.netloc,
            "user-agent": f"jdma/{__version__}",
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            **headers,
        }
        async with self._connected(host, port) as (reader, writer):
            connection = h11.Connection(h11.CLIENT, MOST_READ)
            request = h11.Request(method="POST", target=target, headers=[*sent.items()])
            for event in (request, h11.Data(data=body), h11.EndOfMessage()):
                writer.write(connection.send(event) or b"")
            await writer.drain()
            return await _status(reader, connection)

    @contextlib.asynccontextmanager
    async def _connected(
        self, host: str, port: int
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection to an address that was allowed: the name is not looked up a second time."""
        addresses = await self.resolve(host, port)
        allowed = [address for address in addresses if self.is_allowed(address)]
        if not allowed:
            raise NotTaken("l’adresse est celle d’un réseau privé, où rien n’est envoyé")
        reader, writer = await self._open(allowed[:ADDRESSES], host, port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()  # nobody is waited for

    async def _open(
        self, addresses: Sequence[str], host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The first that answers, each given its share of the time. Raises OSError."""
        tls = self.tls or await asyncio.to_thread(ssl.create_default_context)
        lost: OSError = OSError()
        for address in addresses:
            try:
                async with asyncio.timeout(self.seconds / len(addresses)):
                    return await asyncio.open_connection(
                        address, port, ssl=tls, server_hostname=host, limit=MOST_READ
                    )
            except ssl.SSLError:
                raise
            except OSError as error:
                lost = error
        raise lost


async def _status(reader: asyncio.StreamReader, connection: h11.Connection) -> int:
    """The status of an answer."""
    while not isinstance(event := connection.next_event(), h11.Response):
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(MOST_READ))
        elif isinstance(event, h11.ConnectionClosed):
            raise EOFError
    return event.status_code
