"""A questionnaire that is being written: a value, and what one may do to it. Pure.

A draft may be wrong in any way that somebody may type; `proofreading` says what is. But some states
are out of reach here: fewer levels than 2 or more than 10, two mandatory questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from collector.domain import (
    ChoixMultiple,
    Commentaire,
    Contact,
    Dimension,
    Questionnaire,
    Texte,
)

T = TypeVar("T")

LEAST_NIVEAUX, MOST_NIVEAUX = 2, 10  # of questionnaire.v1.json
MOST_QUESTIONS = 12
"""More than anybody answers at the end of a démarche, and what one page can show. A copy may have
more, which are told to be too many: nothing is left out unseen."""

USUAL_NIVEAUX = 5
DESSINS = ("aucun", "visages")

_VIDE: Texte = {"fr": ""}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a draft. What is not `posee` is kept, and left out of what is published."""

    dimension: Dimension
    posee: bool = True


@dataclass(frozen=True, slots=True)
class Brouillon:
    """A draft. `nom` is what its id is made of, without the number of its version.

    Wordings may be empty, or lack a language. `commente`: whether `commentaire` is asked for.
    `retiree`: the last question that was taken out, and where it stood. `choix` and `contact`: the
    choice questions, and the question for an address, of what it was copied from, asked word for
    word or not at all (`choix_poses`, `contact_pose`).
    """

    nom: str
    titre: Texte
    questions: tuple[Question, ...]
    commentaire: Commentaire
    commente: bool = True
    retiree: tuple[int, Question] | None = None
    choix: tuple[ChoixMultiple, ...] = ()
    choix_poses: bool = True
    contact: Contact | None = None
    contact_pose: bool = True

    @property
    def posees(self) -> tuple[Dimension, ...]:
        return tuple(each.dimension for each in self.questions if each.posee)

    @property
    def codes_des_choix(self) -> frozenset[str]:
        """The codes that its choice questions count under."""
        if not self.choix_poses:
            return frozenset()
        suites = (suite.code for each in self.choix for suite in each.suites)
        return frozenset((*(each.code for each in self.choix), *suites))


def started(questionnaire: Questionnaire, nom: str, commentaire: Commentaire) -> Brouillon:
    """A draft that begins as a copy; `commentaire` is what stands ready where it asks for none."""
    found = Brouillon(
        nom,
        questionnaire.titre,
        tuple(map(Question, questionnaire.dimensions)),
        questionnaire.commentaire or commentaire,
        questionnaire.commentaire is not None,
        choix=questionnaire.choix,
        contact=questionnaire.contact,
    )
    principale = questionnaire.dimensions.index(questionnaire.principale)
    return mandatory(found, principale)


def own_question(code: str) -> Dimension:
    """A question with nothing in it yet."""
    return Dimension(code, _VIDE, (_VIDE,) * USUAL_NIVEAUX)


# What one may do to it. A rank that is not there changes nothing: the page was another one.


def mandatory(brouillon: Brouillon, rank: int) -> Brouillon:
    """The question that has to be answered, and no other."""
    return replace(
        brouillon,
        questions=tuple(
            replace(each, dimension=replace(each.dimension, obligatoire=i == rank))
            for i, each in enumerate(brouillon.questions)
        ),
    )


def added(brouillon: Brouillon, dimension: Dimension) -> Brouillon:
    """With one more question, optional but for the first, as long as there is room."""
    if len(brouillon.questions) >= MOST_QUESTIONS:
        return brouillon
    new = Question(replace(dimension, obligatoire=not brouillon.questions))
    return replace(brouillon, questions=(*brouillon.questions, new))


def removed(brouillon: Brouillon, rank: int) -> Brouillon:
    """Without a question, which `restored` puts back."""
    if not 0 <= rank < len(brouillon.questions):
        return brouillon
    gone = rank, brouillon.questions[rank]
    return replace(brouillon, questions=_without(brouillon.questions, rank), retiree=gone)


def restored(brouillon: Brouillon) -> Brouillon:
    """With the question that was taken out last, where it stood, as long as there is room."""
    if brouillon.retiree is None or len(brouillon.questions) >= MOST_QUESTIONS:
        return brouillon
    rank, gone = brouillon.retiree
    if any(each.dimension.obligatoire for each in brouillon.questions):
        gone = replace(gone, dimension=replace(gone.dimension, obligatoire=False))
    before, after = brouillon.questions[:rank], brouillon.questions[rank:]
    return replace(brouillon, questions=(*before, gone, *after), retiree=None)


def raised(brouillon: Brouillon, rank: int) -> Brouillon:
    """With a question one place further up."""
    each = list(brouillon.questions)
    if 0 < rank < len(each):
        each[rank - 1 : rank + 1] = each[rank], each[rank - 1]
    return replace(brouillon, questions=tuple(each))


def lowered(brouillon: Brouillon, rank: int) -> Brouillon:
    return raised(brouillon, rank + 1) if rank >= 0 else brouillon


def with_niveau(brouillon: Brouillon, rank: int) -> Brouillon:
    """With a better level than the best one, as long as there is room."""

    def more(niveaux: tuple[Texte, ...]) -> tuple[Texte, ...]:
        return niveaux if len(niveaux) >= MOST_NIVEAUX else (*niveaux, _VIDE)

    return _with_niveaux(brouillon, rank, more)


def without_niveau(brouillon: Brouillon, rank: int, niveau: int) -> Brouillon:
    """Without the level of that rank, from 0, as long as two are left."""

    def fewer(niveaux: tuple[Texte, ...]) -> tuple[Texte, ...]:
        return niveaux if len(niveaux) <= LEAST_NIVEAUX else _without(niveaux, niveau)

    return _with_niveaux(brouillon, rank, fewer)


def _with_niveaux(
    brouillon: Brouillon, rank: int, change: Callable[[tuple[Texte, ...]], tuple[Texte, ...]]
) -> Brouillon:
    questions = tuple(
        replace(each, dimension=replace(each.dimension, niveaux=change(each.dimension.niveaux)))
        if i == rank
        else each
        for i, each in enumerate(brouillon.questions)
    )
    return replace(brouillon, questions=questions)


def _without(values: tuple[T, ...], rank: int) -> tuple[T, ...]:
    return tuple(each for i, each in enumerate(values) if i != rank)


# As text, and as a questionnaire


def written(brouillon: Brouillon) -> str:
    """As a store keeps it."""
    return json.dumps(asdict(brouillon), ensure_ascii=False)


def read(text: str) -> Brouillon:
    """What `written` wrote."""
    value = json.loads(text)
    return Brouillon(
        value["nom"],
        value["titre"],
        tuple(_question(each) for each in value["questions"]),
        Commentaire(**value["commentaire"]),
        value["commente"],
        (value["retiree"][0], _question(value["retiree"][1])) if value["retiree"] else None,
        tuple(map(ChoixMultiple.from_json, value.get("choix", ()))),
        value.get("choix_poses", True),
        Contact(**value["contact"]) if value.get("contact") else None,
        value.get("contact_pose", True),
    )


def _question(value: dict[str, Any]) -> Question:
    dimension = value["dimension"]
    niveaux = tuple(dimension["niveaux"])
    return Question(Dimension(**{**dimension, "niveaux": niveaux}), value["posee"])


def as_json(brouillon: Brouillon, id: str) -> dict[str, Any]:
    """What is published of it: a `questionnaire.v1.json`, if nothing is wrong with the draft."""
    content: dict[str, Any] = {
        "id": id,
        "titre": _said(brouillon.titre),
        "dimensions": [
            {
                "code": each.code,
                "obligatoire": each.obligatoire,
                "dessin": each.dessin,
                "question": _said(each.question),
                "niveaux": [_said(niveau) for niveau in each.niveaux],
            }
            for each in brouillon.posees
        ],
    }
    if brouillon.choix and brouillon.choix_poses:
        content["choix"] = [_choix(each) for each in brouillon.choix]
    if brouillon.commente:
        content["commentaire"] = {
            "question": _said(brouillon.commentaire.question),
            "aide": _said(brouillon.commentaire.aide),
        }
    if brouillon.contact and brouillon.contact_pose:
        content["contact"] = asdict(brouillon.contact)
    return content


def _choix(choix: ChoixMultiple) -> dict[str, Any]:
    """As `questionnaire.v1.json` has it: what is empty there is left out."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(choix)))
    parts = {name: list(map(_filled, found.pop(name))) for name in ("options", "suites")}
    return _filled({**found, **parts})


def _filled(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if each}


def as_questionnaire(brouillon: Brouillon, id: str) -> Questionnaire:
    """The same as a value; what is not written yet is empty."""
    return Questionnaire.from_json(as_json(brouillon, id))


def _said(texte: Texte) -> Texte:
    return {langue: text for langue, text in texte.items() if text}
