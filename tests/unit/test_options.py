"""What was ticked and what was asked next: which answers are taken, and the notes they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.catalogue import shipped_questionnaires
from collector.coherence import MOST_NOTES, check_coherent
from collector.domain import ChoixMultiple, Option, Questionnaire, Suite
from collector.errors import Invalid
from collector.options import asked_next, check_answers, noms, parted, shown, suites_of
from tests.choices import AIDE, JDMA, helped

STANDARD = shipped_questionnaires()["standard-1"]
CODES = [option.code for option in AIDE.options]
FOLLOWED = [option.code for option in AIDE.options if option.suites]

Fault = tuple[str, str, str, str]


def fautes(body: Mapping[str, Any], questionnaire: Questionnaire = JDMA) -> list[Fault]:
    with pytest.raises(Invalid) as refused:
        check_answers(body, questionnaire)  # type: ignore[arg-type]
    return [(f.champ, f.valeur, f.attendu["fr"], f.attendu["en"]) for f in refused.value.fautes()]


def test_what_was_ticked_becomes_flat_notes() -> None:
    body = helped(["telephone", "proche"], joint_telephone=2, qualite_telephone=5)
    assert check_answers(body, JDMA) == {  # type: ignore[arg-type]
        "satisfaction": 3,
        "joint.telephone": 2,
        "qualite.telephone": 5,
        "aide": 2,
        "aide.telephone": 1,
        "aide.proche": 1,
    }


def test_an_empty_list_is_no_answer() -> None:
    body = {**helped(), "choix": {"aide": []}}
    assert check_answers(body, JDMA) == {"satisfaction": 3}  # type: ignore[arg-type]


ALL_SUITES = " | ".join(name for name, _ in suites_of(AIDE))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            {**helped(), "choix": {"aides": ["proche"]}},
            ("choix.aides", "aides", "aide", "aide"),
        ),
        (helped(["voisin"]), ("choix.aide", "voisin", " | ".join(CODES), " | ".join(CODES))),
        (
            helped(["aucune", "proche"]),
            (
                "choix.aide",
                "aucune, proche",
                "«\u00a0aucune\u00a0» seule, ou les autres sans elle",
                "“aucune” alone, or the others without it",
            ),
        ),
        (
            helped(["proche"], joint_telephone=2),
            (
                "notes.joint.telephone",
                "2",
                "rien\u00a0: «\u00a0telephone\u00a0» n’est pas dans choix.aide",
                "nothing: “telephone” is not in choix.aide",
            ),
        ),
        (
            helped(["proche"], joint_proche=2),
            ("notes.joint.proche", "2", ALL_SUITES, ALL_SUITES),
        ),
        (
            helped(["telephone"], vu_telephone=1),
            ("notes.vu.telephone", "1", ALL_SUITES, ALL_SUITES),
        ),
        (
            helped(["telephone"], joint_telephone=1, qualite_telephone=5),
            (
                "notes.qualite.telephone",
                "5",
                "rien, sauf avec joint.telephone = 2",
                "nothing, unless joint.telephone = 2",
            ),
        ),
        (
            helped(["telephone"], qualite_telephone=5),
            (
                "notes.qualite.telephone",
                "5",
                "rien, sauf avec joint.telephone = 2",
                "nothing, unless joint.telephone = 2",
            ),
        ),
        (
            helped(["telephone"], joint_telephone=3),
            ("notes.joint.telephone", "3", "un niveau de 1 à 2", "a level from 1 to 2"),
        ),
        (
            helped(["telephone"], aide=1),
            ("notes.aide", "aide", "clarte | satisfaction", "clarte | satisfaction"),
        ),
        (
            helped(["telephone"], aide_telephone=1),
            ("notes.aide.telephone", "1", ALL_SUITES, ALL_SUITES),
        ),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_an_answer_to_what_was_not_asked_is_refused(body: dict[str, Any], fault: Fault) -> None:
    assert fautes(body) == [fault]


def test_all_that_is_wrong_is_told_at_once() -> None:
    body = helped(["aucune", "proche"], joint_telephone=9, effort=1)
    del body["notes"]["satisfaction"]
    assert [champ for champ, *_ in fautes(body)] == [
        "notes.satisfaction",
        "notes.effort",
        "choix.aide",
        "notes.joint.telephone",
    ]


def test_a_questionnaire_without_choices_takes_none() -> None:
    body = {**helped(["proche"]), "notes": {"satisfaction": 3}}
    none = "rien\u00a0: ce questionnaire n’en a pas"
    assert fautes(body, STANDARD) == [
        ("choix.aide", "aide", none, "nothing: this questionnaire has none")
    ]
    dotted = {"notes": {"satisfaction": 3, "joint.telephone": 2}}
    assert [champ for champ, *_ in fautes(dotted, STANDARD)] == ["notes.joint.telephone"]


# What a browser sends of questions it has hidden


def test_answers_to_hidden_questions_are_left_out() -> None:
    typed = {"satisfaction": 3, "joint.telephone": 1, "qualite.telephone": 5, "joint.guichet": 2}
    assert shown(JDMA, {"aide": ["telephone"]}, typed) == {"satisfaction": 3, "joint.telephone": 1}
    assert shown(JDMA, {}, {"inconnue": 1, "x.y": 2}) == {"inconnue": 1, "x.y": 2}


def chained() -> ChoixMultiple:
    """Three suites, each asked after the best answer to the one before."""
    suites = [Suite("un", {}, ({}, {}))]
    for before, code in (("un", "deux"), ("deux", "trois")):
        suites.append(Suite(code, {}, ({}, {}), {before: 2}))
    return ChoixMultiple("c", {}, (Option("a", {}, suites=True), Option("b", {})), tuple(suites))


def test_what_hangs_on_a_hidden_question_is_hidden_too() -> None:
    asked = asked_next(chained(), ["a"], {"un.a": 1, "deux.a": 2})
    assert [*asked] == ["un.a"]
    assert [*asked_next(chained(), ["a"], {"un.a": 2, "deux.a": 2})] == [
        "un.a",
        "deux.a",
        "trois.a",
    ]
    assert asked_next(chained(), ["b"], {"un.a": 2}) == {}


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """What somebody may answer."""
    ticked = draw(
        st.one_of(st.just(["aucune"]), st.lists(st.sampled_from(CODES[:-1]), unique=True))
    )
    notes = {}
    for option in ticked:
        if option in FOLLOWED and draw(st.booleans()):
            reached = notes[f"joint_{option}"] = draw(st.integers(1, 2))
            if reached == 2 and draw(st.booleans()):
                notes[f"qualite_{option}"] = draw(st.integers(1, 5))
    return helped(ticked, **notes)


@given(body=answers())
def test_flat_notes_can_be_parted_again(body: dict[str, Any]) -> None:
    flat = check_answers(body, JDMA)  # type: ignore[arg-type]
    levels, ticked = parted(flat, JDMA)
    assert levels == body["notes"]
    assert {code: set(options) for code, options in ticked.items()} == {
        code: set(options) for code, options in body.get("choix", {}).items()
    }
    assert flat.keys() <= set(noms(JDMA))
    assert shown(JDMA, ticked, levels) == levels


# Questionnaires that no schema refuses


def with_choice(**changes: Any) -> Questionnaire:
    return replace(JDMA, choix=(replace(AIDE, **changes),))


JOINT, QUALITE = AIDE.suites


@pytest.mark.parametrize(
    ("questionnaire", "champ"),
    [
        (with_choice(code="satisfaction"), "questionnaire"),
        (with_choice(suites=(JOINT, replace(QUALITE, code="clarte"))), "questionnaire"),
        (replace(JDMA, dimensions=JDMA.dimensions * 2), "questionnaire"),
        (with_choice(options=AIDE.options * 2), "choix.aide"),
        (with_choice(suites=()), "choix.aide"),
        (with_choice(options=AIDE.options[4:]), "choix.aide"),
        (with_choice(suites=(QUALITE, JOINT)), "choix.aide.qualite.si"),
        (with_choice(suites=(JOINT, replace(QUALITE, si={"joint": 3}))), "choix.aide.qualite.si"),
    ],
)
def test_a_questionnaire_whose_parts_do_not_fit_is_refused(
    questionnaire: Questionnaire, champ: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_coherent(questionnaire)
    assert {faute.champ for faute in refused.value.fautes()} == {champ}


def test_as_many_questions_as_an_avis_may_answer() -> None:
    options = tuple(replace(AIDE.options[0], code="a" * i) for i in range(1, 50))
    whole = replace(JDMA, choix=(replace(AIDE, options=options),))
    assert len(JDMA.dimensions) + 2 * len(options) == MOST_NOTES
    check_coherent(whole)
    more = replace(whole, dimensions=(*JDMA.dimensions, STANDARD.dimensions[1]))
    with pytest.raises(Invalid):
        check_coherent(more)


def test_what_is_shipped_fits_together() -> None:
    for questionnaire in shipped_questionnaires().values():
        check_coherent(questionnaire)
