"""What takes long to work out and may be a few seconds old: asked for once for all who wait.

The list of démarches goes through all counters of a year: who reads it again and again must not
keep the store busy with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 10.0


class Recent(Generic[T]):
    """The last answer to a question, while it is fresh and the question is the same."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: tuple[Hashable, float, T] | None = None

    async def get(self, asked: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The answer, at most FRESH_SECONDS old. What `read` raises goes through."""
        async with self._lock:
            if self._found is not None:
                question, at, answer = self._found
                if question == asked and self._clock() - at < FRESH_SECONDS:
                    return answer
            now = self._clock()
            answer = await read()
            self._found = asked, now, answer
            return answer
