"""All démarches at a glance: their marks, their order, and the rate of those that are good."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.choix import Choix, Tri
from collector.asked.periode import douze_mois
from collector.domain import Catalogue, Demarche, Dimension, Questionnaire, Structure
from collector.figures.mesures import Rules
from collector.figures.overview import PAGE, Read, Vue, main_dimensions, overview
from collector.scores import Thresholds, score
from collector.store.contract import Answers

TODAY = date(2026, 11, 22)
RULES = Rules(11, Thresholds())


def texte(words: str) -> dict[str, str]:
    return {"fr": words, "en": words}


CLARTE = Dimension("clarte", texte("Clair ?"), tuple(map(texte, "abcde")))
CONTENT = Dimension("content", texte("Content ?"), tuple(map(texte, "abc")), obligatoire=True)
QUESTIONNAIRES = {
    "a-1": Questionnaire("a-1", texte("A"), (CLARTE, CONTENT)),
    "a-2": Questionnaire("a-2", texte("A"), (CONTENT,)),
    "b-1": Questionnaire("b-1", texte("B"), (replace(CONTENT, question=texte("Heureux ?")),)),
}


def a_catalogue(n: int, questionnaire: str = "a-1") -> Catalogue:
    demarches = {
        i: Demarche(i, f"d-{i}", f"Titre {i:03}", 1, questionnaire, publique=True)
        for i in range(1, n + 1)
    }
    return Catalogue(1, {1: Structure(1, "Ville")}, demarches, {}, QUESTIONNAIRES)


def answers(
    id: int, *effectifs: int, questionnaire: str = "a-1", dimension: str = "content"
) -> list[Answers]:
    levels = enumerate(effectifs, 1)
    return [Answers(id, questionnaire, dimension, level, n) for level, n in levels]


def seen(catalogue: Catalogue, rows: list[Answers], rules: Rules = RULES, **choix: object) -> Vue:
    return overview(catalogue, Read(rows, {}), Choix(**choix), TODAY, rules)  # type: ignore[arg-type]


def test_the_main_question_is_the_first_that_has_to_be_answered() -> None:
    assert main_dimensions(a_catalogue(1)) == {"content"}
    assert QUESTIONNAIRES["a-1"].principale == CONTENT
    assert Questionnaire("c-1", texte("C"), (CLARTE,)).principale == CLARTE


def test_each_demarche_has_the_figures_of_its_main_question() -> None:
    vue = seen(a_catalogue(2), answers(1, 10, 20, 30) + answers(2, 1, 1, 1))
    assert [(x.demarche.id, x.mesure.effectifs, x.mesure.score) for x in vue.lignes] == [
        (1, (10, 20, 30), score((10, 20, 30))),
        (2, None, None),
    ]
    assert (vue.total, vue.pages, vue.periode) == (2, 1, douze_mois(TODAY))


def test_answers_to_the_same_words_count_and_to_other_words_do_not() -> None:
    rows = [
        *answers(1, 5, 5, 5),
        *answers(1, 5, 5, 5, questionnaire="a-2"),
        *answers(1, 90, 90, 90, questionnaire="b-1"),
        *answers(1, 9, 9, 9, 9, 9, dimension="clarte"),
    ]
    [ligne] = seen(a_catalogue(1), rows).lignes
    assert ligne.mesure.effectifs == (10, 10, 10)


def test_the_rate_is_of_those_with_enough_answers_and_says_how_many_are_left_out() -> None:
    rows = [
        *answers(1, 20, 0, 80),  # exactly 8
        *answers(2, 21, 0, 79),
        *answers(3, 0, 0, 99),
        *answers(4, 0, 0, 3),
    ]
    found = seen(a_catalogue(5), rows).qualite
    assert (found.bonnes, found.jugees, found.ecartees, found.taux) == (1, 2, 3, 0.5)
    nobody = seen(a_catalogue(2), []).qualite
    assert (nobody.jugees, nobody.ecartees, nobody.taux) == (0, 2, None)


def test_the_rate_never_rests_on_what_is_withheld() -> None:
    rules = Rules(11, Thresholds(minimum=5))
    found = seen(a_catalogue(2), answers(1, 0, 0, 10) + answers(2, 0, 0, 11), rules).qualite
    assert (found.minimum, found.jugees, found.ecartees) == (11, 1, 1)


@pytest.mark.parametrize(
    ("tri", "ids"), [("titre", [1, 2, 3, 4]), ("note", [3, 1, 2, 4]), ("avis", [1, 3, 2, 4])]
)
def test_the_best_or_the_most_come_first_and_what_is_withheld_last(
    tri: Tri, ids: list[int]
) -> None:
    rows = [
        *answers(1, 10, 10, 90),
        *answers(2, 0, 0, 10),  # withheld: neither its mark nor its number orders it
        *answers(3, 0, 0, 11),
        *answers(4, 10, 0, 0),
    ]
    assert [x.demarche.id for x in seen(a_catalogue(4), rows, tri=tri).lignes] == ids


@given(
    counts=st.lists(st.integers(0, 10), min_size=4, max_size=4),
    tri=st.sampled_from(["note", "avis"]),
)
def test_the_order_of_what_is_withheld_tells_nothing(counts: list[int], tri: Tri) -> None:
    rows = [each for id, n in enumerate(counts, 1) for each in answers(id, 0, 0, n)]
    assert [x.demarche.id for x in seen(a_catalogue(4), rows, tri=tri).lignes] == [1, 2, 3, 4]


def test_fifty_to_a_page_and_what_is_said_of_all_is_of_all() -> None:
    rows = [each for id in range(1, 121) for each in answers(id, 0, 0, 100)]
    pages = [seen(a_catalogue(120), rows, page=page) for page in (1, 2, 3, 4)]
    assert [len(vue.lignes) for vue in pages] == [PAGE, PAGE, 20, 0]
    assert {(vue.total, vue.pages, vue.qualite.bonnes) for vue in pages} == {(120, 3, 120)}
    ids = [x.demarche.id for vue in pages for x in vue.lignes]
    assert ids == list(range(1, 121))
