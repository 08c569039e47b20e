"""Avis that come from a file: which of a page are new, which are there already, what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.domain import Avis, Cell, cells
from collector.store.contract import Brought, Differs, Key, Row


class Page(NamedTuple):
    """The avis of a page that are to be added, and how many are there already, the same."""

    new: list[Avis]
    known: int


def sort_out(page: Sequence[Avis], stored: Iterable[Avis]) -> Page:
    """Raises Differs when one is there under its key, and is not the same."""
    there: dict[Key, Avis] = {(avis.demarche_id, avis.cle): avis for avis in stored}
    new = []
    for avis in page:
        key = (avis.demarche_id, avis.cle)
        other = there.setdefault(key, avis)
        if other is avis:
            new.append(avis)
        elif other != avis:
            raise Differs(avis.cle)
    return Page(new, len(page) - len(new))


class Tally:
    """What a file comes to, page after page."""

    def __init__(self) -> None:
        self.added = self.known = 0
        self.counters: Counter[Cell] = Counter()

    def count(self, page: Page) -> None:
        self.added += len(page.new)
        self.known += page.known
        for avis in page.new:
            self.counters.update(cells(avis))

    def open(self, demarche_id: int, given: Counter[Cell], there: Iterable[Row]) -> None:
        """Take the openings of a démarche, but for days and boutons that have some, which `there`
        lists: brought twice, they add nothing."""
        known = {Cell(*row[:-1]) for row in there}
        for cell, n in given.items():
            if cell.demarche_id == demarche_id and cell not in known:
                self.counters[cell] += n

    def result(self) -> Brought:
        return Brought(self.added, self.known)
