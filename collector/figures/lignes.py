"""Figures as lines of a table: a question, an option of a choice, or what is asked about options.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collector.domain import Texte
from collector.figures.mesures import Mesure, Tranche
from collector.figures.multiples import Histogramme, MesureChoix, MesureSuite, PartOption
from collector.scores import Part, Score


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `effectifs` from the lowest level to the highest, None when withheld.

    An option of a choice has two levels, not ticked and ticked, a `part` and no mark; what is asked
    about options has both; a question of its own has a mark.
    """

    code: str
    question: str
    questionnaires: tuple[str, ...]
    niveaux: int
    effectifs: tuple[int, ...] | None
    score: Score | None = None
    part: Part | None = None


def lines(tranche: Tranche) -> Iterator[Line]:
    """All of a period, in the order it is asked; suites by option where these are known."""
    for mesure in tranche.mesures:
        yield _of_question(mesure)
    for choix in tranche.choix:
        options = choix.options or [PartOption(each, 0, None) for each in choix.choix.options]
        for option in options:
            yield _of_option(choix, option)
        for suite in choix.suites:
            yield from _of_suite(choix, suite)


def _of_question(mesure: Mesure) -> Line:
    asked = mesure.dimension
    levels = len(asked.niveaux)
    about = asked.code, asked.question["fr"], mesure.questionnaires, levels
    return Line(*about, mesure.effectifs, mesure.score)


def _of_option(mesure: MesureChoix, option: PartOption) -> Line:
    asked = mesure.choix
    question = _both(asked.question, option.option.libelle)
    about = f"{asked.code}.{option.option.code}", question, mesure.questionnaires, 2
    effectifs = None if mesure.n is None else (mesure.n - option.n, option.n)
    return Line(*about, effectifs, part=option.part)


def _of_suite(choix: MesureChoix, mesure: MesureSuite) -> Iterator[Line]:
    suite, ids = mesure.suite, choix.questionnaires
    yield _line(suite.code, suite.question["fr"], ids, len(suite.niveaux), mesure.ensemble)
    for option, found in mesure.par_option:
        question = _both(option.libelle, suite.question)
        yield _line(f"{suite.code}.{option.code}", question, ids, len(suite.niveaux), found)


def _line(
    code: str, question: str, ids: tuple[str, ...], levels: int, found: Histogramme | None
) -> Line:
    if found is None:
        return Line(code, question, ids, levels, None)
    return Line(code, question, ids, levels, found.effectifs, found.score, found.tete)


def _both(first: Texte, second: Texte) -> str:
    return f"{first['fr']} – {second['fr']}"
