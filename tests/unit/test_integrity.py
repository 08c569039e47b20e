"""What `verify` makes of an audit."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

from collector.domain import Cell
from collector.integrity import Difference, verify
from collector.store.contract import Audit, Store
from tests.world import CARTE


class Audited:
    """A store of which only the audit is asked."""

    def __init__(self, stored: dict[Cell, int], recounted: dict[Cell, int]) -> None:
        self._answer = Audit(Counter(stored), Counter(recounted))
        self.asked: list[int] = []

    async def audit(self, demarche_id: int) -> Audit:
        self.asked.append(demarche_id)
        return self._answer


def a_cell(dimension: str, note: int) -> Cell:
    return Cell(1, "k7f3q2", "2026-11-22", "standard-1", dimension, note)


def differences(stored: dict[Cell, int], recounted: dict[Cell, int]) -> list[Difference]:
    store = Audited(stored, recounted)
    found = asyncio.run(verify(cast(Store, store), CARTE))
    assert store.asked == [CARTE.id]
    return found


def test_equal_counters_have_no_difference() -> None:
    assert differences({}, {}) == []
    assert differences({a_cell("avis", 1): 3}, {a_cell("avis", 1): 3}) == []


def test_every_difference_is_told_with_both_numbers_in_order() -> None:
    low, high, lost, ghost = (a_cell("effort", note) for note in (1, 2, 3, 4))
    assert differences(
        {ghost: 1, high: 9, low: 1, a_cell("avis", 1): 5},
        {low: 2, high: 8, lost: 4, a_cell("avis", 1): 5},
    ) == [
        Difference(low, 1, 2),
        Difference(high, 9, 8),
        Difference(lost, 0, 4),
        Difference(ghost, 1, 0),
    ]
