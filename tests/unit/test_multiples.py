"""Counters of choice questions to figures, beside figures worked out by hand; and what of them may
be told to anyone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import jsonschema_rs
import pytest

from collector.asked.filtre import Filtre
from collector.asked.periode import annee
from collector.config import resource
from collector.domain import Bouton, Catalogue, Questionnaire
from collector.figures.mesures import Rules
from collector.figures.multiples import (
    MesureChoix,
    choice_questions,
    mesure_choix,
    people,
    respondents,
)
from collector.figures.shown import Figures, bouton_figures, public_figures
from collector.figures.written import figures_as_csv, figures_as_dict
from collector.scores import NATIONAL, score
from collector.store.contract import Count
from tests.choices import AIDE, AIDEE, AIDER, JDMA
from tests.world import VILLE

RULES = Rules(11, NATIONAL)
TODAY = date(2026, 12, 22)
YEAR = Filtre(annee(TODAY))
OTHER = replace(JDMA, id="autre-1")
JOINT, QUALITE = AIDE.suites


def catalogue(*questionnaires: Questionnaire) -> Catalogue:
    known = {q.id: q for q in (JDMA, *questionnaires)}
    autre = Bouton("b2b2b2", AIDEE.id, "Autre")
    return Catalogue(1, {1: VILLE}, {AIDEE.id: AIDEE}, {AIDER.code: AIDER, "b2b2b2": autre}, known)


def counts(
    respondents: int,
    cells: Mapping[str, Mapping[int, int]],
    mois: str = "2026-03",
    id: str = JDMA.id,
) -> list[Count]:
    """Counters of a month: so many avis, all satisfied, all with an answer about help."""
    return [
        Count(mois, id, "avis", 1, respondents),
        Count(mois, id, "satisfaction", 3, respondents),
        Count(mois, id, "aide", 1, respondents),
        *(Count(mois, id, name, i, n) for name, levels in cells.items() for i, n in levels.items()),
    ]


HELP = {
    "aide.telephone": {1: 60},
    "aide.guichet": {1: 40},
    "aide.aucune": {1: 50},
    "joint.telephone": {1: 10, 2: 50},
    "joint.guichet": {1: 5, 2: 35},
    "qualite.telephone": {1: 10, 3: 10, 5: 20},
    "qualite.guichet": {4: 10},
}


FEW = {"aide.telephone": {1: 5}, "joint.telephone": {2: 5}}


def measured(found: list[Count]) -> MesureChoix:
    [question] = choice_questions([JDMA.id], catalogue())
    return mesure_choix(question, found, NATIONAL)


# By hand


def test_shares_of_options_are_of_those_who_ticked_any() -> None:
    mesure = measured(counts(125, HELP))
    assert mesure.n == 125
    assert mesure.options
    found = {each.option.code: (each.n, each.part and each.part.part) for each in mesure.options}
    assert found["telephone"] == (60, 0.48)
    assert found["guichet"] == (40, 0.32)
    assert found["proche"] == (0, 0.0)
    assert mesure.autonomie
    assert (mesure.autonomie.option.code, mesure.autonomie.n) == ("aucune", 50)
    part = mesure.autonomie.part
    assert part
    # Wilson: (50 + z²/2 ± z·√(50·75/125 + z²/4)) / (125 + z²), z² = 3.8415
    assert (part.part, round(part.bas, 4), round(part.haut, 4)) == (0.4, 0.3183, 0.4876)


def test_who_was_reached_is_a_share_of_answers_about_channels() -> None:
    joint = measured(counts(125, HELP)).suites[0].ensemble
    assert joint
    assert joint.effectifs == (15, 85)
    assert joint.tete
    assert joint.tete.part == 0.85
    assert joint.score.classe == "bon"  # 85 % exactly
    part = joint.tete
    # (85 + z²/2 ± z·√(85·15/100 + z²/4)) / (100 + z²)
    assert (round(part.bas, 4), round(part.haut, 4)) == (0.7672, 0.9069)


def test_how_good_the_help_was_is_a_mark_over_all_channels() -> None:
    qualite = measured(counts(125, HELP)).suites[1]
    assert qualite.ensemble
    assert qualite.ensemble.effectifs == (10, 0, 10, 10, 20)
    # (10·0 + 10·5 + 10·7.5 + 20·10) / 50
    assert qualite.ensemble.score.note_sur_10 == 6.5
    assert qualite.ensemble.score.classe == "insuffisant"
    by_option = {option.code: each for option, each in qualite.par_option}
    assert [*by_option] == ["guichet", "telephone", "courriel", "messagerie"]
    assert by_option["guichet"].score == score((0, 0, 0, 10, 0))
    assert by_option["telephone"].effectifs == (10, 0, 10, 0, 20)
    assert by_option["courriel"].tete is None


@pytest.mark.parametrize(
    ("reached", "classe"),
    [(85, "bon"), (84, "moyen"), (70, "moyen"), (69, "faible")],
)
def test_classes_of_who_was_reached_are_the_national_ones(reached: int, classe: str) -> None:
    found = measured(counts(100, {"joint.telephone": {1: 100 - reached, 2: reached}}))
    assert found.suites[0].ensemble
    assert found.suites[0].ensemble.score.classe == classe
    fewer = measured(counts(99, {"joint.telephone": {2: 99}})).suites[0].ensemble
    assert fewer
    assert fewer.score.classe == "insuffisant"


def test_nobody_has_neither_share_nor_mark() -> None:
    mesure = measured(counts(0, {}))
    assert mesure.autonomie
    assert (mesure.n, mesure.autonomie.part) == (0, None)
    assert all(s.ensemble and s.ensemble.tete is None for s in mesure.suites)


# Which answers belong together


def test_the_same_words_are_added_up_and_other_options_are_not() -> None:
    fewer = replace(AIDE, options=AIDE.options[:-1])
    third = replace(JDMA, id="moins-1", choix=(fewer,))
    ids = [JDMA.id, OTHER.id, third.id]
    found = choice_questions(ids, catalogue(OTHER, third))
    assert [sorted(each.ids) for each in found] == [["autre-1", "jdma-2024"], ["moins-1"]]
    both = counts(20, FEW) + counts(5, FEW, id=OTHER.id) + counts(9, FEW, id=third.id)
    assert [mesure_choix(each, both, NATIONAL).n for each in found] == [25, 9]


# What may be told


def public(found: list[Count], filtre: Filtre = YEAR) -> Figures:
    return public_figures(AIDEE, catalogue(), found, filtre, TODAY, RULES)


def test_public_figures_say_options_and_suites_all_together() -> None:
    figures = public(counts(125, HELP))
    [choix] = figures.total.choix
    assert choix.n == 125
    assert [s.ensemble and s.ensemble.effectifs for s in choix.suites] == [
        (15, 85),
        (10, 0, 10, 10, 20),
    ]
    assert all(suite.par_option == () for suite in choix.suites)


def test_few_people_behind_many_answers_are_withheld() -> None:
    """Eleven people at least have to stand behind answers, and four channels are one person's."""
    ten = {f"joint.{each}": {2: 10} for each in ("guichet", "telephone", "courriel", "messagerie")}
    [choix] = public(counts(30, ten)).total.choix
    assert choix.n == 30
    assert choix.suites[0].ensemble is None
    [choix] = public(counts(30, {**ten, "joint.telephone": {2: 11}})).total.choix
    assert choix.suites[0].ensemble
    assert sum(choix.suites[0].ensemble.effectifs) == 41


def test_people_are_counted_by_the_option_with_most_answers_of_each_month() -> None:
    [question] = choice_questions([JDMA.id], catalogue())
    found = counts(50, {"joint.telephone": {1: 4, 2: 4}, "joint.guichet": {2: 5}}) + counts(
        50, {"joint.telephone": {2: 1}, "joint.guichet": {2: 6}}, "2026-04"
    )
    assert people(question, JOINT, found) == {"2026-03": 8, "2026-04": 6}
    assert people(question, QUALITE, found) == {}
    assert respondents(question, found) == {"2026-03": 50, "2026-04": 50}


def by_month(numbers: Mapping[int, int], name: str = "joint.telephone") -> list[Count]:
    """So many answers in each month, of 60 people who answered about help."""
    return [
        each
        for month in range(1, 13)
        for each in counts(60, {name: {2: numbers.get(month, 20)}}, f"2026-{month:02}")
    ]


def hidden(figures: Figures, rank: int = 0) -> list[int]:
    """The months whose suite of that rank is withheld."""
    return [
        number
        for number, tranche in enumerate(figures.tranches, 1)
        if tranche.choix[0].suites[rank].ensemble is None
    ]


def test_a_small_month_takes_another_along_so_that_it_does_not_follow() -> None:
    """« 240 in the year, less the eleven others » would be the month that is withheld."""
    figures = public(by_month({3: 5, 7: 18}), Filtre(annee(TODAY), "mois"))
    assert figures.total.choix[0].suites[0].ensemble
    assert hidden(figures) == [3, 7]
    assert all(tranche.choix[0].n == 60 for tranche in figures.tranches)


def test_a_suite_hides_what_the_one_before_it_hides() -> None:
    found = by_month({3: 5, 7: 18}) + [
        Count(f"2026-{month:02}", JDMA.id, "qualite.telephone", 4, 14 if month != 3 else 5)
        for month in range(1, 13)
    ]
    figures = public(found, Filtre(annee(TODAY), "mois"))
    assert set(hidden(figures)) <= set(hidden(figures, 1))
    assert len(hidden(figures, 1)) >= 2


def test_what_too_few_answered_is_withheld_whole() -> None:
    [choix] = public(counts(10, FEW)).total.choix
    assert (choix.n, choix.options, choix.questionnaires) == (None, None, (JDMA.id,))
    assert [suite.suite.code for suite in choix.suites] == ["joint", "qualite"]


def test_the_figures_of_a_bouton_do_not_give_those_of_another_away() -> None:
    small = counts(30, {"joint.telephone": {2: 5}})
    large = counts(90, {"joint.telephone": {2: 60}})
    by_bouton = {AIDER.code: large, "b2b2b2": small}

    def of(code: str) -> MesureChoix:
        filtre = Filtre(annee(TODAY), bouton=code)
        figures = bouton_figures(AIDEE, catalogue(), by_bouton, filtre, TODAY, RULES)
        return figures.total.choix[0]

    assert of("b2b2b2").n == 30
    assert of("b2b2b2").suites[0].ensemble is None
    assert of(AIDER.code).suites[0].ensemble is None  # the whole is known, the rest would follow
    by_bouton["b2b2b2"] = counts(30, {"joint.telephone": {2: 11}})
    assert of(AIDER.code).suites[0].ensemble


# Written


def test_figures_fit_their_schema_shown_or_withheld() -> None:
    schema = json.loads(resource("schemas", "scores.v1.json").read_text("utf-8"))
    for counted, retenu in ((counts(125, HELP), False), (counts(10, FEW), True)):
        filtre = Filtre(annee(TODAY), "mois", comparer="precedente")
        found = json.loads(json.dumps(figures_as_dict(public(counted, filtre))))
        jsonschema_rs.validate(schema, found)
        [choix] = found["total"]["choix"]
        assert choix["retenu"] == retenu
    broken = {**found, "total": {**found["total"], "choix": []}}
    assert not jsonschema_rs.is_valid(schema, broken)


def test_the_file_has_a_line_for_each_option_and_suite() -> None:
    lines = figures_as_csv(public(counts(125, HELP))).split("\r\n")
    named = {cells[8]: cells for cells in (line.split(",") for line in lines if line)}
    assert named["aide.telephone"][10:] == [
        "false", "125", "", "", "", "", "65 60", "0.48", *named["aide.telephone"][18:],
    ]  # fmt: skip
    assert named["joint"][11:17] == ["100", "8.5", "bon", *named["joint"][14:16], "15 85"]
    withheld = figures_as_csv(public(counts(10, FEW))).split("\r\n")
    assert any(",aide.telephone,jdma-2024,true,,,,,,,,," in line for line in withheld)
