"""What is shown of one period: avis, openings, and the answers to each question. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.asked.periode import Periode
from collector.domain import Catalogue, Demarche, Dimension
from collector.figures.multiples import MesureChoix
from collector.scores import Score, Thresholds, score
from collector.store.contract import Count, Counted


@dataclass(frozen=True, slots=True)
class Rules:
    """`threshold`: fewest answers a public figure rests on. `thresholds`: those of the classes."""

    threshold: int
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Mesure:
    """The answers to one question, over the questionnaires that ask it with the same words.

    `effectifs` are counts from the lowest level to the highest; None when withheld. Then
    `questionnaires` are those of the whole that is looked at: which were in use in the period
    would tell whether anybody came.
    """

    dimension: Dimension
    questionnaires: tuple[str, ...]
    effectifs: tuple[int, ...] | None
    score: Score | None


@dataclass(frozen=True, slots=True)
class Tranche:
    """One period. `avis` and `ouvertures` are None when withheld. `en_cours`: not over yet."""

    periode: Periode
    en_cours: bool
    avis: int | None
    ouvertures: int | None
    mesures: tuple[Mesure, ...]
    choix: tuple[MesureChoix, ...] = ()

    @property
    def taux_ouverture_avis(self) -> float | None:
        """Avis received for one opening of the form."""
        return self.avis / self.ouvertures if self.avis is not None and self.ouvertures else None


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and every questionnaire that asks it with the same words and scale.

    Answers to other words or another scale stay apart: they are never averaged together.
    """

    dimension: Dimension
    ids: frozenset[str]
    en_usage: frozenset[str]

    def counts(self, count: Counted) -> bool:
        return count.dimension == self.dimension.code and count.questionnaire in self.ids

    def is_part_of(self, other: Question) -> bool:
        """Whether who answers this one has answered the other, or one like it."""
        return not self.dimension.obligatoire and bool(self.ids & other.ids)


def questions(ids: Iterable[str], catalogue: Catalogue) -> list[Question]:
    """Each question of these questionnaires, once."""
    ids = list(dict.fromkeys(ids))
    found: list[Question] = []
    for id in ids:
        for dimension in catalogue.questionnaires[id].dimensions:
            if not any(same_question(known.dimension, dimension) for known in found):
                asking = _asking(dimension, catalogue)
                found.append(Question(dimension, asking, asking.intersection(ids)))
    return found


def listed(
    counts: Iterable[Count], demarche: Demarche, catalogue: Catalogue, is_shown: bool
) -> list[Question]:
    """What a period is said to ask: the questionnaires met in it, if it may be told at all that
    somebody came; else the one in force."""
    return questions(met(counts, demarche, is_shown), catalogue)


def met(counts: Iterable[Count], demarche: Demarche, is_shown: bool) -> list[str]:
    """The questionnaires of a period: see `listed`."""
    return [c.questionnaire for c in counts] if is_shown else [demarche.questionnaire]


def same_question(a: Dimension, b: Dimension) -> bool:
    return (a.code, a.question, a.niveaux) == (b.code, b.question, b.niveaux)


def mesure(question: Question, counts: Sequence[Counted], is_shown: bool, rules: Rules) -> Mesure:
    if not is_shown:
        return Mesure(question.dimension, tuple(sorted(question.en_usage)), None, None)
    ids = question.ids & {c.questionnaire for c in counts}
    found = effectifs(question, counts)
    figures = score(found, rules.thresholds)
    return Mesure(question.dimension, tuple(sorted(ids)), found, figures)


def effectifs(question: Question, counts: Iterable[Counted]) -> tuple[int, ...]:
    """How many answered each level, the lowest first."""
    found = [0] * len(question.dimension.niveaux)
    for c in filter(question.counts, counts):
        found[c.note - 1] += c.n
    return tuple(found)


def _asking(dimension: Dimension, catalogue: Catalogue) -> frozenset[str]:
    return frozenset(
        questionnaire.id
        for questionnaire in catalogue.questionnaires.values()
        if any(same_question(dimension, each) for each in questionnaire.dimensions)
    )
