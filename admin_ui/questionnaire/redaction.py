"""A draft as a page gives it back, and what a button of that page does to it.

Names of fields are those that `proofreading` puts faults under.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from admin_ui.formulaire import Formulaire
from admin_ui.questionnaire import brouillon as draft
from admin_ui.questionnaire.brouillon import MOST_NIVEAUX, Brouillon, Question
from admin_ui.questionnaire.proofreading import LONGEST_CODE, LONGEST_NOM, LONGEST_TEXTE
from admin_ui.questionnaire.typography import printed
from collector.domain import Commentaire, Dimension, Texte

MOST_EVER = 40  # questions of a questionnaire.v1.json
_ACTION = re.compile(r"([a-z_]+)(?:\.([0-9]{1,2}))?(?:\.([0-9]{1,2}))?", re.ASCII)


def brouillon_of(form: Formulaire, langues: Sequence[str], before: Brouillon | None) -> Brouillon:
    """What was typed; `before` is the draft as it is kept. Faults of typing are in the form."""
    questions = tuple(
        _question(form, rank, langues) for rank in range(_number(form, "questions", MOST_EVER))
    )
    found = Brouillon(
        form.texte("nom", LONGEST_NOM),
        _texte(form, "titre", langues),
        questions,
        Commentaire(
            _texte(form, "commentaire.question", langues),
            _texte(form, "commentaire.aide", langues),
        ),
        form.coche("commente"),
        before.retiree if before else None,
        before.choix if before else (),
        form.coche("choix"),
        contact=before.contact if before else None,
        contact_pose=form.coche("contact") or not (before and before.contact),
    )
    return draft.mandatory(found, _number(form, "obligatoire", MOST_EVER, -1))


def _question(form: Formulaire, rank: int, langues: Sequence[str]) -> Question:
    name = f"q{rank}"
    niveaux = tuple(
        _texte(form, f"{name}.niveau{i}", langues)
        for i in range(_number(form, f"{name}.niveaux", MOST_NIVEAUX))
    )
    dimension = Dimension(
        form.texte(f"{name}.code", LONGEST_CODE),
        _texte(form, f"{name}.question", langues),
        niveaux,
        dessin=form.texte(f"{name}.dessin", LONGEST_CODE),
    )
    return Question(dimension, form.coche(f"{name}.posee"))


def _texte(form: Formulaire, name: str, langues: Sequence[str]) -> Texte:
    typed = {each: form.texte(f"{name}.{each}", LONGEST_TEXTE) for each in langues}
    return {**{each: text for each, text in typed.items() if text}, "fr": printed(typed["fr"])}


def _number(form: Formulaire, name: str, most: int, without: int = 0) -> int:
    text = form.get(name, "")
    return min(int(text), most) if re.fullmatch("[0-9]{1,3}", text, re.ASCII) else without


# What a button does. « action » holds its name, the rank of its question, the one of its level.


def done(
    brouillon: Brouillon, form: Formulaire, parts: Mapping[str, Dimension]
) -> tuple[Brouillon, str]:
    """The draft after what was asked for, and the field or button where one goes on from there.

    `parts` are the questions that may be added. What the page does not offer does nothing.
    """
    found = _ACTION.fullmatch(form.get("action", ""))
    name, i, j = (found[1], int(found[2] or -1), int(found[3] or -1)) if found else ("", -1, -1)
    match name:
        case "monter":
            return draft.raised(brouillon, i), f"monter.{i - 1}" if i > 1 else "descendre.0"
        case "descendre":
            last = i + 2 >= len(brouillon.questions)
            return draft.lowered(brouillon, i), f"{'monter' if last else 'descendre'}.{i + 1}"
        case "retirer":
            return draft.removed(brouillon, i), "remettre"
        case "remettre":
            back = brouillon.retiree[0] if brouillon.retiree else 0
            return draft.restored(brouillon), f"q{back}.question.fr"
        case "ajouter":
            return _added(brouillon, form, parts), f"q{len(brouillon.questions)}.question.fr"
        case "plus":
            return draft.with_niveau(brouillon, i), _new_niveau(brouillon, i)
        case "moins":
            return draft.without_niveau(brouillon, i, j), f"q{i}.niveau{max(j - 1, 0)}.fr"
    return brouillon, "enregistrer"


def _added(brouillon: Brouillon, form: Formulaire, parts: Mapping[str, Dimension]) -> Brouillon:
    dimension = parts.get(form.get("ajout", ""), draft.own_question(""))
    return draft.added(brouillon, dimension)


def _new_niveau(brouillon: Brouillon, rank: int) -> str:
    count = len(brouillon.questions[rank].dimension.niveaux) if _has(brouillon, rank) else 0
    return f"q{rank}.niveau{count}.fr"


def _has(brouillon: Brouillon, rank: int) -> bool:
    return 0 <= rank < len(brouillon.questions)
