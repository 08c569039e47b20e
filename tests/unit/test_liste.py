"""The démarches somebody may see: which ones, in which order, with which figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from admin_ui.demarches.liste import (
    PAGE,
    Demande,
    Liste,
    main_codes,
    make_list,
    parse_demande,
    period,
    trait,
)
from collector.catalogue import shipped_questionnaires
from collector.domain import Catalogue, Demarche, Structure
from collector.scores import NATIONAL, compare, score
from collector.store.listing import MonthAnswers

TODAY = date(2026, 11, 22)
VILLE, ECOLES = Structure(1, "Ville"), Structure(2, "Écoles", None, 1)
CARTE = Demarche(1, "carte", "Une carte", 1, "standard-1")
ECOLE = Demarche(2, "ecole", "L’école", 2, "standard-1")
ACTE = Demarche(3, "acte", "Un acte", 1, "satisfaction-seule-1")
VIEILLE = Demarche(4, "vieille", "Une vieille", 1, "standard-1", archivee=True)
ALL = (CARTE, ECOLE, ACTE, VIEILLE)


def catalogue(demarches: tuple[Demarche, ...] = ALL) -> Catalogue:
    return Catalogue(
        1, {1: VILLE, 2: ECOLES}, {each.id: each for each in demarches}, {},
        shipped_questionnaires(),
    )  # fmt: skip


def answers(demarche: Demarche, mois: str, *levels: int, **other: str) -> list[MonthAnswers]:
    """How many answered each level of satisfaction in a month, from the worst."""
    questionnaire = other.get("questionnaire", demarche.questionnaire)
    return [
        MonthAnswers(demarche.id, mois, questionnaire, "satisfaction", level, n)
        for level, n in enumerate(levels, 1)
    ]


COUNTS = [
    *answers(CARTE, "2026-11", 0, 0, 10),
    *answers(CARTE, "2026-10", 10, 0, 0),
    *answers(CARTE, "2025-11", 0, 40, 0),
    *answers(ECOLE, "2026-01", 40, 0, 0),
    *answers(ECOLE, "2025-02", 0, 0, 40),
]


def a_list(demarches: tuple[Demarche, ...] = ALL, **asked: object) -> Liste:
    demande = Demande(**asked)  # type: ignore[arg-type]
    return make_list(catalogue(demarches), demarches, COUNTS, demande, TODAY, NATIONAL)


def slugs(liste: Liste) -> list[str]:
    return [each.demarche.slug for each in liste.lignes]


def test_what_is_read_is_twelve_months_and_the_twelve_before() -> None:
    assert period(TODAY) == ("2024-12", "2026-11")
    assert main_codes(catalogue(), ALL) == {"satisfaction"}


def test_figures_are_those_of_twelve_months_and_the_change_since() -> None:
    carte = next(each for each in a_list().lignes if each.demarche == CARTE)
    assert carte.score == score((10, 0, 10), NATIONAL)
    assert carte.ecart == compare((0, 40, 0), (10, 0, 10))
    assert carte.points == (*(None,) * 10, 0.0, 10.0)
    ecole = next(each for each in a_list().lignes if each.demarche == ECOLE)
    assert (ecole.ecart.ecart, ecole.ecart.significatif) == (-10.0, False)
    assert a_list((ACTE,)).lignes[0].score.note_sur_10 is None


def test_other_words_are_another_question() -> None:
    """Answers to it are not averaged with those to the words of today."""
    moved = replace(ACTE, questionnaire="standard-facile-1")
    counts = answers(moved, "2026-11", 0, 0, 5, questionnaire="standard-1")
    liste = make_list(catalogue((moved,)), (moved,), counts, Demande(), TODAY, NATIONAL)
    asked = shipped_questionnaires()
    same = asked["standard-1"].principale == asked["standard-facile-1"].principale
    assert liste.lignes[0].score.n == (5 if same else 0)


def test_the_list_is_by_structure_then_by_title() -> None:
    liste = a_list()
    assert slugs(liste) == ["ecole", "acte", "carte"]
    assert [(s and s.nom, len(lignes)) for s, lignes in liste.groupes] == [
        ("Écoles", 1), ("Ville", 2),
    ]  # fmt: skip
    assert [s for s, _ in a_list((CARTE, ACTE)).groupes] == [None]
    assert [s for s, _ in a_list(tri="note").groupes] == [None]


@pytest.mark.parametrize(
    ("tri", "order"),
    [
        ("note", ["ecole", "carte", "acte"]),
        ("avis", ["ecole", "carte", "acte"]),
        ("ecart", ["ecole", "carte", "acte"]),
    ],
)
def test_what_there_is_to_do_comes_first(tri: str, order: list[str]) -> None:
    assert slugs(a_list(tri=tri)) == order


def test_archived_ones_are_apart() -> None:
    assert "vieille" not in slugs(a_list())
    assert slugs(a_list(archivees=True)) == ["vieille"]
    assert (a_list().total, a_list().archivees) == (3, 1)


@pytest.mark.parametrize(
    ("q", "found"),
    [("ECOLE", ["ecole"]), ("ville carte", ["carte"]), ("ecoles l’", ["ecole"]), ("x", [])],
)
def test_words_are_looked_for_in_titles_and_structures(q: str, found: list[str]) -> None:
    assert slugs(a_list(q=q)) == found


def test_a_long_list_has_pages() -> None:
    many = tuple(Demarche(i, f"d-{i:03}", f"D {i:03}", 1, "standard-1") for i in range(1, 121))
    first, last = a_list(many), a_list(many, page=3)
    assert (first.pages, len(first.lignes), len(last.lignes)) == (3, PAGE, 20)
    assert slugs(last)[0] == "d-101"
    assert slugs(a_list(many, page=9)) == []


@pytest.mark.parametrize(
    ("query", "demande"),
    [
        ({}, Demande()),
        ({"q": " a ", "tri": "note", "archivees": "x", "page": "2"}, Demande("a", "note", True, 2)),
        ({"tri": "<b>", "page": "-1"}, Demande()),
        ({"page": "٣", "q": "x" * 300}, Demande(q="x" * 200)),
        ({"page": "9" * 30}, Demande()),
    ],
)  # fmt: skip
def test_an_address_that_means_nothing_is_the_first_page(
    query: dict[str, str], demande: Demande
) -> None:
    assert parse_demande(query) == demande


def test_a_month_without_answers_is_a_gap_in_the_drawing() -> None:
    assert trait((10.0, 0.0, None, 5.0)) == "M0 2L24 26M72 14h2"
    assert trait((None, None)) == ""
    assert trait((5.0,)) == "M0 14h2"
