"""Avis as rows of a downloadable table: where they come from, what was answered. Pure.

A million of them go through here: what is the same for many rows is worked out once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson

from collector.domain import Catalogue, Questionnaire
from collector.formats.table import Row, Table
from collector.formats.tables import avis_table
from collector.options import noms
from collector.store.contract import Row as Stored

VERBATIM = "verbatim"
_COMBINATIONS = 10_000  # kept; twelve questions have millions, hardly any of them twice


class AvisRows:
    """The table of avis under some questionnaires, with their comments or without, and its rows."""

    def __init__(
        self, catalogue: Catalogue, questionnaires: Sequence[Questionnaire], verbatims: bool
    ) -> None:
        table = avis_table(questionnaires)
        self.table: Table = table if verbatims else table.without(VERBATIM)
        self._verbatims = verbatims
        self._before = {code: _place(catalogue, code) for code in catalogue.boutons}
        self._questions = [(q.id, name) for q in questionnaires for name in noms(q)]
        # A few thousand: every combination of answers there is, where questions are few.
        self._after: dict[tuple[str, str], tuple[int | None, ...]] = {}

    def page(self, stored: Iterable[Stored]) -> list[Row]:
        """Rows of `Store.select_rows` (see `SELECTED`) as rows of the table."""
        known, places, end = self._after, self._before, 12 if self._verbatims else 11
        return [
            places[row[1]]
            + row[2:end]
            + (known.get((row[2], row[12])) or self._answers(row[2], row[12]))
            for row in stored
        ]

    def _answers(self, questionnaire: str, notes: str) -> tuple[int | None, ...]:
        """The last columns: empty where another questionnaire asks."""
        said = orjson.loads(notes)
        after = tuple(
            said.get(code) if id == questionnaire else None for id, code in self._questions
        )
        if len(self._after) >= _COMBINATIONS:
            self._after.clear()
        self._after[questionnaire, notes] = after
        return after


def _place(catalogue: Catalogue, code: str) -> tuple[str | None, ...]:
    """The columns of a bouton: démarche, titre, structure, bouton, libellé, territoire."""
    bouton = catalogue.boutons[code]
    demarche = catalogue.demarches[bouton.demarche_id]
    structure = catalogue.structures[demarche.structure_id]
    territoire = bouton.territoire or catalogue.territoire_of(structure.id)
    return demarche.slug, demarche.titre, structure.nom, code, bouton.libelle, territoire


def asked(
    catalogue: Catalogue, demarches: Collection[int], counted: Mapping[int, Collection[str]]
) -> list[Questionnaire]:
    """Every questionnaire that these démarches ask now or ever had an answer to, by id.

    `counted` are those that have counters, by démarche.
    """
    ids = {catalogue.demarches[id].questionnaire for id in demarches}
    ids.update(*(counted.get(id, ()) for id in demarches))
    return [catalogue.questionnaires[id] for id in sorted(ids)]
