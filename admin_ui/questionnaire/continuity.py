"""What becomes of the figures when a démarche asks another questionnaire. Pure.

The rule is that of figures: answers add up where code, words and scale are the same, in every
language. Anything else is another question, and a break in the curve of that code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from collector.domain import ChoixMultiple, Dimension, Questionnaire
from collector.figures.mesures import same_question

Sort = Literal["continue", "reprend", "rupture", "nouvelle", "finit"]
"""`reprend`: was asked before, in the same words, but not last. `finit`: is not asked any more."""


@dataclass(frozen=True, slots=True)
class Devenir:
    """One question, as it will be asked, or as it was if it is not any more."""

    dimension: Dimension | ChoixMultiple
    sort: Sort


@dataclass(frozen=True, slots=True)
class Effets:
    """What changes from one questionnaire to another. `principale`: the question that stands for
    the others will be another one; `langues`: those in which the form is not offered any more."""

    questions: tuple[Devenir, ...]
    principale: bool
    langues: frozenset[str]
    commentaire: Literal["reste", "vient", "finit", "aucun"]

    @property
    def ruptures(self) -> tuple[Dimension | ChoixMultiple, ...]:
        return tuple(each.dimension for each in self.questions if each.sort == "rupture")


def effets(
    before: Questionnaire, after: Questionnaire, earlier: Iterable[Questionnaire] = ()
) -> Effets:
    """`earlier`: those that the démarche had before the last one."""
    asked = [each for questionnaire in earlier for each in _asked(questionnaire)]
    kept = {each.code for each in _asked(after)}
    return Effets(
        (
            *(Devenir(each, _sort(each, _asked(before), asked)) for each in _asked(after)),
            *(Devenir(each, "finit") for each in _asked(before) if each.code not in kept),
        ),
        not same_question(before.principale, after.principale),
        before.langues - after.langues,
        _commentaire(before, after),
    )


def _asked(questionnaire: Questionnaire) -> list[Dimension | ChoixMultiple]:
    return [*questionnaire.dimensions, *questionnaire.choix]


def _sort(
    asked: Dimension | ChoixMultiple,
    before: list[Dimension | ChoixMultiple],
    earlier: list[Dimension | ChoixMultiple],
) -> Sort:
    if any(_same(each, asked) for each in before):
        return "continue"
    if any(_same(each, asked) for each in earlier):
        return "reprend"
    known = any(each.code == asked.code for each in (*before, *earlier))
    return "rupture" if known else "nouvelle"


def _same(a: Dimension | ChoixMultiple, b: Dimension | ChoixMultiple) -> bool:
    """The rule of figures; of a choice question, its options and what is asked next count too."""
    if isinstance(a, Dimension) and isinstance(b, Dimension):
        return same_question(a, b)
    return a == b


def _commentaire(
    before: Questionnaire, after: Questionnaire
) -> Literal["reste", "vient", "finit", "aucun"]:
    if after.commentaire:
        return "reste" if before.commentaire else "vient"
    return "finit" if before.commentaire else "aucun"
