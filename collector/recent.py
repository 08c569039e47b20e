"""The answers to every démarche at once, read from the store at most every few seconds.

It is the one question that goes through all counters of a year: who reads a list of démarches again
and again must not keep the store busy with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from collector.store.contract import Answers, Store

FRESH_SECONDS = 10.0


class Recent:
    """What `Store.answers_by_demarche` said, while it is fresh; asked once for all who wait."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._asked: tuple[str, str, frozenset[str]] | None = None
        self._read = 0.0
        self._found: list[Answers] = []

    async def answers(self, first: str, last: str, dimensions: Collection[str]) -> list[Answers]:
        """Answers in the months `first` to `last`, at most FRESH_SECONDS old. Raises StoreError."""
        asked = first, last, frozenset(dimensions)
        async with self._lock:
            if self._asked != asked or self._clock() - self._read >= FRESH_SECONDS:
                read = self._clock()
                self._found = await self._store.answers_by_demarche(first, last, dimensions)
                self._asked, self._read = asked, read
            return self._found
