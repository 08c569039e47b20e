"""Promises 1, 2 and 3 when the power goes: what was acknowledged is on the disk, once, counted.

A real server is recorded while people answer: every write and every sync it asks for, and every
answer it gives, in order. At many points of that order the power is then cut: a disk is made that
holds what was synced, and of the rest what chance lets through, torn writes included; a server's
store is opened on it. JDMA_TEST_CUTS sets how many cuts, JDMA_TEST_SEED those of another run.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from collector import cli, serve
from collector.integrity import verify
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from collector.store.sqlite_file import SqliteFile
from tests.durability.disk import Acknowledged, Disk, Event, Reader, Synced, Written
from tests.durability.load import Ledger, answer, compare, damage
from tests.durability.outside import until
from tests.durability.system import recorder
from tests.world import JDMA, a_server, new_database

CUTS = int(os.environ.get("JDMA_TEST_CUTS", "90"))
ENOUGH = 800  # states of avis: the log is brought into the base while people answer, then reused
A_FEW = 60


@dataclass
class Recording:
    """What was on the disk, what happened to it, and what people were told in the end."""

    path: Path
    before: dict[str, bytes]
    events: list[Event]
    ledger: Ledger

    def told(self, number: int) -> Ledger:
        """What had been acknowledged before an event."""
        told: dict[str, int] = {}
        for event in self.events[:number]:
            if isinstance(event, Acknowledged):
                told[event.cle] = max(event.etape, told.get(event.cle, 0))
        return Ledger(self.ledger.sent, acknowledged=told)


def record(folder: Path, chance: random.Random, enough: int, program: Sequence[str]) -> Recording:
    path, trace, ledger = new_database(folder), folder / "trace", Ledger()
    before = {str(path): path.read_bytes()}
    with a_server(path, program=[*recorder(trace), *program]) as server:
        answer(server.url, ledger, chance, enough)
        assert server.terminate() == 0
    until(lambda: has_ended(trace))
    with trace.open(encoding="ascii") as lines:
        return Recording(path, before, Reader(path).read(lines), ledger)


def has_ended(trace: Path) -> bool:
    with trace.open("rb") as file:
        file.seek(-100, os.SEEK_END)
        return file.read().endswith(b"+++ exited with 0 +++\n")


def as_told(events: Sequence[Event]) -> list[int]:
    """Before which events somebody has just been told that an avis is stored."""
    return [
        number + 2
        for number, (before, event) in enumerate(pairwise(events))
        if isinstance(event, Acknowledged) and not isinstance(before, Acknowledged)
    ]


def as_moved(events: Sequence[Event]) -> list[int]:
    """Before which events the log is being brought into the base."""
    return [
        number
        for number, event in enumerate(events)
        if isinstance(event, Written) and event.path.endswith(".db")
    ]


def cut(
    recording: Recording,
    events: Sequence[Event],
    moments: Collection[int],
    shares: Sequence[float],
    chance: random.Random,
    folder: Path,
) -> Iterator[list[str]]:
    """Cut the power before each of these events; what is wrong then. One of the `shares` gets
    through of what was not synced."""
    disk = Disk.holding(recording.before)
    for number in range(len(events) + 1):
        if number in moments:
            image = folder / str(number)
            image.mkdir(parents=True)
            for path, content in disk.after_the_cut(chance, chance.choice(shares)).items():
                (image / Path(path).name).write_bytes(content)
            yield what_is_wrong(image / recording.path.name, recording.told(number))
        if number < len(events):
            disk.take(number, events[number])


def what_is_wrong(path: Path, told: Ledger) -> list[str]:
    try:
        return asyncio.run(miscounted(path)) + compare(path, told) + damage(path)
    except (StoreError, sqlite3.Error) as error:
        return [f"it cannot be read: {error}"]


async def miscounted(path: Path) -> list[str]:
    """Open a base as a server does; its counters that are not what a recount says."""
    store = SqliteStore(path)
    try:
        await store.open()
        await serve.prepare(store)
        demarches = (await store.load_catalogue()).demarches.values()
        return [str(each) for demarche in demarches for each in await verify(store, demarche)]
    finally:
        await store.close()


@pytest.fixture(scope="module")
def chance() -> random.Random:
    seed = int(os.environ.get("JDMA_TEST_SEED", random.randrange(2**32)))
    print(f"JDMA_TEST_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Path]:
    """A folder in memory, where there is one: syncs are recorded, and need not be waited for."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def folder(in_memory: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=in_memory) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def recording(in_memory: Path, chance: random.Random) -> Recording:
    return record(in_memory, chance, ENOUGH, JDMA)


def test_the_recording_holds_all_that_was_written_and_all_that_was_answered(
    recording: Recording, chance: random.Random
) -> None:
    events = recording.events
    disk = Disk.holding(recording.before)
    for number, event in enumerate(events):
        disk.take(number, event)
    left = {str(recording.path): recording.path.read_bytes()}
    assert disk.after_the_cut(chance, share=1.0) == left
    assert recording.told(len(events)).acknowledged == recording.ledger.acknowledged
    begun = [n for n, event in enumerate(events) if isinstance(event, Written) and not event.offset]
    # Reused at least once; more often where the machine was slow to let people answer.
    assert len([n for n in begun if events[n].path.endswith("-wal")]) >= 2  # type: ignore[union-attr]


def test_promise_1_a_201_is_on_disk_when_the_power_is_cut(
    recording: Recording, chance: random.Random, folder: Path
) -> None:
    events = recording.events
    ways = (as_told(events), as_moved(events), range(len(events) + 1))
    moments = {chance.choice(way) for way in ways for _ in range(CUTS // 3)}
    found = [*cut(recording, events, moments, (0.0, 0.0, 0.3, 0.7, 1.0), chance, folder)]
    assert len(found) > CUTS / 2
    assert found == [[]] * len(found)


# Negative twins: a disk that says it has synced and has not, and a server that does not ask.


def test_a_disk_that_lies_is_found_out(
    recording: Recording, chance: random.Random, folder: Path
) -> None:
    lied = [event for event in recording.events if not isinstance(event, Synced)]
    moments = as_moved(lied)[::4]
    found = [e for each in cut(recording, lied, moments, (0.5,), chance, folder) for e in each]
    assert any("was acknowledged at etape" in each for each in found)
    assert any("integrity_check" in each or "cannot be read" in each for each in found)


def test_a_server_that_answers_before_it_syncs_is_found_out(
    chance: random.Random, folder: Path
) -> None:
    hasty = record(folder, chance, A_FEW, [sys.executable, "-m", __name__])
    moments = as_told(hasty.events)[::4]
    cuts = cut(hasty, hasty.events, moments, (0.0,), chance, folder / "cut")
    found = [e for each in cuts for e in each]
    # What `synchronous = normal` promises is kept: what is left is sound. It is not all there.
    assert found
    assert all("was acknowledged at etape" in each for each in found)


def set_up_hastily(file: SqliteFile, con: sqlite3.Connection) -> None:
    """As many set it: the log is synced now and then."""
    set_up(file, con)
    con.execute("pragma synchronous = normal")


if __name__ == "__main__":
    set_up = SqliteFile._set_up
    SqliteFile._set_up = set_up_hastily  # type: ignore[assignment, method-assign]
    cli.main()
