"""Whose address a request comes from: the connection's, or what proxies that are trusted say of it.

A visitor may write any X-Forwarded-For. A proxy adds at the end whom it was speaking with; so the
end is read, and of what stands before it only what a trusted proxy vouches for.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

logger = logging.getLogger("collector.proxies")

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

UNIX = "unix"  # whoever speaks through the socket of JDMA_HOST
X_FORWARDED_FOR, FORWARDED = b"x-forwarded-for", b"forwarded"
MAX_HOPS = 20  # proxies in a row; what comes before them was written by somebody else
MAX_LINE = 4_096
LOOKS = 1_000  # requests after which a proxy that was forgotten would have shown
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

# An address as a proxy writes it, alone, in brackets, with a port or a name for one (RFC 7239, 6).
_PORT = r"(?::[0-9A-Za-z._-]{1,64})?"
_NODE = re.compile(
    rf"\[(?P<bracketed>[0-9A-Fa-f:.]{{2,45}})\]{_PORT}|(?P<four>[0-9.]{{7,15}}){_PORT}"
    r"|(?P<six>[0-9A-Fa-f:.]{2,45})"
)
_PAIR = re.compile(
    r'[ \t]*([!#-\'*+.^-z|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;=\\]+))[ \t]*', re.A
)


def read_trusted(text: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """The words (UNIX) and the networks of JDMA_TRUSTED_PROXIES. ValueError names what is neither.

    A network of everybody is none: its visitors would choose their address.
    """
    named = [each.strip() for each in text.split(",")] if text.strip() else []
    networks = tuple(_network(each) for each in named if each != UNIX)
    return frozenset({UNIX} & {*named}), networks


def _network(text: str) -> Network:
    network = ipaddress.ip_network(text)
    if network.prefixlen == 0:
        raise ValueError(f"{text!r}: wanted proxies, not everybody")
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        first = network.network_address.ipv4_mapped
        return ipaddress.IPv4Network((int(first or 0), network.prefixlen - 96))
    return network


class Proxies:
    """Those of JDMA_TRUSTED_PROXIES. `forgotten`: none is named, and one seems to be there."""

    def __init__(self, trusted: str) -> None:
        self._words, self._networks = read_trusted(trusted)
        self._looks = 0 if trusted else LOOKS
        self.forgotten = False

    def visitor(self, scope: Mapping[str, Any]) -> str:
        """The address of who sent a request, to count by; of a socket without addresses, empty."""
        client = scope["client"]
        peer: str = client[0] if client else ""
        if self._networks or self._words:
            return self._told(peer, scope["headers"])
        if self._looks:
            self._look(scope["headers"])
        return peer

    def _told(self, peer: str, headers: Headers) -> str:
        """The nearest address that is no trusted proxy's, or the furthest one that can be read."""
        near = read_address(peer)
        if not (self._trusts(near) if near else not peer and UNIX in self._words):
            return peer
        told = {self._furthest(hops) for hops in _lists(headers)}
        # Of two that disagree one was written by the visitor, and nobody knows which.
        whose = told.pop() if len(told) == 1 else None
        return str(whose or near or peer)

    def _furthest(self, hops: Iterator[str]) -> Address | None:
        at = None
        for hop in hops:
            address = read_address(hop)
            if address is None:
                break
            at = address
            if not self._trusts(at):
                break
        return at

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _look(self, headers: Headers) -> None:
        """Say once that a proxy was forgotten: all its visitors share one limit."""
        self._looks -= 1
        if any(name in (X_FORWARDED_FOR, FORWARDED) for name, _ in headers):
            self._looks, self.forgotten = 0, True
            logger.warning(
                "X-Forwarded-For or Forwarded came, and JDMA_TRUSTED_PROXIES names no proxy: "
                "if one is there, all its visitors share one limit"
            )


def _lists(headers: Headers) -> list[Iterator[str]]:
    """What each of the two headers tells, if it is there: its hops, the latest first."""
    lines: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name in (X_FORWARDED_FOR, FORWARDED):
            lines.setdefault(name, []).append(value.decode("latin-1"))
    return [_hops(name, found) for name, found in lines.items()]


def _hops(name: bytes, lines: list[str]) -> Iterator[str]:
    """Line by line from the last: what a visitor began in a line of its own stays there."""
    read = _forwarded if name == FORWARDED else _x_forwarded_for
    for line in reversed(lines):
        yield from reversed(read(line))


def _x_forwarded_for(line: str) -> list[str]:
    return line.rsplit(",", MAX_HOPS)


def _forwarded(line: str) -> list[str]:
    """The `for` of each element (RFC 7239), empty where there is none.

    To the letter or not at all: a quote that a visitor left open would swallow what was added.
    """
    hops, at = [""], 0
    while len(line) <= MAX_LINE and (pair := _PAIR.match(line, at)):
        if pair[1].lower() == "for":
            if hops[-1]:
                break
            hops[-1] = pair[3] or re.sub(r"\\(.)", r"\1", pair[2])
        at = pair.end()
        if at == len(line):
            return hops
        if line[at] == ",":
            hops.append("")
        elif line[at] != ";":
            break
        at += 1
    return [""]


def read_address(text: str) -> Address | None:
    """An address, IPv4 also where it is written as IPv6; None when it is none."""
    text = text.strip(" \t")
    try:
        if ":" not in text:  # as most are
            return ipaddress.IPv4Address(text)
        found = _NODE.fullmatch(text.partition("%")[0])
        if not found:
            return None
        if found["four"]:
            return ipaddress.IPv4Address(found["four"])
        address = ipaddress.IPv6Address(found["bracketed"] or found["six"])
    except ValueError:
        return None
    return address.ipv4_mapped or address
