"""Avis that come from a file: which of a page are new, which are there already, what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from collector.domain import OUVERTURE, Avis, Cell, cells
from collector.privacy.masquage import mask
from collector.store.contract import Brought, Differs, Key, Row

Where = tuple[str, str]
"""(bouton, jour)"""


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
        elif other != avis and _masked(other) != avis:
            raise Differs(avis.cle)
    return Page(new, len(page) - len(new))


def _masked(avis: Avis) -> Avis:
    """An avis that was stored before comments were masked, as a file of it comes in now."""
    return avis._replace(verbatim=avis.verbatim and mask(avis.verbatim).texte)


class Tally:
    """What a file comes to, page after page.

    An avis of a day of which avis were deleted may be one of them: nobody knows any more. It is
    left out, for their counters still count them. A day before the horizon of which nothing was
    deleted takes avis, and their counters stay when they go.
    """

    def __init__(self, horizon: str) -> None:
        self.horizon = horizon
        self.added = self.known = self.past = 0
        self.counters: Counter[Cell] = Counter()
        self._gone: dict[int, frozenset[Where]] = {}

    def unknown(self, avis: Sequence[Avis]) -> list[int]:
        """The démarches of which `know` has to be told before these are counted."""
        old = {each.demarche_id for each in avis if each.jour < self.horizon}
        return sorted(old - self._gone.keys())

    def know(self, demarche_id: int, outlived: Iterable[Row]) -> None:
        """Counters of a démarche that have outlived their avis: see `Store.outlived`. Told once,
        before anything is added."""
        if demarche_id not in self._gone:
            self._gone[demarche_id] = frozenset((bouton, jour) for _, bouton, jour, *_ in outlived)

    def count(self, page: Page) -> list[Avis]:
        """Those of a page that are to be added."""
        new = [avis for avis in page.new if not self._is_gone(avis)]
        self.added += len(new)
        self.known += page.known
        self.past += len(page.new) - len(new)
        for avis in new:
            self.counters.update(cells(avis))
        return new

    def without_avis(self, given: Counter[Cell]) -> list[int]:
        """The démarches of counters that no avis gives."""
        return sorted({cell.demarche_id for cell in given})

    def add(self, demarche_id: int, given: Counter[Cell], openings: Iterable[Row]) -> None:
        """Take the counters of a démarche that no avis gives, but for days and boutons that have
        some, `openings` or others: brought twice, they add nothing."""
        opened = {Cell(*row[:-1]) for row in openings}
        for cell, n in given.items():
            if cell.demarche_id != demarche_id or cell in opened or self._is_gone(cell):
                continue
            self.counters[cell] += n
            if cell.dimension != OUVERTURE:
                self.horizon = max(self.horizon, _day_after(cell.jour))

    def _is_gone(self, each: Avis | Cell) -> bool:
        if isinstance(each, Cell) and each.dimension == OUVERTURE:
            return False
        return (each.bouton, each.jour) in self._gone.get(each.demarche_id, ())

    def result(self) -> Brought:
        return Brought(self.added, self.known, self.past)


def _day_after(jour: str) -> str:
    return (date.fromisoformat(jour) + timedelta(days=1)).isoformat()
