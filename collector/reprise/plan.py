"""What the columns of a file from elsewhere mean, as data; pure.

One plan is written down, that of the national button's export (`schemas/reprises`). Any other file
has the plan of its questionnaire: a column for each question, under its code or in its words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from collector.asked.choix import fold
from collector.config import resource
from collector.domain import ChoixMultiple, Questionnaire, Texte

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))

DATE, FORMULAIRE, LIEN, IDENTIFIANT = "date", "formulaire", "lien", "identifiant"
COMMENTAIRE, JAMAIS = "commentaire", "jamais"
OF_A_ROW = (DATE, FORMULAIRE, LIEN, IDENTIFIANT, COMMENTAIRE)


@lru_cache(4_096)  # the same few headings and answers, row after row: half of the time of an import
def key(text: str) -> str:
    """A heading or an answer as it is compared: neither capitals, accents, kinds of apostrophe nor
    spaces matter."""
    words = fold(text.translate(_APOSTROPHES)).split()
    return re.sub(r" (?=[?:!;,])", "", " ".join(words))


@dataclass(frozen=True, slots=True)
class Plan:
    """`colonnes`: what a column is, by its key: one of OF_A_ROW, JAMAIS, or the code of a question.
    `valeurs`: the level, or the code of an option, by the question and the key of an answer.
    """

    questionnaire: Questionnaire
    colonnes: Mapping[str, str]
    valeurs: Mapping[str, Mapping[str, int | str]]

    def choix(self, code: str) -> ChoixMultiple | None:
        return next((each for each in self.questionnaire.choix if each.code == code), None)

    def of_suite(self, code: str) -> ChoixMultiple | None:
        """The choice whose options a suite asks more about."""
        every = self.questionnaire.choix
        return next((c for c in every if code in {suite.code for suite in c.suites}), None)

    def named(self, colonnes: Mapping[str, str]) -> Plan:
        """The same, where these columns (heading to meaning) mean something else besides."""
        return replace(self, colonnes={**self.colonnes, **_keyed(colonnes)})

    def valued(self, question: str, valeurs: Mapping[str, int | str]) -> Plan:
        """The same, where these answers to a question are known too."""
        both = {**self.valeurs.get(question, {}), **_keyed(valeurs)}
        return replace(self, valeurs={**self.valeurs, question: both})


def plan_of_file(name: str, questionnaires: Mapping[str, Questionnaire]) -> Plan:
    """A plan of `schemas/reprises`, over the questionnaire it names."""
    content = written(name)
    questions = {**content["notes"], **content["choix"], **content["suites"]}
    meant = {each: content[each] for each in (*OF_A_ROW, JAMAIS)}
    meant |= {code: each["colonnes"] for code, each in questions.items()}
    return Plan(
        questionnaires[content["questionnaire"]],
        {key(heading): what for what, headings in meant.items() for heading in headings},
        {code: _answers(each) for code, each in questions.items()},
    )


def written(name: str) -> dict[str, Any]:
    """A plan as it is written down."""
    found: dict[str, Any] = json.loads(
        resource("schemas", "reprises", f"{name}.json").read_text("utf-8")
    )
    return found


def plan_of_questionnaire(questionnaire: Questionnaire) -> Plan:
    """A column for each question: its code, or its words in any language; answers so, too."""
    meant: dict[str, Iterable[str]] = {each: [each] for each in OF_A_ROW}
    valeurs: dict[str, Mapping[str, int | str]] = {}
    for dimension in questionnaire.dimensions:
        meant[dimension.code] = _said(dimension.code, dimension.question)
        valeurs[dimension.code] = _levels(dimension.niveaux)
    for choix in questionnaire.choix:
        meant[choix.code] = _said(choix.code, choix.question)
        valeurs[choix.code] = _keyed(
            {text: o.code for o in choix.options for text in _said(o.code, o.libelle)}
        )
        for suite in choix.suites:
            meant[suite.code] = _said(suite.code, suite.question)
            valeurs[suite.code] = _levels(suite.niveaux)
    colonnes = {key(text): what for what, texts in meant.items() for text in texts}
    return Plan(questionnaire, colonnes, valeurs)


def _answers(question: Mapping[str, Any]) -> dict[str, int | str]:
    if "options" in question:
        named = question["options"].items()
        return {key(text): code for code, texts in named for text in texts}
    levels = enumerate(question["niveaux"], 1)
    return {key(text): level for level, texts in levels for text in texts}


def _said(code: str, texte: Texte) -> list[str]:
    return [code, *texte.values()]


def _levels(niveaux: Sequence[Texte]) -> dict[str, int | str]:
    """Levels by their number, and by their words."""
    return _keyed({text: i for i, t in enumerate(niveaux, 1) for text in (str(i), *t.values())})


def _keyed(named: Mapping[str, Any]) -> dict[str, Any]:
    return {key(name): value for name, value in named.items()}
