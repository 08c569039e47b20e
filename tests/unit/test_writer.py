"""The writer over a store of which the tests hold the door: no waiting, no luck."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, cast

import pytest

from collector import writer as writer_module
from collector.domain import OUVERTURE, Avis, Cell, Outcome, new_cle
from collector.errors import QueueFull, StorageDown
from collector.store.contract import BatchError, Store, StoreError
from collector.writer import ENOUGH, MAX_BATCH, Writer
from tests.world import NOON

pytestmark = pytest.mark.anyio

T = TypeVar("T")

OPENING = Cell(1, "k7f3q2", "2026-11-22", "standard-1", OUVERTURE, 1)
IN_TIME = 5  # seconds: nothing here takes that long unless it hangs


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Memory:
    """`Store.record` in memory. A shut door holds a batch back; `faults` are those of the batches
    to come, None where all goes well; `bad` are the cles that break a constraint."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.openings: Counter[Cell] = Counter()
        self.contacts: dict[str, str] = {}
        self.stored: list[str] = []
        self.faults: list[Exception | None] = []
        self.bad: set[str] = set()
        self._door = asyncio.Event()
        self._door.set()
        self._asked = asyncio.Event()

    def shut(self) -> None:
        self._door.clear()

    def open_door(self) -> None:
        self._door.set()

    async def asked(self) -> None:
        """Return when a batch stands before the door."""
        async with asyncio.timeout(IN_TIME):
            await self._asked.wait()
        self._asked.clear()

    async def record(
        self,
        batch: Sequence[Avis],
        openings: Mapping[Cell, int] = {},
        contacts: Mapping[int, str] = {},
    ) -> list[Outcome]:
        clefs = [avis.cle for avis in batch]
        self.batches.append(clefs)
        self._asked.set()
        await self._door.wait()
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        if self.bad.intersection(clefs):
            raise BatchError("a constraint")
        self.stored += clefs
        self.openings.update(openings)
        self.contacts.update({clefs[place]: courriel for place, courriel in contacts.items()})
        return [Outcome.STORED for _ in batch]


@contextlib.asynccontextmanager
async def a_writer(
    memory: Memory, queue_size: int = 1000, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[Writer]:
    """A started writer, closed at the end."""
    # The writer asks a store for `record` only.
    made = Writer(cast(Store, memory), queue_size, clock)
    made.start()
    try:
        yield made
    finally:
        memory.open_door()
        with contextlib.suppress(asyncio.CancelledError):
            await made.close()


def an_avis(n: int) -> Avis:
    recu_le, jour = "2026-11-22T10:00:00.000Z", "2026-11-22"
    return Avis(1, new_cle(NOON, n), "k7f3q2", "standard-1", 1, recu_le, jour, {"satisfaction": 3})


def clefs(*numbers: int) -> list[str]:
    return [an_avis(n).cle for n in numbers]


async def in_time(waiting: Awaitable[T]) -> T:
    return await asyncio.wait_for(waiting, IN_TIME)


async def hold_one(writer: Writer, memory: Memory) -> asyncio.Future[Outcome]:
    """Avis 0 stands before the shut door: what comes now has to wait in the queue."""
    memory.shut()
    held = writer.submit(an_avis(0))
    await memory.asked()
    return held


async def a_turn_later(writer: Writer, n: int) -> Outcome:
    """Hand in avis n, which comes a turn of the loop after the one before."""
    for _ in range(n):
        await asyncio.sleep(0)
    return await writer.submit(an_avis(n))


def task_of(writer: Writer) -> asyncio.Task[None]:
    task = writer._task
    assert task is not None
    return task


# The promise


async def test_an_avis_is_answered_after_the_commit_and_not_before() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        assert not held.done()
        memory.open_door()
        assert await in_time(held) is Outcome.STORED
        assert memory.stored == clefs(0)


async def test_those_who_come_at_the_same_moment_go_together() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        await in_time(asyncio.gather(*(a_turn_later(writer, n) for n in range(4))))
    assert memory.batches == [clefs(0, 1, 2, 3)]


async def test_enough_of_them_wait_for_no_more() -> None:
    memory = Memory()
    memory.shut()
    async with a_writer(memory) as writer:
        told = asyncio.gather(*(a_turn_later(writer, n) for n in range(2 * ENOUGH)))
        await memory.asked()
        assert memory.batches == [clefs(*range(ENOUGH))]
        memory.open_door()
        await in_time(told)
    assert memory.stored == clefs(*range(2 * ENOUGH))


async def test_who_was_stored_is_answered_before_the_next_batch_is_put_together() -> None:
    memory = Memory()
    begun: list[int] = []  # how many batches had begun as somebody was answered

    async def answered(writer: Writer, n: int) -> None:
        await writer.submit(an_avis(n))
        begun.append(len(memory.batches))

    async with a_writer(memory) as writer:
        memory.shut()
        told = asyncio.gather(*(answered(writer, n) for n in range(MAX_BATCH + ENOUGH)))
        await memory.asked()
        assert len(memory.batches) == 1
        memory.open_door()
        await in_time(told)
    assert begun == [1] * MAX_BATCH + [2] * ENOUGH


async def test_an_address_goes_with_its_own_avis() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(1)), writer.submit(an_avis(2), "a@exemple.fr")]
        memory.bad = set(clefs(1))  # one by one, it goes with its own still
        memory.open_door()
        await in_time(asyncio.gather(held, *waiting, return_exceptions=True))
    assert memory.contacts == {an_avis(2).cle: "a@exemple.fr"}


async def test_avis_that_wait_go_in_one_batch_in_the_order_they_came() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (3, 1, 2)]
        assert writer.waiting == 3
        memory.open_door()
        await in_time(asyncio.gather(held, *waiting))
    assert memory.batches == [clefs(0), clefs(3, 1, 2)]
    assert writer.health.batches == 2
    assert writer.health.outcomes == {Outcome.STORED: 4}


async def test_a_batch_has_a_largest_size() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in range(1, MAX_BATCH + 11)]
        memory.open_door()
        await in_time(asyncio.gather(held, *waiting))
    assert [len(batch) for batch in memory.batches] == [1, MAX_BATCH, 10]


async def test_each_avis_gets_its_own_outcome() -> None:
    class Mixed(Memory):
        async def record(
            self,
            batch: Sequence[Avis],
            openings: Mapping[Cell, int] = {},
            contacts: Mapping[int, str] = {},
        ) -> list[Outcome]:
            await super().record(batch, openings)
            return list(Outcome)[: len(batch)]

    memory = Mixed()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in range(1, len(Outcome) + 1)]
        memory.open_door()
        await in_time(held)
        assert await in_time(asyncio.gather(*waiting)) == list(Outcome)


# Refusals


async def test_a_full_queue_refuses_at_once_and_keeps_what_it_has() -> None:
    memory = Memory()
    async with a_writer(memory, queue_size=2) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (1, 2)]
        with pytest.raises(QueueFull) as refused:
            writer.submit(an_avis(3))
        assert refused.value.retry_after == writer_module.RETRY_AFTER
        memory.open_door()
        await in_time(asyncio.gather(held, *waiting))
        assert await in_time(writer.submit(an_avis(3))) is Outcome.STORED
    assert memory.stored == clefs(0, 1, 2, 3)


async def test_when_the_store_fails_the_whole_batch_is_told_and_the_next_goes_through() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (1, 2)]
        memory.faults = [StoreError("full")]
        memory.open_door()
        told = await in_time(asyncio.gather(held, *waiting, return_exceptions=True))
        assert isinstance(told[0], StorageDown)
        assert told[1:] == [Outcome.STORED] * 2
        assert writer.alive
        assert writer.health.failures == 1


async def test_whoever_stands_behind_a_batch_that_failed_slowly_is_told_with_it() -> None:
    memory, now = Memory(), [0.0]
    async with a_writer(memory, clock=lambda: now[0]) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in range(1, MAX_BATCH + 10)]
        memory.faults = [StoreError("no answer")]
        now[0] += writer_module.SLOW_SECONDS
        memory.open_door()
        told = await in_time(asyncio.gather(held, *waiting, return_exceptions=True))
        assert [type(each) for each in told] == [StorageDown] * (MAX_BATCH + 10)
        assert memory.batches == [clefs(0)]
        assert await in_time(writer.submit(an_avis(999))) is Outcome.STORED


async def test_every_avis_of_a_failed_batch_is_told_to_try_again() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (1, 2, 3)]
        memory.faults = [None, StoreError("full")]
        memory.open_door()
        await in_time(held)
        told = await in_time(asyncio.gather(*waiting, return_exceptions=True))
    refused = [each for each in told if isinstance(each, StorageDown)]
    assert [each.retry_after for each in refused] == [writer_module.RETRY_AFTER] * 3
    assert memory.stored == clefs(0)


async def test_an_outage_is_logged_once_and_the_next_one_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        for outage in ("full", "gone"):
            memory.faults = [StoreError(outage)] * 3 + [None]
            for n in (1, 2, 3):
                with pytest.raises(StorageDown):
                    await in_time(writer.submit(an_avis(n)))
            await in_time(writer.submit(an_avis(4)))
    assert [record.getMessage() for record in caplog.records] == [
        "a batch of 1 avis was not stored: full",
        "a batch of 1 avis was not stored: gone",
    ]


async def test_one_avis_at_fault_does_not_cost_the_others_theirs() -> None:
    memory = Memory()
    memory.bad = set(clefs(2))
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (1, 2, 3)]
        writer.count_opening(OPENING)
        memory.open_door()
        await in_time(held)
        told = await in_time(asyncio.gather(*waiting, return_exceptions=True))
    assert (told[0], told[2]) == (Outcome.STORED, Outcome.STORED)
    assert isinstance(told[1], StorageDown)
    assert memory.stored == clefs(0, 1, 3)
    assert memory.openings == {OPENING: 1}


async def test_an_avis_at_fault_alone_is_refused_and_the_writer_goes_on() -> None:
    memory = Memory()
    memory.bad = set(clefs(1))
    async with a_writer(memory) as writer:
        with pytest.raises(StorageDown):
            await in_time(writer.submit(an_avis(1)))
        assert await in_time(writer.submit(an_avis(2))) is Outcome.STORED


async def test_openings_that_come_with_an_avis_at_fault_are_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "OPENINGS_EVERY", 0.01)
    memory = Memory()
    memory.bad = set(clefs(1))
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        writer.count_opening(OPENING)
        refused = writer.submit(an_avis(1))
        memory.open_door()
        await in_time(held)
        with pytest.raises(StorageDown):
            await in_time(refused)
    assert memory.openings == {OPENING: 1}


# Those who leave


async def test_a_request_that_is_cancelled_does_not_undo_its_avis_nor_its_neighbours() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        gone, stays = writer.submit(an_avis(1)), writer.submit(an_avis(2))
        held.cancel()
        gone.cancel()
        memory.open_door()
        assert await in_time(stays) is Outcome.STORED
        assert writer.alive
    assert memory.stored == clefs(0, 1, 2)


async def test_a_request_cancelled_before_the_store_fails_is_no_fault() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        held.cancel()
        memory.faults = [StoreError("full")]
        memory.open_door()
        assert await in_time(writer.submit(an_avis(1))) is Outcome.STORED


# Openings


async def test_openings_go_with_the_next_batch() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        writer.count_opening(OPENING)
        writer.count_opening(OPENING)
        await in_time(writer.submit(an_avis(1)))
        assert memory.openings == {OPENING: 2}
    assert memory.batches == [clefs(1)]


async def test_openings_alone_are_written_when_their_second_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "OPENINGS_EVERY", 0.01)
    memory = Memory()
    async with a_writer(memory) as writer:
        await in_time(writer.submit(an_avis(1)))
        memory._asked.clear()
        writer.count_opening(OPENING)
        await memory.asked()
    assert memory.openings == {OPENING: 1}
    assert memory.batches == [clefs(1), []]


async def test_openings_that_come_to_a_writer_at_rest_are_written_within_their_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "OPENINGS_EVERY", 0.01)
    memory = Memory()
    async with a_writer(memory) as writer:
        for _ in range(20):  # turns of the loop: the writer's task has come to rest
            await asyncio.sleep(0)
        writer.count_opening(OPENING)
        await memory.asked()
    assert memory.openings == {OPENING: 1}


async def test_when_the_store_fails_openings_wait_for_the_next_batch() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        writer.count_opening(OPENING)
        memory.faults = [StoreError("full")]
        with pytest.raises(StorageDown):
            await in_time(writer.submit(an_avis(1)))
        writer.count_opening(OPENING)
        await in_time(writer.submit(an_avis(2)))
        assert memory.openings == {OPENING: 2}


# The end


async def test_closing_writes_what_waits_and_then_refuses() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in range(1, MAX_BATCH + 2)]
        writer.count_opening(OPENING)
        closing = asyncio.ensure_future(writer.close())
        await asyncio.sleep(0)
        with pytest.raises(StorageDown):
            writer.submit(an_avis(999))
        memory.open_door()
        await in_time(closing)
        assert all(each.result() is Outcome.STORED for each in (held, *waiting))
        assert not writer.alive
    assert len(memory.stored) == MAX_BATCH + 2
    assert memory.openings == {OPENING: 1}


async def test_closing_with_openings_only_writes_them_without_waiting() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        writer.count_opening(OPENING)
        await in_time(writer.close())
    assert memory.openings == {OPENING: 1}


async def test_closing_ends_even_when_the_store_is_gone() -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        writer.count_opening(OPENING)
        memory.faults = [StoreError("gone"), StoreError("gone")]
        memory.open_door()
        await in_time(writer.close())
        with pytest.raises(StorageDown):
            await held
    assert memory.openings == {}


@pytest.mark.parametrize("fault", [None, RuntimeError("a bug")], ids=["cancelled", "a bug"])
async def test_when_the_task_dies_everyone_waiting_is_told_and_nobody_is_taken_in(
    fault: Exception | None,
) -> None:
    memory = Memory()
    async with a_writer(memory) as writer:
        held = await hold_one(writer, memory)
        waiting = [writer.submit(an_avis(n)) for n in (1, 2)]
        task = task_of(writer)
        if fault is None:
            task.cancel()
        else:
            memory.faults = [fault]
            memory.open_door()
        await in_time(asyncio.wait([task]))
        told = await in_time(asyncio.gather(held, *waiting, return_exceptions=True))
        assert [type(each) for each in told] == [StorageDown] * 3
        assert not writer.alive
        with pytest.raises(StorageDown):
            writer.submit(an_avis(3))
        if fault is not None:
            with pytest.raises(RuntimeError, match="a bug"):
                await writer.close()
            writer._task = None  # closed


async def test_before_it_is_started_a_writer_takes_nothing_in() -> None:
    writer = Writer(cast(Store, Memory()), 10)
    assert not writer.alive
    with pytest.raises(StorageDown):
        writer.submit(an_avis(1))
    await writer.close()
