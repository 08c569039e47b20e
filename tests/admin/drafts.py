"""Drafts for tests: one that could be published as it stands, and how to change a part of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from admin_ui.questionnaire.brouillon import Brouillon, started
from collector.catalogue import shipped_questionnaires
from collector.domain import Commentaire

SHIPPED = shipped_questionnaires()
STANDARD = SHIPPED["standard-1"]


def a_draft(nom: str = "montclair-accueil") -> Brouillon:
    """A copy of the standard questionnaire, under a name of one's own."""
    commentaire = STANDARD.commentaire
    assert isinstance(commentaire, Commentaire)
    return started(STANDARD, nom, commentaire)


def with_question(brouillon: Brouillon, rank: int, /, **changes: Any) -> Brouillon:
    """The draft with another dimension at that rank."""
    questions = list(brouillon.questions)
    each = questions[rank]
    questions[rank] = replace(each, dimension=replace(each.dimension, **changes))
    return replace(brouillon, questions=tuple(questions))


def without_posing(brouillon: Brouillon, rank: int) -> Brouillon:
    questions = list(brouillon.questions)
    questions[rank] = replace(questions[rank], posee=False)
    return replace(brouillon, questions=tuple(questions))
