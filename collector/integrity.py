"""The proof that counters equal a recount of the stored avis, and the repair if they do not."""

from __future__ import annotations

from dataclasses import dataclass

from collector.domain import Cell, Demarche
from collector.store.contract import Store


@dataclass(frozen=True, slots=True)
class Difference:
    """One counter that is not what the avis say."""

    cell: Cell
    stored: int
    recounted: int


async def verify(store: Store, demarche: Demarche) -> list[Difference]:
    """The counters of one démarche that differ; it may be served meanwhile."""
    stored, recounted = await store.audit(demarche.id)
    return [
        Difference(cell, stored[cell], recounted[cell])
        for cell in sorted(stored.keys() | recounted.keys())
        if stored[cell] != recounted[cell]
    ]
