"""All public démarches at a glance: each with the mark of its main question, and a rate. Pure.

The period is the twelve months up to now, a total (`publication.is_total`): from these alone no
month follows, so each mark is published as soon as it rests on enough answers. But for a démarche
whose main question was asked in other words too: there it is as its own page shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from collector.asked.choix import Choix, chosen
from collector.asked.periode import Periode, douze_mois
from collector.domain import Catalogue, Demarche, Structure
from collector.figures.mesures import Mesure, Question, Rules, effectifs, questions, same_question
from collector.figures.publication import is_withheld
from collector.scores import exactly, mean, score
from collector.store.contract import Answers

PAGE = 50

Effectifs = tuple[int, ...]


class Read(NamedTuple):
    """What the overview is made of: answers to the `main_dimensions` over the twelve months up to
    now; and those of démarches that were asked in several wordings, None where withheld."""

    answers: Sequence[Answers]
    divided: Mapping[int, Effectifs | None]


@dataclass(frozen=True, slots=True)
class Ligne:
    """One démarche, and the answers to the main question of its questionnaire in force."""

    demarche: Demarche
    structure: Structure
    mesure: Mesure


@dataclass(frozen=True, slots=True)
class Qualite:
    """« Taux de qualité des démarches en ligne »: of those with `minimum` answers, how many reach
    the mark `bon`. `ecartees` have fewer answers, and are always said beside the rate."""

    minimum: int
    bon: float
    bonnes: int
    jugees: int
    ecartees: int

    @property
    def taux(self) -> float | None:
        return self.bonnes / self.jugees if self.jugees else None


@dataclass(frozen=True, slots=True)
class Vue:
    """One page of the démarches asked for, and what is said of all of them."""

    choix: Choix
    periode: Periode
    rules: Rules
    lignes: tuple[Ligne, ...]
    total: int
    qualite: Qualite

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class _Found:
    """A démarche and its answers, before anything is worked out that only a page shows."""

    demarche: Demarche
    question: Question
    effectifs: tuple[int, ...]
    n: int
    mean: Fraction | None


def main_dimensions(catalogue: Catalogue) -> set[str]:
    """The codes of the main questions of all public démarches."""
    in_force = {each.questionnaire for each in catalogue.demarches.values() if each.shown}
    return {catalogue.questionnaires[id].principale.code for id in in_force}


def in_several_wordings(
    catalogue: Catalogue, counted: Mapping[int, Collection[str]]
) -> list[Demarche]:
    """The public démarches whose main question was ever answered in other words than today's;
    `counted` are the questionnaires that have counters, by démarche."""
    asked = {id: _main_question(id, catalogue) for id in catalogue.questionnaires}
    return [
        demarche
        for demarche in catalogue.public()
        if any(id not in asked[demarche.questionnaire].ids for id in counted.get(demarche.id, ()))
    ]


def overview(catalogue: Catalogue, read: Read, choix: Choix, today: date, rules: Rules) -> Vue:
    """The page asked for; empty past the last one."""
    found = _in_order(_found(catalogue, read, choix), choix, rules)
    start = PAGE * (choix.page - 1)
    return Vue(
        choix=choix,
        periode=douze_mois(today),
        rules=rules,
        lignes=tuple(_ligne(each, catalogue, rules) for each in found[start : start + PAGE]),
        total=len(found),
        qualite=_qualite(found, rules),
    )


def _found(catalogue: Catalogue, read: Read, choix: Choix) -> list[_Found]:
    by_demarche: defaultdict[int, list[Answers]] = defaultdict(list)
    for each in read.answers:
        by_demarche[each.demarche_id].append(each)
    meant = chosen(catalogue, choix)
    asked = {id: _main_question(id, catalogue) for id in {d.questionnaire for d in meant}}
    found = []
    for demarche in meant:
        question = asked[demarche.questionnaire]
        if demarche.id in read.divided:
            levels = read.divided[demarche.id] or (0,) * len(question.dimension.niveaux)
        else:
            levels = effectifs(question, by_demarche[demarche.id])
        found.append(_Found(demarche, question, levels, sum(levels), mean(levels)))
    return found


def _main_question(id: str, catalogue: Catalogue) -> Question:
    main = catalogue.questionnaires[id].principale
    return next(q for q in questions([id], catalogue) if same_question(q.dimension, main))


def _in_order(found: list[_Found], choix: Choix, rules: Rules) -> list[_Found]:
    """By what is asked, then by title. What is withheld comes last, and its order tells nothing."""

    def rank(each: _Found) -> float:
        if each.mean is None or is_withheld(each.n, rules.threshold):
            return 1  # a mark or a number is 0 at least, and its negative comes before
        return -float(each.mean) if choix.tri == "note" else -each.n

    return found if choix.tri == "titre" else sorted(found, key=rank)


def _qualite(found: Sequence[_Found], rules: Rules) -> Qualite:
    # Never about a figure that is withheld, however low the minimum is set.
    minimum = max(rules.thresholds.minimum, rules.threshold)
    bon = exactly(rules.thresholds.bon)
    judged = [each.mean for each in found if each.mean is not None and each.n >= minimum]
    return Qualite(
        minimum=minimum,
        bon=rules.thresholds.bon,
        bonnes=sum(mean >= bon for mean in judged),
        jugees=len(judged),
        ecartees=len(found) - len(judged),
    )


def _ligne(found: _Found, catalogue: Catalogue, rules: Rules) -> Ligne:
    structure = catalogue.structures[found.demarche.structure_id]
    ids = tuple(sorted(found.question.ids))
    if is_withheld(found.n, rules.threshold):
        mesure = Mesure(found.question.dimension, ids, None, None)
    else:
        figures = score(found.effectifs, rules.thresholds)
        mesure = Mesure(found.question.dimension, ids, found.effectifs, figures)
    return Ligne(found.demarche, structure, mesure)
