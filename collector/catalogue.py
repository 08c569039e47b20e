"""What is configured (structures, démarches, boutons, questionnaires), kept in memory.

At most a second old: a change made by the command line shows without a restart.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from collector.config import resource
from collector.domain import Catalogue, Questionnaire
from collector.store.contract import Store, StoreError

FRESH_SECONDS = 1.0


class Live:
    """The catalogue of a store, asked for anew when it has changed."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._current: Catalogue | None = None
        self._checked = -FRESH_SECONDS

    async def get(self) -> Catalogue:
        """The catalogue as it was at most FRESH_SECONDS ago."""
        now = self._clock()
        current = self._current
        if current is not None and now - self._checked < FRESH_SECONDS:
            return current
        # Said before asking, so that the requests of this instant do not all ask.
        self._checked = now
        try:
            if current is None or await self._store.catalogue_version() != current.version:
                self._current = current = await self._store.load_catalogue()
        except StoreError:
            if current is None:
                raise
            # The last picture serves while the store is away; what writes will say 503 itself.
        return current


def shipped_questionnaires() -> dict[str, Questionnaire]:
    """The questionnaires of `schemas/questionnaires`, by id."""
    shipped = (Questionnaire.from_json(json.loads(text)) for text in shipped_texts().values())
    return {questionnaire.id: questionnaire for questionnaire in shipped}


def shipped_texts() -> dict[str, str]:
    """The same as JSON text, by id, as a store keeps them."""
    paths = sorted(resource("schemas", "questionnaires").glob("*.json"))
    return {path.stem: path.read_text("utf-8") for path in paths}
