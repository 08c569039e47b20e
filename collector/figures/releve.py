"""The counters that a dashboard shows, summed in the ways in which it shows them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from collector.asked.periode import Periode
from collector.domain import AVIS
from collector.store.contract import DayCount


@dataclass(frozen=True, slots=True)
class Releve:
    """Counters of one démarche over a period, and over another one to compare it with.

    `etapes` are those of all boutons together, a whole month on its first day where days were not
    asked for; `avant` is the other period in one, on its first day; `boutons` the period in one, on
    its first day, by bouton; `jours` how many avis came on each day.
    """

    etapes: list[DayCount]
    avant: list[DayCount]
    boutons: list[DayCount]
    jours: dict[str, int]


def releve(counts: Iterable[DayCount], periode: Periode, avant: Periode | None) -> Releve:
    """The same from counters of days and boutons, which may have days that neither period has."""
    counts = list(counts)
    within = [c for c in counts if _in(periode, c.jour)]
    before = [c for c in counts if avant is not None and _in(avant, c.jour)]
    jours: Counter[str] = Counter()
    for each in within:
        if each.dimension == AVIS:
            jours[each.jour] += each.n
    return Releve(
        etapes=_summed(each._replace(bouton="") for each in within),
        avant=_summed(each._replace(jour=_first(avant), bouton="") for each in before),
        boutons=_summed(each._replace(jour=_first(periode)) for each in within),
        jours=dict(jours),
    )


def _in(periode: Periode, jour: str) -> bool:
    return periode.du.isoformat() <= jour <= periode.au.isoformat()


def _first(periode: Periode | None) -> str:
    return periode.du.isoformat() if periode else ""


def _summed(counts: Iterable[DayCount]) -> list[DayCount]:
    found: Counter[tuple[str, str, str, str, int]] = Counter()
    for *cell, n in counts:
        found[tuple(cell)] += n  # type: ignore[index]
    return sorted(DayCount(*cell, n) for cell, n in found.items())
