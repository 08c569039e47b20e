"""How any file is streamed: pages come, are encoded beside the event loop, and leave.

Nothing is kept on disk, and nothing in memory but what a format says: a client that leaves leaves
nothing behind.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from collector.formats.table import Page, Table


class Encoder(Protocol):
    """The bytes of one file, in order; they may be kept back until the next call."""

    def begin(self) -> bytes: ...

    def rows(self, rows: Page) -> bytes: ...

    def end(self) -> bytes: ...


class MissingLibrary(Exception):
    """A format needs a library that is not installed; the message says how to have it."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. `extension` has no leading dot; `at_once` rows are encoded in one go, about
    a millisecond, after which the event loop has its turn."""

    nom: str
    titre: str
    extension: str
    content_type: str
    encoder: Callable[[Table], Encoder]
    at_once: int

    def write(self, table: Table, pages: AsyncGenerator[Page, None]) -> AsyncGenerator[bytes, None]:
        """The bytes of a file, as pages come. Raises MissingLibrary at once, before any byte.

        A failure of `pages` goes through, and the file is then visibly cut short; `pages` is closed
        when the file is whole, when it fails, and when this generator is closed.
        """
        return self._stream(self.encoder(table), len(table.fields), pages)

    async def _stream(
        self, encoder: Encoder, width: int, pages: AsyncGenerator[Page, None]
    ) -> AsyncGenerator[bytes, None]:
        async with aclosing(pages), _own_thread() as run:
            if data := await run(encoder.begin):
                yield data
            async for page in pages:
                for rows in _slices(page, width, self.at_once):
                    if data := await run(encoder.rows, rows):
                        yield data
            if data := await run(encoder.end):
                yield data


@asynccontextmanager
async def _own_thread() -> AsyncGenerator[Callable[..., Awaitable[bytes]], None]:
    """One thread for one file: an allocator keeps memory for each thread that ever asked for some,
    and long downloads take none from who shares the loop's own threads."""
    thread = ThreadPoolExecutor(1, "format")
    try:
        yield partial(asyncio.get_running_loop().run_in_executor, thread)
    finally:
        # What runs ends by itself, in milliseconds; nobody waits for it.
        thread.shutdown(wait=False)


def _slices(page: Page, width: int, at_once: int) -> Iterator[Page]:
    for start in range(0, len(page), at_once):
        rows = page[start : start + at_once]
        if any(len(row) != width for row in rows):
            raise ValueError(f"a row has not one value for each of {width} columns")
        yield rows


class Sink(io.RawIOBase):
    """A file to write to, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        # A copy: who writes may use its buffer again.
        self._waiting.append(bytes(data))
        return len(self._waiting[-1])

    def take(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data
