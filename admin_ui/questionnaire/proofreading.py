"""What is wrong with a draft, field by field, and the id it will have. Pure.

Each fault stands under the name of its field in the page. What has none fits
`questionnaire.v1.json`, which is asked all the same before anything is published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from admin_ui.questionnaire.brouillon import (
    DESSINS,
    LEAST_NIVEAUX,
    MOST_NIVEAUX,
    MOST_QUESTIONS,
    Brouillon,
)
from collector.domain import AVIS, LANGUES, OUVERTURE, Dimension, Questionnaire, Texte
from collector.figures.mesures import same_question

LONGEST_TEXTE = 500  # of questionnaire.v1.json
LONGEST_NOM = 50  # with its version it fits an id
LONGEST_CODE = 40

_NOM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CODE = re.compile(r"[a-z][a-z_]*")
_VERSION = re.compile(r"(.+)-([1-9][0-9]{0,5})")
_IN = {"fr": "en français", "en": "en anglais"}

Faults = Iterator[tuple[str, str]]
"""Names of fields, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Among:
    """What a draft stands beside. `comparable`: questionnaires whose answers may be added to its
    own; `pris`: names that are those of others."""

    comparable: Collection[Questionnaire]
    pris: Collection[str]


def faults(brouillon: Brouillon, among: Among) -> dict[str, str]:
    """What has to be corrected before it is published, by field; the first fault of each."""
    found: dict[str, str] = {}
    for name, phrase in _faults(brouillon, among):
        found.setdefault(name, phrase)
    return found


def next_id(nom: str, known: Iterable[str]) -> str:
    """The id of the next version of that name."""
    versions = [n for found, n in map(parted, known) if found == nom]
    return f"{nom}-{1 + max(versions, default=0)}"


def parted(id: str) -> tuple[str, int]:
    """The name and the version that an id is made of; version 0 where it has none."""
    found = _VERSION.fullmatch(id)
    return (found[1], int(found[2])) if found else (id, 0)


def _faults(brouillon: Brouillon, among: Among) -> Faults:
    yield from _of_name(brouillon.nom, among)
    yield from _of_text("titre", brouillon.titre)
    yield from _of_whole(brouillon)
    for rank, question in enumerate(brouillon.questions):
        yield from _of_code(rank, brouillon)
        if question.posee:
            yield from _of_question(rank, question.dimension)
    yield from _of_mandatory(brouillon, among)
    if brouillon.commente:
        yield from _of_text("commentaire.question", brouillon.commentaire.question)
        yield from _of_text("commentaire.aide", brouillon.commentaire.aide)


def _of_name(nom: str, among: Among) -> Faults:
    if not _NOM.fullmatch(nom) or len(nom) > LONGEST_NOM:
        yield (
            "nom",
            "Écrivez des lettres minuscules sans accent, des chiffres et des tirets, en commençant "
            f"par une lettre : {LONGEST_NOM} caractères au plus, comme montclair-accueil.",
        )
    elif nom in among.pris:
        yield "nom", "Ce nom est celui d’un autre questionnaire : choisissez-en un à vous."


def _of_whole(brouillon: Brouillon) -> Faults:
    if not brouillon.posees:
        yield "questions", "Posez au moins une question."
    if len(brouillon.questions) > MOST_QUESTIONS:
        yield "questions", f"Gardez {MOST_QUESTIONS} questions au plus."


def _of_code(rank: int, brouillon: Brouillon) -> Faults:
    name, code = f"q{rank}.code", brouillon.questions[rank].dimension.code
    codes = [each.dimension.code for each in brouillon.questions]
    if not _CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        yield (
            name,
            "Écrivez des lettres minuscules sans accent, ou le signe _ : "
            f"{LONGEST_CODE} caractères au plus, comme accueil.",
        )
    elif code in (AVIS, OUVERTURE):
        yield name, f"« {code} » est déjà le nom d’un compteur : choisissez un autre mot."
    elif code in brouillon.codes_des_choix:
        yield name, f"Une question à cases porte déjà le mot « {code} » : choisissez-en un autre."
    elif code in codes[:rank]:
        yield name, f"Une autre question porte déjà le mot « {code} » : choisissez-en un autre."


def _of_question(rank: int, dimension: Dimension) -> Faults:
    yield from _of_text(f"q{rank}.question", dimension.question)
    if not LEAST_NIVEAUX <= len(dimension.niveaux) <= MOST_NIVEAUX:
        yield f"q{rank}.niveaux", f"Il faut de {LEAST_NIVEAUX} à {MOST_NIVEAUX} réponses."
    if dimension.dessin not in DESSINS:
        yield f"q{rank}.dessin", "Choisissez un dessin de la liste."
    for i, niveau in enumerate(dimension.niveaux):
        yield from _of_text(f"q{rank}.niveau{i}", niveau)
        yield from _of_same(f"q{rank}.niveau{i}", niveau, dimension.niveaux[:i])


def _of_same(name: str, niveau: Texte, before: Collection[Texte]) -> Faults:
    for langue, text in niveau.items():
        if text and any(text == each.get(langue) for each in before):
            yield f"{name}.{langue}", "Deux réponses ont les mêmes mots : changez l’une des deux."


def _of_text(name: str, texte: Texte) -> Faults:
    for langue in LANGUES:
        if not texte.get(langue):
            yield f"{name}.{langue}", f"Écrivez ce texte {_IN[langue]}."
    for langue, text in texte.items():
        if len(text) > LONGEST_TEXTE:
            yield f"{name}.{langue}", f"Écrivez {LONGEST_TEXTE} caractères au plus."


def _of_mandatory(brouillon: Brouillon, among: Among) -> Faults:
    if sum(each.obligatoire for each in brouillon.posees) != 1:
        yield "obligatoire", "Choisissez la question obligatoire parmi celles qui sont posées."
    for dimension in brouillon.posees:
        for questionnaire in among.comparable:
            if _differs(dimension, questionnaire):
                yield "obligatoire", _otherwise(dimension, questionnaire)


def _differs(dimension: Dimension, questionnaire: Questionnaire) -> bool:
    """Whether the same question has to be answered in one and not in the other. Their answers are
    added up, and what is withheld of public figures rests on who had to answer."""
    other = questionnaire.dimension(dimension.code)
    return (
        other is not None
        and same_question(dimension, other)
        and dimension.obligatoire != other.obligatoire
    )


def _otherwise(dimension: Dimension, questionnaire: Questionnaire) -> str:
    there = "facultative" if dimension.obligatoire else "obligatoire"
    return (
        f"« {dimension.question['fr']} » est {there} dans le questionnaire {questionnaire.id}, "
        "avec les mêmes mots : leurs réponses ne peuvent pas s’additionner. Changez ces mots, ou "
        "choisissez une autre question obligatoire."
    )
