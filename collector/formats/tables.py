"""The tables that are downloaded: their fixed columns from `schemas/exports`, and those that depend
on what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from collector.config import resource
from collector.domain import ChoixMultiple, Dimension, Option, Questionnaire, Texte
from collector.formats.table import Field, Table
from collector.options import suites_of

# For reading only: an import gets them from its own catalogue.
LUS_SEULEMENT = ("titre", "structure", "libelle", "territoire")


def avis_table(questionnaires: Iterable[Questionnaire]) -> Table:
    """The table of avis, with a column for each question of each questionnaire, in their order."""
    table = _fixed("avis")
    asked = [field for each in questionnaires for field in _answers(each)]
    return replace(table, fields=(*table.fields, *asked))


def _answers(questionnaire: Questionnaire) -> Iterator[Field]:
    """A column for each note that an answer may make: see `collector.options.noms`."""
    yield from (question_field(questionnaire, each) for each in questionnaire.dimensions)
    for choix in questionnaire.choix:
        yield _ticked_field(questionnaire, choix)
        yield from (_option_field(questionnaire, choix, each) for each in choix.options)
        libelles = {each.code: each.libelle["fr"] for each in choix.options}
        for name, suite in suites_of(choix):
            option = libelles[name.partition(".")[2]]
            asked = f"{option} – {suite.question['fr']} ({questionnaire.id})"
            yield _level_field(f"{questionnaire.id}.{name}", asked, suite.niveaux)


def question_field(questionnaire: Questionnaire, dimension: Dimension) -> Field:
    """The column of one question: the level chosen, absent when it was not answered."""
    asked = f"{dimension.question['fr']} ({questionnaire.id})"
    return _level_field(f"{questionnaire.id}.{dimension.code}", asked, dimension.niveaux)


def _level_field(name: str, asked: str, scale: Sequence[Texte]) -> Field:
    niveaux = (f"{i} : {each['fr']}" for i, each in enumerate(scale, 1))
    said = " ; ".join((*niveaux, "vide : pas de réponse"))
    return Field(name, "integer", asked, said, {"minimum": 1, "maximum": len(scale)})


def _ticked_field(questionnaire: Questionnaire, choix: ChoixMultiple) -> Field:
    return Field(
        f"{questionnaire.id}.{choix.code}",
        "integer",
        f"{choix.question['fr']} ({questionnaire.id})",
        "Nombre d’options cochées ; vide : pas de réponse",
        {"minimum": 1, "maximum": len(choix.options)},
    )


def _option_field(questionnaire: Questionnaire, choix: ChoixMultiple, option: Option) -> Field:
    return Field(
        f"{questionnaire.id}.{choix.code}.{option.code}",
        "integer",
        f"{choix.question['fr']} – {option.libelle['fr']} ({questionnaire.id})",
        "1 : cochée ; vide : pas cochée",
        {"minimum": 1, "maximum": 1},
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
