"""Rows of a file to avis, or what is wrong with them: which column, what it holds, what is wanted.
Pure.

Whatever the collector would refuse of a widget is refused here too, by the same schema; and what a
row says of itself (its day, its instant, its questionnaire) has to hold together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from collector.asked.periode import jour_a_paris, parse_jour
from collector.domain import Avis, Catalogue, Questionnaire
from collector.errors import Faute, Invalid
from collector.options import check_answers, parted
from collector.parse import AvisBody, Schema, clean
from collector.privacy.masquage import mask

Value = str | int | float | bool | None

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_REASON = re.compile(r"[a-z_]{1,40}")
# What a row has as a widget sends it.
_SENT = ("cle", "etape", "bouton", "questionnaire", "verbatim", "langue", "affichage", "widget")


class BadCell(Exception):
    """One value cannot be taken: its column, what it is, what was wanted, in French."""

    def __init__(self, column: str, found: object, wanted: str) -> None:
        super().__init__(column, found, wanted)
        self.column, self.found, self.wanted = column, found, wanted


class Importer:
    """Makes avis of rows, for one catalogue."""

    def __init__(self, catalogue: Catalogue, schema: Schema) -> None:
        self._catalogue = catalogue
        self._schema = schema
        self._slugs = {d.slug: d.id for d in catalogue.demarches.values()}

    def avis(self, row: Mapping[str, Value]) -> Avis:
        """The avis of a row, a column each: a question is « questionnaire.dimension ». Raises
        BadCell."""
        questionnaire = self._questionnaire(row["questionnaire"])
        notes = _notes(row, questionnaire)
        sent = {name: row[name] for name in _SENT if row.get(name) is not None}
        try:
            notes = self._checked(sent, notes, questionnaire)
        except Invalid as error:
            raise _bad_cell(error.fautes()[0], questionnaire) from None
        demarche_id = self._demarche(row["demarche"])
        recu_le, jour = _instant(row["recu_le"])
        if row["jour"] != jour:
            raise BadCell("jour", row["jour"], f"{jour}, le jour de recu_le à Paris")
        ecarte = row["ecarte"]
        if ecarte is not None and not _REASON.fullmatch(str(ecarte)):
            raise BadCell("ecarte", ecarte, "une raison en minuscules, ou rien")
        self._check_bouton(str(row["bouton"]), demarche_id)
        verbatim = clean(str(row.get("verbatim") or ""))
        return Avis(
            demarche_id=demarche_id,
            cle=str(row["cle"]),
            bouton=str(row["bouton"]),
            questionnaire=questionnaire.id,
            etape=int(row["etape"] or 0),
            recu_le=recu_le,
            jour=jour,
            notes=notes,
            verbatim=mask(verbatim).texte or None,
            langue=str(row["langue"]),
            affichage=str(row["affichage"]),
            widget=_maybe(row["widget"]),
            ecarte=_maybe(ecarte),
        )

    def _checked(
        self, sent: Mapping[str, Value], notes: dict[str, int], questionnaire: Questionnaire
    ) -> dict[str, int]:
        """The notes of a row, when they are those of what a widget might have sent. Raises Invalid,
        or BadCell where a count of options is not theirs."""
        levels, ticked = parted(notes, questionnaire)
        body = {**sent, "notes": levels, **({"choix": ticked} if ticked else {})}
        self._schema.check(body)
        found = check_answers(cast(AvisBody, body), questionnaire)
        for name in sorted(notes.keys() | found.keys()):
            if notes.get(name) != found.get(name):
                wanted = str(found.get(name, "rien"))
                raise BadCell(f"{questionnaire.id}.{name}", notes.get(name), wanted)
        return found

    def _demarche(self, slug: Value) -> int:
        if slug not in self._slugs:
            raise BadCell("demarche", slug, "le slug d’une démarche de cette base")
        return self._slugs[str(slug)]

    def _questionnaire(self, id: Value) -> Questionnaire:
        found = self._catalogue.questionnaires.get(str(id))
        if found is None:
            known = ", ".join(sorted(self._catalogue.questionnaires))
            raise BadCell("questionnaire", id, f"l’un de {known}")
        return found

    def _check_bouton(self, code: str, demarche_id: int) -> None:
        bouton = self._catalogue.boutons.get(code)
        if bouton is None or bouton.demarche_id != demarche_id:
            raise BadCell("bouton", code, "le code d’un bouton de cette démarche")


def _instant(value: Value) -> tuple[str, str]:
    """The instant, and its civil day in Paris."""
    text = str(value)
    try:
        if _INSTANT.fullmatch(text):
            jour = jour_a_paris(datetime.fromisoformat(text)).isoformat()
            check_jour("recu_le", jour)
            return text, jour
    except (ValueError, OverflowError):  # the last hour of the year 9999 is over in Paris
        pass
    raise BadCell("recu_le", value, "un instant comme 2026-11-22T10:00:00.000Z")


def check_jour(column: str, jour: str) -> None:
    """Return when figures can be asked of that day; else raise BadCell: what is counted on another
    one would be in some files, and in no figure."""
    try:
        parse_jour(jour)
    except ValueError:
        raise BadCell(column, jour, "un jour de 2000-01-01 à 2100-12-31") from None


def _notes(row: Mapping[str, Value], questionnaire: Questionnaire) -> dict[str, int]:
    """The answers to a questionnaire: there are none in the columns of another one."""
    mine = f"{questionnaire.id}."
    notes = {}
    for column, value in row.items():
        if "." in column and value is not None:
            if not column.startswith(mine):
                raise BadCell(column, value, f"rien : le questionnaire est {questionnaire.id}")
            notes[column.removeprefix(mine)] = value
    return notes  # type: ignore[return-value]


def _maybe(value: Value) -> str | None:
    return None if value is None else str(value)


def _bad_cell(faute: Faute, questionnaire: Questionnaire) -> BadCell:
    column = faute.champ
    if column.startswith(("notes.", "choix.")):
        column = f"{questionnaire.id}.{column.partition('.')[2]}"
    return BadCell(column, faute.valeur, faute.attendu["fr"])
