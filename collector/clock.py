"""The server's clock: the only one that is believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

from collector.asked.periode import jour_a_paris


class Instant(NamedTuple):
    """One instant, written in each way we use.

    `ms` are milliseconds since 1970 UTC; `recu_le` is ISO 8601 in UTC with milliseconds and « Z »;
    `jour` is the civil day in Europe/Paris.
    """

    ms: int
    recu_le: str
    jour: date
    jour_iso: str


def instant(ms: int) -> Instant:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    jour = jour_a_paris(moment)
    recu_le = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Instant(ms, recu_le, jour, jour.isoformat())


class Clock:
    """Tells the instant: worked out once a millisecond, and its day once a second, however many
    avis come in one."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._second = -1
        self._start = self._last = instant(0)

    def now(self) -> Instant:
        ms = self._now_ms()
        if ms != self._last.ms:
            self._last = self._at(ms)
        return self._last

    def _at(self, ms: int) -> Instant:
        second, thousandths = divmod(ms, 1000)
        if second != self._second:
            self._second, self._start = second, instant(second * 1000)
        _, start, jour, jour_iso = self._start
        return Instant(ms, f"{start[:-4]}{thousandths:03}Z", jour, jour_iso)
