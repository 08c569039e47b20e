"""When people answer: by day of the week and by hour in Paris, where there is enough to say so.
Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from collector.asked.periode import Periode
from collector.domain import PARIS

WEEKS = 4  # of a period: with fewer, one odd day makes its weekday
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HEURES = tuple(f"{heure}\u00a0h" for heure in range(24))


@dataclass(frozen=True, slots=True)
class Rythme:
    """How many avis in each part of a week or of a day."""

    parts: tuple[tuple[str, int], ...]

    @property
    def n(self) -> int:
        return sum(n for _, n in self.parts)

    @property
    def most(self) -> int:
        return max(n for _, n in self.parts)


def par_jour(jours: Mapping[str, int], periode: Periode, minimum: int) -> Rythme | None:
    """From avis by day; None under `minimum` of them, or in too short a period."""
    found = [0] * 7
    for jour, n in jours.items():
        found[date.fromisoformat(jour).weekday()] += n
    if sum(found) < minimum or periode.jours < 7 * WEEKS:
        return None
    return Rythme(tuple(zip(JOURS, found, strict=True)))


def par_heure(heures: Mapping[str, int], minimum: int) -> Rythme | None:
    """From avis by hour, in UTC (« 2026-11-22T10 »); None under `minimum` of them."""
    found = [0] * 24
    for heure, n in heures.items():
        found[datetime.fromisoformat(f"{heure}:00+00:00").astimezone(PARIS).hour] += n
    if sum(found) < minimum:
        return None
    return Rythme(tuple(zip(HEURES, found, strict=True)))
