"""Group commit: many waiting requests, one transaction, one promise.

A caller of `submit` resumes after COMMIT, or with the reason it did not happen. Nothing is
acknowledged from memory: see « Ce que veut dire 201 » in the README. No delay is added: while one
batch is being committed, the next one gathers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.domain import Avis, Cell, Outcome
from collector.errors import QueueFull, StorageDown
from collector.store.contract import BatchError, Store, StoreError

logger = logging.getLogger("collector.writer")

MAX_BATCH = 256
# Waiting for more than these would make everyone wait at once, for the store and then for the loop,
# where one half of them can be read while the other half is written.
ENOUGH = 16
RETRY_AFTER = 2  # seconds: what 503 asks for
FAILING_SECONDS = 5.0  # a failure this old says nothing any more: the store may have recovered
FRESH_SECONDS = 1.0
BUSY_SECONDS = 0.05
SLOW_SECONDS = 1.0  # a failure that took this long was a wait in vain
OPENINGS_EVERY = 1.0  # seconds: openings wait for the next batch, but not longer than this


class Waiting(NamedTuple):
    """One avis in the queue, and the request that waits for it."""

    avis: Avis
    done: asyncio.Future[Outcome]
    courriel: str | None = None


@dataclass(slots=True)
class Health:
    """What the writer knows of itself, for /readyz and /metrics."""

    started: float = 0.0
    batches: int = 0
    failures: int = 0
    commit_seconds: float = 0.0
    last_commit: float | None = None
    last_failure: float | None = None
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class Writer:
    """The only one that calls `Store.record` in a server."""

    def __init__(
        self, store: Store, queue_size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._queue_size = queue_size
        self._clock = clock
        self._queue: deque[Waiting] = deque()
        self._openings: Counter[Cell] = Counter()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.health = Health()

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.health.started = self._clock()
        self._task = self._loop.create_task(self._run())

    @property
    def waiting(self) -> int:
        """How many avis wait to be written."""
        return len(self._queue)

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done() and not self._closing

    @property
    def failing(self) -> bool:
        """Whether the last batch was not stored, a moment ago."""
        failed, stored = self.health.last_failure, self.health.last_commit
        if failed is None or (stored is not None and stored > failed):
            return False
        return self._clock() - failed < FAILING_SECONDS

    @property
    def fresh(self) -> bool:
        """Whether a batch was stored a moment ago: the best proof that the next one can be."""
        stored = self.health.last_commit
        return stored is not None and self._clock() - stored < FRESH_SECONDS

    @property
    def busy(self) -> bool:
        """Whether avis come in thick: some wait, or were written just now."""
        stored = self.health.last_commit
        return bool(self._queue) or (stored is not None and self._clock() - stored < BUSY_SECONDS)

    def submit(self, avis: Avis, courriel: str | None = None) -> asyncio.Future[Outcome]:
        """A future that is done once `avis` is committed, and with it the address that was left.
        Raises QueueFull or StorageDown."""
        if not self.alive:
            raise StorageDown(retry_after=RETRY_AFTER, secondes=RETRY_AFTER)
        if len(self._queue) >= self._queue_size:
            raise QueueFull(retry_after=RETRY_AFTER, secondes=RETRY_AFTER)
        done: asyncio.Future[Outcome] = self._loop.create_future()
        self._queue.append(Waiting(avis, done, courriel))
        self._wake.set()
        return done

    def count_opening(self, cell: Cell) -> None:
        """Count that a form was opened. Written with the next batch, within a second: an opening
        is a statistic, not somebody's answer, and nobody is told that it is stored."""
        self._openings[cell] += 1

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        batch: list[Waiting] = []
        try:
            while await self._something_to_write():
                await self._gather()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]
                openings, self._openings = self._openings, Counter()
                await self._commit(batch, openings)
        except Exception:
            logger.exception("the writer has stopped: this server stores nothing any more")
            raise
        finally:
            # Only a bug or a cancelled task gets here with requests still waiting.
            self._fail([each for each in [*batch, *self._queue] if not each.done.done()])
            self._queue.clear()

    async def _something_to_write(self) -> bool:
        """Wait until there is; False when closing and everything is written."""
        while not self._queue and not self._closing:
            self._wake.clear()
            # Openings wake nobody: they go with the next avis, or alone once a second is over.
            try:
                await asyncio.wait_for(self._wake.wait(), OPENINGS_EVERY)
            except TimeoutError:
                if self._openings:
                    break
        return bool(self._queue or self._openings)

    async def _gather(self) -> None:
        """Let out whoever was just answered: put together first, the next batch would hold them up
        and begin no sooner, since the loop keeps the interpreter lock for them. And let in those
        who are at the door: a commit takes as long for one avis as for ten. A turn of the loop that
        brings nobody ends it."""
        await asyncio.sleep(0)
        waiting = 0
        while waiting < len(self._queue) < ENOUGH:
            waiting = len(self._queue)
            await asyncio.sleep(0)

    async def _commit(self, batch: Sequence[Waiting], openings: Counter[Cell]) -> None:
        started = self._clock()
        try:
            outcomes = await self._store.record(
                [each.avis for each in batch],
                openings,
                {i: each.courriel for i, each in enumerate(batch) if each.courriel is not None},
            )
        except BatchError:
            await self._one_by_one(batch, openings)
        except StoreError as error:
            # Once an outage: each batch would be a thousand lines a second, on a disk maybe full.
            if not self.failing:
                logger.warning("a batch of %d avis was not stored: %s", len(batch), error)
            self.health.last_failure = self._clock()
            if not self._closing:
                self._openings.update(openings)
            self._fail(batch)
            if self._clock() - started >= SLOW_SECONDS:
                self._fail_those_behind()
        else:
            self._answer(batch, outcomes, started)

    async def _one_by_one(self, batch: Sequence[Waiting], openings: Counter[Cell]) -> None:
        """One avis is at fault: the others are not to pay for it."""
        if len(batch) == 1:
            logger.error("an avis breaks a constraint of the store and was refused")
            self._openings.update(openings)
            self._fail(batch)
            return
        for each in batch:
            await self._commit([each], openings)
            openings = Counter()

    def _answer(
        self, batch: Sequence[Waiting], outcomes: Sequence[Outcome], started: float
    ) -> None:
        now = self._clock()
        self.health.batches += 1
        self.health.commit_seconds += now - started
        self.health.last_commit = now
        self.health.outcomes.update(outcomes)
        for each, outcome in zip(batch, outcomes, strict=True):
            # A client that left does not undo the commit; nobody waits for its answer any more.
            if not each.done.done():
                each.done.set_result(outcome)

    def _fail_those_behind(self) -> None:
        """A full queue is several batches long: whoever stands in it while the store hangs is told
        now, and not after as many waits in vain."""
        self._fail(self._queue)
        self._queue.clear()

    def _fail(self, batch: Iterable[Waiting]) -> None:
        for each in batch:
            self.health.failures += 1
            if not each.done.done():
                each.done.set_exception(StorageDown(retry_after=RETRY_AFTER, secondes=RETRY_AFTER))
