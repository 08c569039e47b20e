"""The tables that are downloaded: their fixed columns from `schemas/exports`, and those that depend
on what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from collector.config import resource
from collector.domain import Dimension, Questionnaire
from collector.formats.table import Field, Table

# For reading only: an import gets them from its own catalogue.
LUS_SEULEMENT = ("titre", "structure", "libelle", "territoire")


def avis_table(questionnaires: Iterable[Questionnaire]) -> Table:
    """The table of avis, with a column for each question of each questionnaire, in their order."""
    table = _fixed("avis")
    asked = [question_field(each, d) for each in questionnaires for d in each.dimensions]
    return replace(table, fields=(*table.fields, *asked))


def question_field(questionnaire: Questionnaire, dimension: Dimension) -> Field:
    """The column of one question: the level chosen, absent when it was not answered."""
    niveaux = (f"{i} : {each['fr']}" for i, each in enumerate(dimension.niveaux, 1))
    return Field(
        f"{questionnaire.id}.{dimension.code}",
        "integer",
        f"{dimension.question['fr']} ({questionnaire.id})",
        " ; ".join((*niveaux, "vide : pas de réponse")),
        {"minimum": 1, "maximum": len(dimension.niveaux)},
    )


def scores_table(levels: int) -> Table:
    """The table of scores, with columns n_1 to n_`levels` before the number of answers."""
    table = _fixed("scores")
    here = table.names.index("n")
    effectifs = (_effectif(level) for level in range(1, levels + 1))
    return replace(table, fields=(*table.fields[:here], *effectifs, *table.fields[here:]))


def _effectif(level: int) -> Field:
    return Field(
        f"n_{level}",
        "integer",
        f"Réponses de niveau {level}",
        f"Nombre de réponses de niveau {level} ; vide quand l’échelle ne va pas jusque-là.",
        {"minimum": 0},
    )


def _fixed(nom: str) -> Table:
    described = json.loads(resource("schemas", "exports", f"{nom}.json").read_text("utf-8"))
    fields = (
        Field(f["name"], f["type"], f["title"], f["description"], f.get("constraints", {}))
        for f in described["fields"]
    )
    return Table(nom, described["title"], described["description"], tuple(fields))
