"""What changed: from one period to another, and where a question was asked in other words. Pure.

Both are made of published figures alone, so they tell nothing that these do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from collector.asked.periode import Periode
from collector.figures.mesures import Mesure, Tranche, same_question
from collector.scores import Ecart, compare

_NONE = Ecart(None, None, False)


@dataclass(frozen=True, slots=True)
class Comparaison:
    """The other period, and what changed since: an `Ecart` for each question of the first one.

    An `Ecart` of None where either side is withheld, or did not ask in the same words.
    """

    avant: Tranche
    ecarts: tuple[Ecart, ...]


@dataclass(frozen=True, slots=True)
class Rupture:
    """Where answers to one question stop being comparable: its words or scale changed.

    `periode` is the first one that shows answers to the new words; `avant` and `apres` are the
    questionnaires before and from there on.
    """

    dimension: str
    periode: Periode
    avant: tuple[str, ...]
    apres: tuple[str, ...]


def comparaison(avant: Tranche, apres: Tranche) -> Comparaison:
    return Comparaison(avant, tuple(_ecart(avant, mesure) for mesure in apres.mesures))


def _ecart(avant: Tranche, apres: Mesure) -> Ecart:
    before = next(
        (each for each in avant.mesures if same_question(each.dimension, apres.dimension)), None
    )
    if before is None or before.effectifs is None or apres.effectifs is None:
        return _NONE
    return compare(before.effectifs, apres.effectifs)


def ruptures(whole: Sequence[Tranche], steps: Sequence[Tranche]) -> tuple[Rupture, ...]:
    """The breaks within `steps`; those that no step shows, within the longer periods `whole`."""
    found = list(_ruptures(steps))
    known = {each.dimension for each in found}
    return (*found, *(each for each in _ruptures(whole) if each.dimension not in known))


def as_left(avant: Tranche, apres: Tranche) -> Tranche:
    """`avant` without the words that others had replaced before it ended, which are those that go
    on in `apres`: what changed within it broke nothing since."""
    gone_on = [mesure.dimension for mesure in apres.mesures if any(mesure.effectifs or ())]

    def goes_on(mesure: Mesure) -> bool:
        same = (same_question(mesure.dimension, each) for each in gone_on)
        return any(mesure.effectifs or ()) and any(same)

    codes = {mesure.dimension.code for mesure in avant.mesures if goes_on(mesure)}
    kept = (m for m in avant.mesures if goes_on(m) or m.dimension.code not in codes)
    return replace(avant, mesures=tuple(kept))


def _ruptures(tranches: Iterable[Tranche]) -> Iterable[Rupture]:
    last: dict[str, Mesure] = {}
    for tranche in tranches:
        for mesure in _as_they_followed(tranche, last):
            code = mesure.dimension.code
            before = last.get(code)
            if before is not None and not same_question(before.dimension, mesure.dimension):
                ids = before.questionnaires, mesure.questionnaires
                yield Rupture(code, tranche.periode, *ids)
            last[code] = mesure


def _as_they_followed(tranche: Tranche, last: dict[str, Mesure]) -> list[Mesure]:
    """What is shown; of two wordings in one period, the one that was in use before it first."""

    def is_new(mesure: Mesure) -> bool:
        before = last.get(mesure.dimension.code)
        return before is None or not same_question(before.dimension, mesure.dimension)

    return sorted((m for m in tranche.mesures if m.effectifs is not None), key=is_new)
