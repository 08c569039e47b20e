"""What is configured (structures, démarches, boutons, questionnaires), kept in memory.

At most a second old: a change made by the command line shows without a restart. A store that is
away, or does not answer, holds nobody up: the last picture serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable

from collector.config import resource
from collector.domain import Catalogue, Questionnaire
from collector.store.contract import Store, StoreError

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 0.5


class Live:
    """The catalogue of a store, asked for anew when it has changed."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._current: Catalogue | None = None
        self._checked = -FRESH_SECONDS
        self._looking: asyncio.Task[None] | None = None

    async def get(self) -> Catalogue:
        """The catalogue as it was at most FRESH_SECONDS ago, where the store says so in time."""
        now = self._clock()
        if self._current is not None and now - self._checked < FRESH_SECONDS:
            return self._current
        # Said before asking, so that the requests of this instant do not all ask.
        self._checked = now
        if self._current is None:
            self._current = await self._store.load_catalogue()
        elif self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(self._current.version))
            done, _ = await asyncio.wait({self._looking}, timeout=PATIENCE_SECONDS)
            for each in done:
                each.result()
        return self._current

    def look_again(self) -> None:
        """Ask the store before the next answer: something was just changed from here."""
        self._checked = -FRESH_SECONDS

    async def _look(self, version: int) -> None:
        with contextlib.suppress(StoreError):  # what writes will say 503 itself
            if await self._store.catalogue_version() != version:
                self._current = await self._store.load_catalogue()


def shipped_questionnaires() -> dict[str, Questionnaire]:
    """The questionnaires of `schemas/questionnaires`, by id."""
    shipped = (Questionnaire.from_json(json.loads(text)) for text in shipped_texts().values())
    return {questionnaire.id: questionnaire for questionnaire in shipped}


def shipped_texts() -> dict[str, str]:
    """The same as JSON text, by id, as a store keeps them."""
    paths = sorted(resource("schemas", "questionnaires").glob("*.json"))
    return {path.stem: path.read_text("utf-8") for path in paths}
