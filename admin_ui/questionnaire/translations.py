"""Wordings in languages that a page does not show: they follow the French words. Pure.

Shipped questionnaires speak languages that an operator may not have turned on. A copy of one keeps
them as long as its French stays: a question is the same one only when all its languages are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from admin_ui.questionnaire.brouillon import Brouillon, Question
from collector.domain import Commentaire, Dimension, Questionnaire, Texte

Memory = Mapping[tuple[str, str], Texte]
"""Wordings by the code of their question (« »: none) and their French."""

_Change = Callable[[str, Texte], Texte]


def memory(brouillon: Brouillon, questionnaires: Iterable[Questionnaire]) -> Memory:
    """All that was ever said: the draft as it is kept comes before published questionnaires."""
    found: dict[tuple[str, str], Texte] = {}

    def note(code: str, texte: Texte) -> Texte:
        found.setdefault((code, texte["fr"]), texte)
        return texte

    reworded(brouillon, note)
    for each in questionnaires:
        note("", each.titre)
        for dimension in each.dimensions:
            _dimension(dimension, note)
        if each.commentaire:
            _commentaire(each.commentaire, note)
    return found


def completed(brouillon: Brouillon, known: Memory, shown: Collection[str]) -> Brouillon:
    """The draft with what is known of the languages that are not `shown`."""

    def complete(code: str, texte: Texte) -> Texte:
        other = known.get((code, texte["fr"]), {})
        return {**{each: text for each, text in other.items() if each not in shown}, **texte}

    return reworded(brouillon, complete)


def reworded(brouillon: Brouillon, change: _Change) -> Brouillon:
    """Every wording of a draft, changed."""
    return replace(
        brouillon,
        titre=change("", brouillon.titre),
        questions=tuple(
            Question(_dimension(each.dimension, change), each.posee) for each in brouillon.questions
        ),
        commentaire=_commentaire(brouillon.commentaire, change),
    )


def _dimension(dimension: Dimension, change: _Change) -> Dimension:
    code = dimension.code
    return replace(
        dimension,
        question=change(code, dimension.question),
        niveaux=tuple(change(code, each) for each in dimension.niveaux),
    )


def _commentaire(commentaire: Commentaire, change: _Change) -> Commentaire:
    return Commentaire(change("", commentaire.question), change("", commentaire.aide))
