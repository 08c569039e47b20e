"""Token buckets nobody can turn into a log: an address is only ever an HMAC under a passing key.

In memory and per process: a limit slows a flood down, no promise rests on it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import os
import time
from collections.abc import Callable

KEY_SECONDS = 86_400
MAX_BUCKETS = 100_000
_ROUNDING = 1e-6  # seconds: sums of fractions are not exact, and are not to cost one of the burst


class Limit:
    """So many per minute for each key, with a burst.

    One number a key, the instant at which its bucket is full again (the generic cell rate
    algorithm): nothing says what was asked, or how often.
    """

    def __init__(
        self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 60 / per_minute if per_minute else 0.0
        self._tolerance = self._interval * (burst - 1)
        self._clock = clock
        self._full_at: dict[str | bytes, float] = {}

    def seconds_to_wait(self, key: str | bytes) -> int:
        """0 when `key` may go on (and one is taken), else whole seconds to wait."""
        if not self._interval:
            return 0
        now = self._clock()
        buckets = self._full_at
        full_at = buckets.pop(key, now)
        if full_at < now:
            full_at = now
        wait = full_at - now - self._tolerance - _ROUNDING
        # Put back last, so that the first key of the dict is the one unseen for longest.
        buckets[key] = full_at if wait > 0 else full_at + self._interval
        if len(buckets) > MAX_BUCKETS:
            del buckets[next(iter(buckets))]
        return math.ceil(wait) if wait > 0 else 0

    def clear(self) -> None:
        self._full_at.clear()


class AddressLimit:
    """A Limit whose keys cannot be read back: HMACs under a key made at start, renewed daily."""

    def __init__(
        self, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = Limit(per_minute, burst, clock)
        self._clock = clock
        self._renew()

    def _renew(self) -> None:
        self._limit.clear()
        self._key = os.urandom(32)
        self._until = self._clock() + KEY_SECONDS

    def seconds_to_wait(self, address: str) -> int:
        if self._clock() >= self._until:
            self._renew()
        key = hashlib.blake2b(_line(address).encode(), key=self._key, digest_size=16)
        return self._limit.seconds_to_wait(key.digest())


class AtOnce:
    """So many at a time; the next one is sent away."""

    def __init__(self, most: int) -> None:
        self._free = most

    def enter(self) -> bool:
        """False when there is no room. Whoever was let in leaves once, with `leave`."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def leave(self) -> None:
        self._free += 1


def _line(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one (RFC 6177), within which
    a device takes another address whenever it likes. What is no address stays as it is."""
    if ":" not in address:
        return address
    try:
        ip = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or f"{int(ip) >> 64:x}/64")
