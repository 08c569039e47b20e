"""What a server does once a day, beside its work: delete what is too old, and what is over.

Looked at a little after the start, for a backup that was put back, then every ten minutes. Of
several servers on one database, one does it: a lease, taken by one statement.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from collector.clock import Clock
from collector.config import Settings
from collector.privacy.purge import ALONE, Pace, Stopped, is_due, is_far, kept_months, purge
from collector.store.contract import Genre, Purge, Store, StoreError

logger = logging.getLogger("collector.purge")

FIRST = 2.0  # seconds after the start: those who wait for it go first
EVERY = 600.0
AGAIN_MS = 3_600_000  # after a failure: each one is noted, and not every ten minutes
LOOKED_AT = 100  # runs, of which one may have gone well today: a failure comes each hour
PATIENCE = 1.0  # half of the time, the database is others’
CLOSING_SECONDS = 2.0
SERVEUR = "serveur"


class Held(Exception):
    """Nobody asked for this run, and it may be the clock that did."""

    def __init__(self) -> None:
        super().__init__(
            f"the last run is of more than {ALONE.days} days ago: is the clock right? If it is, "
            "« jdma purge » does it"
        )


Chore = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Health:
    """What this server knows of it, for /metrics and the administration."""

    gone: Counter[Genre] = field(default_factory=Counter)
    failures: int = 0
    last_success: float | None = None
    """Seconds since 1970, whoever did it."""


class Daily:
    """Does its round from `start` to `close`."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._garde = kept_months(settings)
        self._chores: list[Chore] = []
        self._closing = asyncio.Event()
        self._not_before = 0
        self._tidied: date | None = None
        self._task: asyncio.Task[None] | None = None
        self.health = Health()

    def also(self, chore: Chore) -> None:
        """Do this too, once a day. It raises nothing but StoreError."""
        self._chores.append(chore)

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Let the transaction under way end."""
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CLOSING_SECONDS)
            self._task.cancel()

    async def _run(self) -> None:
        wait = FIRST
        while not await self._closed_within(wait):
            wait = EVERY
            try:
                await self.round()
            except Exception:  # the outermost edge: tomorrow there is another one
                logger.exception("a bug in what is done once a day")

    async def _closed_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
        return self._closing.is_set()

    async def round(self) -> bool:
        """Do what is due. False when there is nothing, another server does it, or it failed."""
        now = self._clock.now()
        if now.ms < self._not_before:
            return False
        try:
            await self._tidy(now.jour)
            last = await self._store.purges(LOOKED_AT)
            if not self._is_due(last):
                return False
            if is_far(last, now):
                raise Held
            done = await purge(self._store, self._garde, self._clock, SERVEUR, self._pace())
        except Stopped:
            return False
        except (StoreError, Held) as error:
            logger.warning("what is too old was not all deleted: %s", error)
            self.health.failures += 1
            self._not_before = now.ms + AGAIN_MS
            return False
        if done:
            self._know(done)
            _say(done)
        return done is not None

    async def _tidy(self, today: date) -> None:
        """Each server for itself: a second time there is nothing to do."""
        if today != self._tidied:
            for chore in self._chores:
                await chore()
            self._tidied = today

    def _is_due(self, last: Sequence[Purge]) -> bool:
        for each in last:
            self._know(each)
        return is_due(last, self._garde, self._clock.now().jour)

    def _pace(self) -> Pace:
        return Pace(self._count, PATIENCE, self._closing.is_set)

    def _count(self, genre: Genre, n: int) -> None:
        self.health.gone[genre] += n

    def _know(self, done: Purge) -> None:
        if done.went_well and done.fini_le:
            at = datetime.fromisoformat(done.fini_le).timestamp()
            self.health.last_success = max(at, self.health.last_success or at)


def _say(done: Purge) -> None:
    if any(done.effaces.values()):
        counts = " ".join(f"{genre}={n}" for genre, n in done.effaces.items())
        logger.info("deleted, for they were too old: %s", counts)
