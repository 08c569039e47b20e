"""The trend of each question as shapes to draw: lines, their bands, breaks. Pure.

One drawing for each dimension. Other words are another line in it, never joined to the first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from collector.domain import Texte
from collector.figures.comparaison import Rupture
from collector.figures.mesures import Mesure, Tranche
from collector.wording import tenth

# A box of 160 by 60: room for three figures on the left, then 0 to 10 over 50 units of height.
LEFT, WIDTH, BOTTOM, UNIT = 20.0, 136.0, 56.0, 5.0
_ALONE = 1.5  # half the width of the band of a mark that has no neighbour
_APART = 40  # steps: the points of more would touch each other, and their line says it all


@dataclass(frozen=True, slots=True)
class Ligne:
    """One wording: `trait` and `bande` are paths, `points` where marks stand, those of a long line
    left out. `mesures` are the figures themselves, step by step."""

    question: Texte
    trait: str
    bande: str
    points: tuple[tuple[str, str], ...]
    mesures: tuple[tuple[Tranche, Mesure], ...]


@dataclass(frozen=True, slots=True)
class Courbe:
    """One dimension. `ruptures` are where, from left to right, its question changed."""

    dimension: str
    lignes: tuple[Ligne, ...]
    ruptures: tuple[str, ...]

    @property
    def question(self) -> Texte:
        """The words of today."""
        return self.lignes[-1].question


class Suivi(Protocol):
    """Figures over a period and by step of it; each step has the questions of the whole, in
    order."""

    @property
    def total(self) -> Tranche: ...
    @property
    def tranches(self) -> tuple[Tranche, ...]: ...
    @property
    def ruptures(self) -> tuple[Rupture, ...]: ...


def courbes(figures: Suivi) -> list[Courbe]:
    """A drawing for each dimension that has a mark to show."""
    by_dimension: dict[str, list[int]] = {}
    for rank, mesure in enumerate(figures.total.mesures):
        by_dimension.setdefault(mesure.dimension.code, []).append(rank)
    found = []
    for code, ranks in by_dimension.items():
        lignes = [_ligne(figures.tranches, rank) for rank in ranks]
        drawn = tuple(ligne for ligne in lignes if ligne.trait)
        if drawn:
            found.append(Courbe(code, drawn, _ruptures(figures, code)))
    return found


def place(jour: date, tranches: Sequence[Tranche]) -> str:
    """Where a day of these steps stands from left to right: a step is as wide as the way to the
    next one, and its mark in the middle."""
    rank = bisect_right([tranche.periode.du for tranche in tranches], jour) - 1
    periode = tranches[rank].periode
    within = ((jour - periode.du).days + 0.5) / periode.jours - 0.5
    return tenth(_at(min(max(rank + within, 0), len(tranches) - 1), len(tranches)))


def _ligne(tranches: Sequence[Tranche], rank: int) -> Ligne:
    mesures = tuple((tranche, tranche.mesures[rank]) for tranche in tranches)
    runs = _runs([mesure for _, mesure in mesures])
    return Ligne(
        question=mesures[0][1].dimension.question if mesures else {},
        trait="".join(_trait(run, len(mesures)) for run in runs),
        bande="".join(_bande(run, len(mesures)) for run in runs),
        points=tuple(
            (_x(i, len(mesures)), _y(mark))
            for run in runs
            if len(mesures) <= _APART or len(run) == 1
            for i, mark, _ in run
        ),
        mesures=mesures,
    )


_Mark = tuple[int, float, tuple[float, float]]
"""Which step, the mark, its interval."""


def _runs(mesures: Sequence[Mesure]) -> list[list[_Mark]]:
    """The published marks, those that follow each other together: a withheld one is a gap."""
    runs: list[list[_Mark]] = [[]]
    for i, mesure in enumerate(mesures):
        score = mesure.score
        if score is None or score.note_sur_10 is None:
            runs.append([])
            continue
        mark = score.note_sur_10
        runs[-1].append((i, mark, score.intervalle or (mark, mark)))
    return [run for run in runs if run]


def _trait(run: list[_Mark], steps: int) -> str:
    return "M" + "L".join(f"{_x(i, steps)} {_y(mark)}" for i, mark, _ in run)


def _bande(run: list[_Mark], steps: int) -> str:
    """Along the upper ends of the intervals, and back along the lower ones."""
    if len(run) == 1:
        [(i, _, (bas, haut))] = run
        x = _at(i, steps)
        ends = [tenth(x - _ALONE), tenth(x + _ALONE)]
        return f"M{ends[0]} {_y(haut)}H{ends[1]}V{_y(bas)}H{ends[0]}Z"
    there = [f"{_x(i, steps)} {_y(haut)}" for i, _, (_, haut) in run]
    back = [f"{_x(i, steps)} {_y(bas)}" for i, _, (bas, _) in reversed(run)]
    return "M" + "L".join(there + back) + "Z"


def _ruptures(figures: Suivi, code: str) -> tuple[str, ...]:
    """Just before the first step in the new words; half a step, where there is one before."""
    steps = [tranche.periode for tranche in figures.tranches]
    changed = [each.periode for each in figures.ruptures if each.dimension == code]
    ranks = [steps.index(periode) for periode in changed if periode in steps]
    return tuple(tenth(_at(max(rank - 0.5, 0), len(steps))) for rank in ranks)


def _at(step: float, steps: int) -> float:
    return LEFT + WIDTH * step / max(steps - 1, 1)


def _x(step: int, steps: int) -> str:
    return tenth(_at(step, steps))


def _y(mark: float) -> str:
    return tenth(BOTTOM - UNIT * mark)
