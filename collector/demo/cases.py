"""What invented people tick, and what they answer about it. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collector.domain import ChoixMultiple
from collector.options import asked_next, suites_of

_SECOND = 0.25  # tick another option too
_SILENT = 0.08  # leave what is asked next

Pick = Callable[[list[float], random.Random], int]
Levels = Callable[[int, float], list[float]]


@dataclass(frozen=True, slots=True)
class Boxes:
    """One choice question of a démarche: how its options share out, as sums of their weights."""

    choix: ChoixMultiple
    odds: list[float]

    def answer(
        self, rng: random.Random, centre: float, pick: Pick, levels: Levels
    ) -> Mapping[str, int]:
        """Flat notes; `centre` is where answers about the options gather, a part of the scale."""
        choix, ticked = self.choix, self._ticked(rng, pick)
        notes = {choix.code: len(ticked), **{f"{choix.code}.{each}": 1 for each in ticked}}
        for name, suite in suites_of(choix):
            if name in asked_next(choix, ticked, notes) and rng.random() >= _SILENT:
                notes[name] = 1 + pick(levels(len(suite.niveaux), centre), rng)
        return notes

    def _ticked(self, rng: random.Random, pick: Pick) -> list[str]:
        options = self.choix.options
        first = options[pick(self.odds, rng)]
        if first.seule or rng.random() >= _SECOND:
            return [first.code]
        second = options[pick(self.odds, rng)]
        return [first.code] if second.seule or second == first else [first.code, second.code]
