"""From histograms to figures: mark, class, interval, rates, difference between two periods.

`effectifs` is everywhere the number of answers per level of one dimension, worst level first.
Sums are exact (int, Fraction) up to the last step, so equal counts give equal figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, sqrt
from typing import Literal

# 97.5 % quantile of the normal law: 95 % of it lies between −Z95 and Z95.
Z95 = 1.959963984540054

# Under 30 answers on either side the normal approximation behind `z` is not trusted.
MINIMUM_TO_COMPARE = 30

# Levels that count as satisfied at the top, and as dissatisfied at the bottom, by scale.
_LEVELS_AT_EACH_END: Mapping[int, int] = {3: 1, 5: 2}

Classe = Literal["insuffisant", "faible", "moyen", "bon"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a mark gets a class: from `minimum` answers; `bon` and `moyen` are marks out of 10."""

    minimum: int = 100
    bon: float = 8
    moyen: float = 5


NATIONAL = Thresholds()

# « Aide joignable »: 85 % and 70 %, a share that a mark on two levels is ten times.
NATIONAL_REACHED = Thresholds(bon=8.5, moyen=7)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the answers and its Wilson 95 % interval, 0 ≤ bas ≤ part ≤ haut ≤ 1."""

    part: float
    bas: float
    haut: float


@dataclass(frozen=True, slots=True)
class Taux:
    """How the answers share out; the three `part` add up to 1."""

    satisfaits: Part
    neutres: Part
    insatisfaits: Part


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one dimension. All but `n` and `affiche` are None when nobody answered.

    n            answers to this dimension
    note_sur_10  mean mark, unrounded, 0 to 10
    affiche      the same as people read it: « 7,9 », or « – » when nobody answered
    classe       judged on the unrounded mean, so « 8,0 » may be `moyen`
    intervalle   95 % interval of note_sur_10, cut to [0, 10]; None under 2 answers
    taux         None unless the scale has 3 or 5 levels: no other has an agreed middle
    net          share of satisfaits − share of insatisfaits, −1 to 1; None when taux is
    note_sur_5   note_sur_10 brought to 1..5, for the European feedback repository
    """

    n: int
    note_sur_10: float | None
    affiche: str
    classe: Classe | None
    intervalle: tuple[float, float] | None
    taux: Taux | None
    net: float | None
    note_sur_5: float | None


_NOBODY = Score(
    n=0,
    note_sur_10=None,
    affiche="–",
    classe=None,
    intervalle=None,
    taux=None,
    net=None,
    note_sur_5=None,
)


@dataclass(frozen=True, slots=True)
class Ecart:
    """What changed from one period to the next, in marks out of 10.

    `ecart` is None when one side has no answer. `z` is None when it cannot be computed: a side
    has fewer than 2 answers, or neither side varies. `significatif` is then False.
    """

    ecart: float | None
    z: float | None
    significatif: bool


def score(effectifs: Sequence[int], thresholds: Thresholds = NATIONAL) -> Score:
    """The figures of one histogram. ValueError on fewer than 2 levels or a negative count."""
    _check(effectifs)
    middle = mean(effectifs)
    if middle is None:
        return _NOBODY
    n = sum(effectifs)
    ends = _ends(effectifs)
    return Score(
        n=n,
        note_sur_10=float(middle),
        affiche=_display(middle),
        classe=_classe(middle, n, thresholds),
        intervalle=_intervalle(effectifs, middle),
        taux=_taux(*ends, n) if ends else None,
        net=(ends[0] - ends[1]) / n if ends else None,
        note_sur_5=float(1 + middle * Fraction(2, 5)),
    )


def compare(avant: Sequence[int], apres: Sequence[int]) -> Ecart:
    """The difference `apres` − `avant` of the means, and whether it is more than chance.

    z = difference / √(s₁²/n₁ + s₂²/n₂) (Welch 1947, normal limit). Both sides must have the same
    scale: the same opinion on 3 and on 5 levels does not give the same mark. Else ValueError.
    """
    _check_pair(avant, apres)
    mean_avant, mean_apres = mean(avant), mean(apres)
    if mean_avant is None or mean_apres is None:
        return Ecart(None, None, False)
    ecart = float(mean_apres - mean_avant)
    variances = _variance_ofmean(avant), _variance_ofmean(apres)
    if variances[0] is None or variances[1] is None or not any(variances):
        return Ecart(ecart, None, False)
    z = ecart / sqrt(variances[0] + variances[1])
    enough = min(sum(avant), sum(apres)) >= MINIMUM_TO_COMPARE
    return Ecart(ecart, z, enough and abs(z) >= Z95)


def merge(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The histogram of the answers of both. ValueError when the scales differ."""
    _check_pair(a, b)
    return tuple(m + n for m, n in zip(a, b, strict=True))


def _check(effectifs: Sequence[int]) -> None:
    if len(effectifs) < 2:
        raise ValueError(f"effectifs {list(effectifs)}: a scale has at least 2 levels")
    if min(effectifs) < 0:
        raise ValueError(f"effectifs {list(effectifs)}: a count is never negative")


def _check_pair(a: Sequence[int], b: Sequence[int]) -> None:
    _check(a)
    _check(b)
    if len(a) != len(b):
        raise ValueError(f"effectifs on {len(a)} and on {len(b)} levels: scales must be the same")


def mean(effectifs: Sequence[int]) -> Fraction | None:
    """The exact mean of the marks, None when nobody answered; much less work than a `Score`.

    Level i of k, from 1, is worth 10·(i−1)/(k−1).
    """
    n = sum(effectifs)
    if n == 0:
        return None
    return Fraction(10 * sum(i * c for i, c in enumerate(effectifs)), (len(effectifs) - 1) * n)


def _variance_ofmean(effectifs: Sequence[int]) -> Fraction | None:
    """s²/n in marks², s² with n−1; None under 2 answers.

    With ranks i = 0..k−1: s² = (10/(k−1))²·(n·Σi²c − (Σic)²) / (n·(n−1)).
    """
    n = sum(effectifs)
    if n < 2:
        return None
    first = sum(i * c for i, c in enumerate(effectifs))
    second = sum(i * i * c for i, c in enumerate(effectifs))
    return Fraction(100 * (n * second - first**2), (len(effectifs) - 1) ** 2 * n * n * (n - 1))


def _intervalle(effectifs: Sequence[int], mean: Fraction) -> tuple[float, float] | None:
    """mean ± Z95·s/√n, cut to [0, 10]."""
    variance = _variance_ofmean(effectifs)
    if variance is None:
        return None
    half = Z95 * sqrt(variance)
    return max(0.0, float(mean) - half), min(10.0, float(mean) + half)


def _display(mean: Fraction) -> str:
    """One decimal, half up: a mean of 6.25 reads « 6,3 », which float formatting rounds to 6.2."""
    units, tenths = divmod(floor(mean * 10 + Fraction(1, 2)), 10)
    return f"{units},{tenths}"


def _classe(mean: Fraction, n: int, thresholds: Thresholds) -> Classe:
    if n < thresholds.minimum:
        return "insuffisant"
    if mean >= exactly(thresholds.bon):
        return "bon"
    if mean >= exactly(thresholds.moyen):
        return "moyen"
    return "faible"


def exactly(threshold: float) -> Fraction:
    """A threshold of 7.9 is meant as 79/10; its float is slightly more, and would refuse a mean of
    exactly 7.9."""
    return Fraction(str(threshold))


def _ends(effectifs: Sequence[int]) -> tuple[int, int] | None:
    """How many are satisfied, how many dissatisfied; None where the scale does not say."""
    width = _LEVELS_AT_EACH_END.get(len(effectifs))
    if width is None:
        return None
    return sum(effectifs[-width:]), sum(effectifs[:width])


def _taux(satisfaits: int, insatisfaits: int, n: int) -> Taux:
    return Taux(
        satisfaits=part(satisfaits, n),
        neutres=part(n - satisfaits - insatisfaits, n),
        insatisfaits=part(insatisfaits, n),
    )


def part(k: int, n: int) -> Part:
    """k of n with its Wilson score interval (Wilson 1927, JASA 22, p. 209–212).

    (k + z²/2 ± z·√(k·(n−k)/n + z²/4)) / (n + z²). The bounds are held on their side of k/n,
    where the last bit of a float could put them across: at 0 and 1 they are exactly 0 and 1.
    """
    part = k / n
    middle = k + Z95**2 / 2
    half = Z95 * sqrt(k * (n - k) / n + Z95**2 / 4)
    size = n + Z95**2
    return Part(
        part=part,
        bas=min(part, max(0.0, (middle - half) / size)),
        haut=max(part, min(1.0, (middle + half) / size)),
    )
