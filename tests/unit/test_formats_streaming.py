"""Every format streams: page by page, in little memory, and a failure is seen."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from collector.formats import FORMATS, Page
from tests.formats import TEXTS, a_table_of_avis, avis_rows, in_pages, written

pytestmark = pytest.mark.anyio

EVERY = sorted(FORMATS)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Broken(Exception):
    """What a store might raise in the middle."""


class Source:
    """Pages without end, or up to a failure; it knows how many were asked for, and when to stop."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.asked = 0
        self.closed = False
        self.third = asyncio.Event()
        self._fail_after = fail_after

    async def pages(self) -> AsyncGenerator[Page, None]:
        try:
            while self.asked != self._fail_after:
                self.asked += 1
                if self.asked == 3:
                    self.third.set()
                yield avis_rows(1000)
            raise Broken
        finally:
            self.closed = True


def test_formats_are_named_and_told_apart() -> None:
    assert EVERY == ["csv", "excel", "ndjson", "parquet", "xlsx"]
    assert len({each.extension for each in FORMATS.values()}) == len(FORMATS)
    assert all(each.nom == nom and each.titre for nom, each in FORMATS.items())


async def gather(nom: str, pages: AsyncGenerator[Page, None], parts: list[bytes]) -> None:
    async for part in FORMATS[nom].write(a_table_of_avis(), pages):
        parts.append(part)


@pytest.mark.parametrize("nom", EVERY)
async def test_a_failure_in_the_middle_goes_through(nom: str) -> None:
    source, sent = Source(fail_after=3), list[bytes]()
    with pytest.raises(Broken):
        await gather(nom, source.pages(), sent)
    assert source.closed
    whole: list[bytes] = []
    await gather(nom, in_pages([avis_rows(1000)] * 3), whole)
    # A file of lines has no end of its own: there, only the broken transfer tells.
    assert len(sent) == len(whole) - (nom in ("xlsx", "parquet"))


@pytest.mark.parametrize("nom", EVERY)
async def test_who_leaves_ends_the_work(nom: str) -> None:
    source = Source()
    parts = FORMATS[nom].write(a_table_of_avis(), source.pages())
    while source.asked < 3:
        await anext(parts)
    asked = source.asked
    await parts.aclose()
    assert (source.closed, source.asked) == (True, asked)


@pytest.mark.parametrize("nom", EVERY)
async def test_a_cancelled_download_closes_its_pages(nom: str) -> None:
    source = Source()

    async def download() -> None:
        async for _ in FORMATS[nom].write(a_table_of_avis(), source.pages()):
            pass

    task = asyncio.create_task(download())
    await asyncio.wait_for(source.third.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed


@pytest.mark.parametrize("nom", ["csv", "excel", "ndjson"])
async def test_a_page_is_asked_for_when_the_one_before_has_left(nom: str) -> None:
    source = Source()
    format = FORMATS[nom]
    parts = format.write(a_table_of_avis(), source.pages())
    for _ in range(2 + 1000 // format.at_once):
        await anext(parts)
    assert source.asked <= 2
    await parts.aclose()


@pytest.mark.parametrize("nom", EVERY)
async def test_a_row_of_another_width_is_no_row(nom: str) -> None:
    with pytest.raises(ValueError, match="each of 2 columns"):
        async for _ in FORMATS[nom].write(TEXTS, in_pages([[("a", "b"), ("a",)]])):
            pass


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def peak(nom: str, pages: int) -> int:
    """Octets of Python at most while so many pages are written."""
    gc.collect()
    tracemalloc.reset_peak()
    source = (avis_rows(300) for _ in range(pages))
    async for _ in FORMATS[nom].write(a_table_of_avis(), in_pages(source)):
        pass
    return tracemalloc.get_traced_memory()[1]


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("nom", ["csv", "excel", "ndjson", "xlsx"])
async def test_memory_does_not_grow_with_the_file(nom: str) -> None:
    await peak(nom, 1)
    few, many = await peak(nom, 4), await peak(nom, 24)
    assert many < few + 500_000


@pytest.mark.usefixtures("traced")
async def test_memory_that_grows_would_be_seen() -> None:
    kept: list[bytes] = []
    tracemalloc.reset_peak()
    few = tracemalloc.get_traced_memory()[1]
    async for part in FORMATS["csv"].write(a_table_of_avis(), in_pages([avis_rows(1000)] * 12)):
        kept.append(part)
    assert tracemalloc.get_traced_memory()[1] > few + 500_000


def test_nothing_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    for nom in EVERY:
        assert written(nom, a_table_of_avis(), avis_rows(10))
    assert list(tmp_path.iterdir()) == []
