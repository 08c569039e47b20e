"""What is wrong with a draft, and that what has no fault is a questionnaire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.questionnaire.brouillon import (
    Brouillon,
    Question,
    added,
    as_json,
    mandatory,
    own_question,
)
from admin_ui.questionnaire.proofreading import Among, faults, next_id, parted
from admin_ui.questionnaire.translations import reworded
from collector.config import resource
from collector.domain import Commentaire
from tests.admin.drafts import SHIPPED, a_draft, with_question, without_posing

AMONG = Among(tuple(SHIPPED.values()), {"standard", "satisfaction-seule"})
SCHEMA = resource("schemas", "questionnaire.v1.json").read_text("utf-8")
VALIDATOR = jsonschema_rs.validator_for(json.loads(SCHEMA))
TOO_LONG = {"fr": "é" * 501, "en": "é"}


def wrong(brouillon: Brouillon) -> list[str]:
    return [*faults(brouillon, AMONG)]


def crowd() -> tuple[Question, ...]:
    """As many questions as one page may have, besides those that are there."""
    return tuple(Question(own_question(code), posee=False) for code in "abcdefghijkl")


def test_a_copy_of_a_shipped_questionnaire_has_no_fault() -> None:
    assert wrong(a_draft()) == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (lambda b: replace(b, nom=""), ["nom"]),
        (lambda b: replace(b, nom="Été"), ["nom"]),
        (lambda b: replace(b, nom="a-"), ["nom"]),
        (lambda b: replace(b, nom="a" * 51), ["nom"]),
        (lambda b: replace(b, nom="standard"), ["nom"]),
        (lambda b: replace(b, titre={"fr": ""}), ["titre.fr", "titre.en"]),
        (lambda b: replace(b, titre=TOO_LONG), ["titre.fr"]),
        (lambda b: replace(b, questions=()), ["questions", "obligatoire"]),
        (
            lambda b: replace(b, questions=(*b.questions, *crowd())),
            ["questions"],
        ),
        (lambda b: with_question(b, 1, code="avis"), ["q1.code"]),
        (lambda b: with_question(b, 1, code="ouverture"), ["q1.code"]),
        (lambda b: with_question(b, 1, code="Effort"), ["q1.code"]),
        (lambda b: with_question(b, 1, code="effort2"), ["q1.code"]),
        (lambda b: with_question(b, 1, code=""), ["q1.code"]),
        (lambda b: with_question(b, 1, code="a" * 41), ["q1.code"]),
        (lambda b: with_question(b, 2, code="effort"), ["q2.code"]),
        (lambda b: with_question(b, 1, question={"fr": "Quoi ?"}), ["q1.question.en"]),
        (lambda b: with_question(b, 1, niveaux=({"fr": "A", "en": "A"},)), ["q1.niveaux"]),
        (
            lambda b: with_question(b, 1, niveaux=({"fr": "A", "en": "A"}, {"fr": "A", "en": "B"})),
            ["q1.niveau1.fr"],
        ),
        (lambda b: with_question(b, 1, dessin="étoiles"), ["q1.dessin"]),
        (lambda b: without_posing(b, 0), ["obligatoire"]),
        (lambda b: mandatory(b, -1), ["obligatoire"]),
        (lambda b: mandatory(b, 1), ["obligatoire"]),
        (
            lambda b: replace(b, commentaire=Commentaire({"fr": ""}, b.commentaire.aide)),
            ["commentaire.question.fr", "commentaire.question.en"],
        ),
    ],
)
def test_each_fault_is_said_at_its_field(
    change: Callable[[Brouillon], Brouillon], fields: list[str]
) -> None:
    found = faults(change(a_draft()), AMONG)
    assert [*found] == fields
    assert all(phrase.endswith(".") for phrase in found.values())


def test_what_is_not_asked_may_be_unfinished() -> None:
    unfinished = added(a_draft(), own_question("accueil"))
    assert wrong(unfinished)
    assert wrong(without_posing(unfinished, 3)) == []
    silent = replace(a_draft(), commentaire=Commentaire({"fr": ""}, {"fr": ""}))
    assert wrong(silent)
    assert wrong(replace(silent, commente=False)) == []


def test_the_same_question_is_mandatory_everywhere_or_nowhere() -> None:
    """Public figures add its answers up, and are withheld by who had to answer."""
    other = mandatory(a_draft(), 1)
    assert wrong(other) == ["obligatoire"]
    own_words = reworded(other, lambda _, t: {"fr": t["fr"] + " Oui", "en": t["en"] + " Yes"})
    assert wrong(own_words) == []


words = st.sampled_from(["", "Oui", "Non", "é" * 500, "é" * 501])
textes = st.fixed_dictionaries({"fr": words, "en": words}, optional={"es": words})
ranks = st.integers(0, 2)
changes: st.SearchStrategy[Callable[[Brouillon], Brouillon]] = st.one_of(
    st.builds(lambda t: lambda b: replace(b, titre=t), textes),
    st.builds(
        lambda nom: lambda b: replace(b, nom=nom),
        st.sampled_from(["a", "a1-b", "standard", "-", "a" * 50, "a" * 51]),
    ),
    st.builds(
        lambda i, code: lambda b: with_question(b, i, code=code),
        ranks,
        st.sampled_from(["accueil", "b_c", "avis", "é", "", "a" * 40, "a" * 41]),
    ),
    st.builds(lambda i, t: lambda b: with_question(b, i, question=t), ranks, textes),
    st.builds(
        lambda i, t: lambda b: with_question(b, i, niveaux=tuple(t)),
        ranks,
        st.lists(textes, min_size=1, max_size=11),
    ),
    st.builds(
        lambda i, dessin: lambda b: with_question(b, i, dessin=dessin),
        ranks,
        st.sampled_from(["aucun", "visages", "étoiles"]),
    ),
    st.builds(lambda i: lambda b: without_posing(b, i), ranks),
    st.builds(lambda i: lambda b: mandatory(b, i), ranks),
    st.builds(lambda t: lambda b: replace(b, commentaire=Commentaire(t, t)), textes),
    st.just(lambda b: replace(b, commente=False)),
)


@given(done=st.lists(changes, max_size=3))
def test_what_the_schema_refuses_has_a_fault_that_is_said(
    done: list[Callable[[Brouillon], Brouillon]],
) -> None:
    brouillon = reduce(lambda b, change: change(b), done, a_draft())
    content = as_json(brouillon, next_id(brouillon.nom, []))
    if not fits(content):
        assert faults(brouillon, AMONG)


def fits(content: dict[str, Any]) -> bool:
    codes = [each["code"] for each in content["dimensions"]]
    return VALIDATOR.is_valid(content) and len(set(codes)) == len(codes)


def test_the_schema_refuses_and_takes() -> None:
    """The law above is about something."""
    draft = a_draft()
    assert fits(as_json(draft, "montclair-1"))
    assert not fits(as_json(with_question(draft, 1, code="avis"), "montclair-1"))
    assert not fits(as_json(replace(draft, titre={"fr": "Le nôtre"}), "montclair-1"))
    assert not fits(as_json(with_question(draft, 2, code="effort"), "montclair-1"))


def test_versions_follow_each_other_and_an_id_is_taken_apart() -> None:
    known = ["montclair-1", "montclair-10", "montclair-2-3", "autre-7", "montclair"]
    assert next_id("montclair", known) == "montclair-11"
    assert next_id("montclair-2", known) == "montclair-2-4"
    assert next_id("neuf", known) == "neuf-1"
    assert parted("montclair-2-3") == ("montclair-2", 3)
    assert parted("sans-nombre") == ("sans-nombre", 0)
