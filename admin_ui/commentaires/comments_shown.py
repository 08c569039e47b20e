"""A comment as the pages show it: in pieces, dated, with the words of its levels. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from collector.asked.recherche import Recherche, marked, parts_in, passage
from collector.domain import PIEGE, TROP_RAPIDE, Avis, Catalogue, ChoixMultiple
from collector.moderation import SPAM, Commente, Etat, Etiquette, Motif
from collector.options import suites_of

SHORT = 280  # characters of a comment in a list, where nothing is looked for

ETATS: Mapping[Etat, str] = {
    "a_lire": "À lire",
    "lu": "Lu",
    "a_traiter": "À traiter",
    "traite": "Traité",
}
MOTIFS: Mapping[Motif, str] = {
    "injure": "insulte ou menace",
    "donnees_personnelles": "données personnelles",
}
ECARTES: Mapping[str, str] = {
    PIEGE: "écarté par le piège à robots",
    TROP_RAPIDE: "écarté car envoyé trop vite",
    SPAM: "écarté comme indésirable",
}

Piece = tuple[str, bool]
"""Some text, and whether it was looked for."""


class Note(NamedTuple):
    """The answer to one question. `genre` is how it compares: faible, moyen or bon."""

    question: str
    niveau: str
    genre: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One comment of a page. `reste`: there is more of it than is shown."""

    commente: Commente
    pieces: Sequence[Piece]
    reste: bool
    notes: Sequence[Note]
    etiquettes: Sequence[Etiquette]
    etat: str
    ecarte: str | None
    retire: str | None
    masque: str | None
    nouveau: bool

    @property
    def avis(self) -> Avis:
        return self.commente.avis


class Sight(NamedTuple):
    """What comments are looked at with: words that were looked for, words the engine takes for
    them, the labels there are, and since when a comment is new."""

    catalogue: Catalogue
    recherche: Recherche | None = None
    formes: Set[str] = frozenset()
    etiquettes: Sequence[Etiquette] = ()
    depuis: str = ""


def in_list(commente: Commente, sight: Sight) -> Shown:
    """The part of a comment that a list shows."""
    text = commente.avis.verbatim or ""
    if sight.recherche is not None:
        shown = passage(text, sight.recherche, sight.formes)
        return _shown(commente, sight, parts_in(shown), len(shown) < len(text))
    short = text if len(text) <= SHORT else text[:SHORT].rsplit(maxsplit=1)[0] + "…"
    return _shown(commente, sight, [(short, False)] if text else [], short != text)


def alone(commente: Commente, sight: Sight) -> Shown:
    """All of it."""
    text = commente.avis.verbatim or ""
    if sight.recherche is not None:
        text = marked(text, sight.recherche, sight.formes)
    return _shown(commente, sight, parts_in(text), False)


def _shown(commente: Commente, sight: Sight, pieces: Sequence[Piece], reste: bool) -> Shown:
    avis = commente.avis
    return Shown(
        commente,
        pieces,
        reste,
        _notes(avis, sight.catalogue),
        [each for each in sight.etiquettes if each.id in commente.etiquettes],
        ETATS[commente.etat],
        None if avis.ecarte is None else ECARTES.get(avis.ecarte, f"écarté : {avis.ecarte}"),
        commente.retire and _motif(commente.retire.motif),
        commente.masque and _motif(commente.masque.motif),
        bool(sight.depuis) and avis.recu_le > sight.depuis,
    )


def _motif(motif: str) -> str:
    return next((words for known, words in MOTIFS.items() if known == motif), motif)


def _notes(avis: Avis, catalogue: Catalogue) -> list[Note]:
    """Answers in the words they were given to, in the order of the questions."""
    questionnaire = catalogue.questionnaires.get(avis.questionnaire)
    if questionnaire is None:
        return [Note(code, str(note), "") for code, note in avis.notes.items()]
    found = []
    for dimension in questionnaire.dimensions:
        note = avis.notes.get(dimension.code)
        if note is not None and 1 <= note <= len(dimension.niveaux):
            niveau = dimension.niveaux[note - 1]["fr"]
            found.append(Note(dimension.question["fr"], niveau, _genre(note, dimension.niveaux)))
    for choix in questionnaire.choix:
        found += _ticked(avis.notes, choix)
    return found


def _ticked(notes: Mapping[str, int], choix: ChoixMultiple) -> Iterator[Note]:
    """The options that were ticked, then what was answered about them."""
    libelles = {each.code: each.libelle["fr"] for each in choix.options}
    ticked = [text for code, text in libelles.items() if f"{choix.code}.{code}" in notes]
    if ticked:
        yield Note(choix.question["fr"], ", ".join(ticked), "")
    for name, suite in suites_of(choix):
        note = notes.get(name)
        if note is not None and 1 <= note <= len(suite.niveaux):
            question = f"{libelles[name.partition('.')[2]]} – {suite.question['fr']}"
            yield Note(question, suite.niveaux[note - 1]["fr"], _genre(note, suite.niveaux))


def _genre(note: int, niveaux: Sequence[object]) -> str:
    """By thirds, from the worst to the best."""
    part = (note - 1) / max(len(niveaux) - 1, 1)
    return "faible" if part < 1 / 3 else "moyen" if part < 2 / 3 else "bon"
