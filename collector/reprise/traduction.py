"""A row of a file from elsewhere in the words of a questionnaire, and what has no place. Pure.

What cannot be told is said, value by value, and nothing is made up for it: an answer that is not
known is no answer, and a row without an instant or a mandatory answer is no avis.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

from collector.clock import instant
from collector.domain import Avis, ChoixMultiple, Suite, new_cle
from collector.parse import MAX_VERBATIM, clean
from collector.reprise.dates import read_instant
from collector.reprise.lecture import Cellule, Ligne
from collector.reprise.plan import (
    COMMENTAIRE,
    DATE,
    FORMULAIRE,
    IDENTIFIANT,
    JAMAIS,
    LIEN,
    Plan,
    key,
)

ENTRE = " / "  # between the answers of one cell
PUIS = " : "  # between an option and what is said of it

INCONNUE = "colonne inconnue"
DOUBLE = "colonne de même sens qu’une autre"
JAMAIS_REPRISE = "colonne qui n’est jamais reprise"
VALEUR = "réponse inconnue"
SANS_DATE = "sans date lisible : la ligne n’est pas un avis"
AVENIR = "date à venir : la ligne n’est pas un avis"
SANS_REPONSE = "sans la réponse obligatoire : la ligne n’est pas un avis"
SEULE = "réponse qui exclut les autres, donnée avec d’autres"
SANS_QUESTION = "réponse à une question qui n’a pas été posée"
TROP_LONG = f"commentaire coupé à {MAX_VERBATIM} caractères"


class Reste(NamedTuple):
    """Something of a row that has no place, and why."""

    colonne: str
    valeur: str
    motif: str


class Repris(NamedTuple):
    """A row as an avis whose bouton is still to be chosen, by `lien`."""

    lien: str
    avis: Avis


@dataclass
class Traduction:
    """Makes avis of the rows of one file, in their order. `now_ms`: nothing is dated after it."""

    plan: Plan
    demarche_id: int
    fuseau: tzinfo
    now_ms: int
    _seen: Counter[bytes] = field(default_factory=Counter)

    def avis(self, ligne: Ligne, restes: list[Reste]) -> Repris | None:
        """The avis of a row; None when it is none. What has no place is added to `restes`."""
        row = self._by_meaning(ligne.cellules, restes)
        said = {name: str(cell) for name, cell in row.items()}
        try:
            lu = read_instant(row.get(DATE, ""), self.fuseau)
        except ValueError:
            restes.append(Reste(DATE, said.get(DATE, ""), SANS_DATE))
            return None
        if lu.ms > self.now_ms:
            restes.append(Reste(DATE, str(row[DATE]), AVENIR))
            return None
        notes = self._notes(said, restes)
        for dimension in self.plan.questionnaire.dimensions:
            if dimension.obligatoire and dimension.code not in notes:
                restes.append(Reste(dimension.code, "", SANS_REPONSE))
                return None
        verbatim = self._verbatim(said.get(COMMENTAIRE, ""), restes)
        told = lu.heure and said.get(IDENTIFIANT)
        content = "" if told else repr((sorted(notes.items()), verbatim))
        at = instant(lu.ms)
        avis = Avis(
            self.demarche_id,
            self._cle(lu.ms, said, content),
            "",
            self.plan.questionnaire.id,
            1,
            at.recu_le,
            at.jour_iso,
            notes,
            verbatim,
            affichage="lien",
        )
        return Repris(said.get(LIEN, ""), avis)

    def _by_meaning(
        self, cellules: Mapping[str, Cellule], restes: list[Reste]
    ) -> dict[str, Cellule]:
        found = {}
        for heading, cell in cellules.items():
            what = self.plan.colonnes.get(key(heading))
            if what is None or what == JAMAIS:
                restes.append(Reste(heading, "", JAMAIS_REPRISE if what else INCONNUE))
            elif what in found:
                restes.append(Reste(heading, "", DOUBLE))
            else:
                found[what] = cell
        return found

    def _cle(self, ms: int, said: Mapping[str, str], content: str) -> str:
        """The same for the same row of any export, into any store. The number that the national
        export gives is cut to 7 digits: with the second it is enough; where only the day is known,
        or no number, the answers tell avis apart, and then their order."""
        named = (said.get(FORMULAIRE, ""), said.get(IDENTIFIANT, ""), content)
        what = hashlib.sha256(repr((ms, named)).encode()).digest()
        n = self._seen[what[:8]]
        self._seen[what[:8]] += 1
        drawn = hashlib.sha256(what + n.to_bytes(8, "big")).digest()
        return new_cle(ms, int.from_bytes(drawn[:10], "big"))

    # The answers

    def _notes(self, said: Mapping[str, str], restes: list[Reste]) -> dict[str, int]:
        """As they are stored: a level for each question, and for options those of their suites."""
        notes: dict[str, int] = {}
        for dimension in self.plan.questionnaire.dimensions:
            text = said.get(dimension.code, "")
            level = self._value(dimension.code, text, restes) if text else None
            if level is not None:
                notes[dimension.code] = int(level)
        for choix in self.plan.questionnaire.choix:
            notes |= self._choix(choix, said, restes)
        return notes

    def _choix(
        self, choix: ChoixMultiple, said: Mapping[str, str], restes: list[Reste]
    ) -> dict[str, int]:
        options = self._ticked(choix, said.get(choix.code, ""), restes)
        notes = {choix.code: len(options)} if options else {}
        notes |= {f"{choix.code}.{option}": 1 for option in options}
        asked = {option.code for option in choix.options if option.suites} & set(options)
        for suite in choix.suites:
            for option, level in self._of_options(choix, suite, said, restes):
                met = all(notes.get(f"{code}.{option}") == n for code, n in suite.si.items())
                if option in asked and met:
                    notes[f"{suite.code}.{option}"] = level
                else:
                    restes.append(Reste(suite.code, option, SANS_QUESTION))
        return notes

    def _ticked(self, choix: ChoixMultiple, text: str, restes: list[Reste]) -> list[str]:
        """The options of a cell, in their own order."""
        values = (self._value(choix.code, each, restes) for each in _parts(text))
        found = {str(value) for value in values if value is not None}
        alone = {option.code for option in choix.options if option.seule} & found
        if alone and found - alone:
            restes += [Reste(choix.code, each, SEULE) for each in sorted(alone)]
            found -= alone
        return [option.code for option in choix.options if option.code in found]

    def _of_options(
        self, choix: ChoixMultiple, suite: Suite, said: Mapping[str, str], restes: list[Reste]
    ) -> Iterator[tuple[str, int]]:
        """« Par téléphone… : Oui / Par chat… : Non » as options and levels."""
        for part in _parts(said.get(suite.code, "")):
            name, _, answer = part.rpartition(PUIS)
            if not name:
                restes.append(Reste(suite.code, part, SANS_QUESTION))
                continue
            option = self._value(choix.code, name, restes)
            level = self._value(suite.code, answer, restes) if option is not None else None
            if option is not None and level is not None:
                yield str(option), int(level)

    def _value(self, question: str, text: str, restes: list[Reste]) -> int | str | None:
        value = self.plan.valeurs[question].get(key(text))
        if value is None:
            restes.append(Reste(question, text, VALEUR))
        return value

    def _verbatim(self, text: str, restes: list[Reste]) -> str | None:
        kept = clean(text)
        if len(kept) > MAX_VERBATIM:
            restes.append(Reste(COMMENTAIRE, "", TROP_LONG))
            kept = clean(kept[:MAX_VERBATIM])
        return kept or None


def _parts(text: str) -> list[str]:
    return [part for each in text.split(ENTRE) if (part := each.strip())]
