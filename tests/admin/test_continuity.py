"""What becomes of the figures of each question, told before a questionnaire changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from admin_ui.questionnaire.brouillon import Brouillon, as_questionnaire, mandatory, raised
from admin_ui.questionnaire.continuity import effets
from collector.domain import Questionnaire
from tests.admin.drafts import SHIPPED, STANDARD, a_draft, with_question, without_posing

EASY, LONG = SHIPPED["standard-facile-1"], SHIPPED["demarche-longue-1"]


def after(change: Callable[[Brouillon], Brouillon] = lambda b: b) -> Questionnaire:
    return as_questionnaire(change(a_draft()), "montclair-1")


def sorts(before: Questionnaire, after: Questionnaire, *earlier: Questionnaire) -> dict[str, str]:
    return {each.dimension.code: each.sort for each in effets(before, after, earlier).questions}


GOES_ON = {"satisfaction": "continue", "effort": "continue", "clarte": "continue"}


def test_a_copy_goes_on_whatever_its_order_and_drawings() -> None:
    assert sorts(STANDARD, after()) == GOES_ON
    assert sorts(STANDARD, after(lambda b: raised(b, 2))) == GOES_ON
    assert sorts(STANDARD, after(lambda b: with_question(b, 1, dessin="visages"))) == GOES_ON
    assert effets(STANDARD, after()).ruptures == ()


@pytest.mark.parametrize(
    "change",
    [
        {"question": {"fr": "Était-ce facile ?", "en": "Was it easy?"}},
        {"niveaux": STANDARD.dimensions[1].niveaux[1:]},
        {"question": {**STANDARD.dimensions[1].question, "en": "Was it easy?"}},
        {"question": {**STANDARD.dimensions[1].question, "pl": "Czy było łatwo?"}},
    ],
)
def test_other_words_another_scale_or_another_language_break_a_question(
    change: dict[str, object],
) -> None:
    found = effets(STANDARD, after(lambda b: with_question(b, 1, **change)))
    assert {e.dimension.code: e.sort for e in found.questions} == {**GOES_ON, "effort": "rupture"}
    assert [each.code for each in found.ruptures] == ["effort"]


def test_questions_that_come_and_go_are_told() -> None:
    assert sorts(STANDARD, LONG) == {**GOES_ON, "aide": "nouvelle", "delai": "nouvelle"}
    assert sorts(LONG, STANDARD) == {**GOES_ON, "aide": "finit", "delai": "finit"}
    assert sorts(STANDARD, after(lambda b: without_posing(b, 1)))["effort"] == "finit"


def test_what_was_asked_earlier_goes_on_where_it_had_stopped() -> None:
    back = sorts(SHIPPED["satisfaction-seule-1"], STANDARD, EASY, STANDARD)
    assert back == {"satisfaction": "continue", "effort": "reprend", "clarte": "reprend"}
    other = sorts(SHIPPED["satisfaction-seule-1"], STANDARD, EASY)
    assert other == {"satisfaction": "continue", "effort": "rupture", "clarte": "rupture"}


def test_the_main_question_the_languages_and_the_comment_are_told() -> None:
    found = effets(STANDARD, EASY)
    assert found.principale
    assert found.langues == STANDARD.langues - {"fr", "en"} != frozenset()
    assert found.commentaire == "reste"
    assert not effets(STANDARD, after()).principale
    assert effets(STANDARD, after(lambda b: mandatory(b, 1))).principale
    assert effets(STANDARD, SHIPPED["satisfaction-seule-1"]).commentaire == "finit"
    assert effets(SHIPPED["satisfaction-seule-1"], STANDARD).commentaire == "vient"
    without = after(lambda b: replace(b, commente=False))
    assert effets(SHIPPED["satisfaction-seule-1"], without).commentaire == "aucun"
