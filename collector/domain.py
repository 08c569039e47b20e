"""What the collector speaks about: frozen values, and the one rule that moves an avis forward.

Nothing here does I/O. Words are those of the glossary in the README.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

# Everything is said in these, refusals included. A form may speak more: see JDMA_LANGUES.
LANGUES = ("fr", "en")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

# An avis may be completed or corrected for an hour after its first state.
CHANGE_WINDOW = timedelta(minutes=60)

# Counters of the collector, kept beside the dimensions of questionnaires.
AVIS = "avis"
OUVERTURE = "ouverture"

# Reasons the collector sets and lifts by itself; any other one is a person's decision and stays.
PIEGE = "piege"
TROP_RAPIDE = "trop_rapide"
AUTOMATIC_REASONS = frozenset({PIEGE, TROP_RAPIDE})

# No vowels and no look-alikes (0/o, 1/l/i): a code can be dictated and never spells a word.
_CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"

Texte = Mapping[str, str]
"""One wording in each language: {"fr": …, "en": …}."""


def in_language(texte: Texte, langue: str) -> str:
    """The wording in `langue`, else in French, which is always complete."""
    return texte.get(langue) or texte["fr"]


def sens(langue: str) -> str:
    """Which way a language is written, as HTML says it: ltr or rtl."""
    return "rtl" if langue in _RIGHT_TO_LEFT else "ltr"


def new_cle(now_ms: int, random: int | None = None) -> str:
    """A UUIDv7 (RFC 9562) dated `now_ms`, milliseconds since 1970 UTC; `random` is 80 bits."""
    number = now_ms << 80 | (secrets.randbits(80) if random is None else random)
    number = number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return str(UUID(int=number))


def new_code() -> str:
    """A short random code for a bouton: 6 characters, about 4·10⁸ of them."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(6))


@dataclass(frozen=True, slots=True)
class Structure:
    """An administration. `parent` is the id of the structure it belongs to."""

    id: int
    nom: str
    siret: str | None = None
    parent: int | None = None
    territoire: str | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """One question. `niveaux` run from the worst to the best; level i of k is 1 ≤ i ≤ k."""

    code: str
    question: Texte
    niveaux: tuple[Texte, ...]
    obligatoire: bool = False
    dessin: str = "aucun"


@dataclass(frozen=True, slots=True)
class Commentaire:
    """The free question that may follow the others."""

    question: Texte
    aide: Texte


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a multiple choice. `suites`: more is asked of whoever ticks it; `seule`: it
    excludes all the others."""

    code: str
    libelle: Texte
    suites: bool = False
    seule: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """A question asked of each ticked option that has `suites`, on a scale as a dimension's.

    `si` maps an earlier suite to a level: it is asked only where that one was answered so.
    """

    code: str
    question: Texte
    niveaux: tuple[Texte, ...]
    si: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChoixMultiple:
    """A question with several answers at once, and what is asked next of some of them."""

    code: str
    question: Texte
    options: tuple[Option, ...]
    suites: tuple[Suite, ...] = ()
    precision: Texte | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ChoixMultiple:
        suites = (
            Suite(**{**each, "niveaux": tuple(each["niveaux"])}) for each in value.get("suites", ())
        )
        return cls(
            value["code"],
            value["question"],
            tuple(Option(**each) for each in value["options"]),
            tuple(suites),
            value.get("precision"),
        )

    def needs(self, suite: Suite) -> dict[str, int]:
        """The levels that earlier suites must have for this one to be asked: those it names, and
        those that these need themselves."""
        needed = dict(suite.si)
        for earlier in reversed(self.suites):
            if earlier.code in needed:
                needed = {**earlier.si, **needed}
        return needed

    def before(self, suite: Suite) -> list[Suite]:
        """The suites that have to be answered first."""
        return [each for each in self.suites if each.code in self.needs(suite)]

    @property
    def read(self) -> list[Texte]:
        """All that a person reads of it."""
        suites = [texte for each in self.suites for texte in (each.question, *each.niveaux)]
        said = [self.question, *(each.libelle for each in self.options), *suites]
        return [*said, self.precision] if self.precision else said


@dataclass(frozen=True, slots=True)
class Contact:
    """The block that asks for an address to write back to; `accord` are the words of consent."""

    question: Texte
    aide: Texte
    accord: Texte


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Questions in force under an immutable id; other wording is another id."""

    id: str
    titre: Texte
    dimensions: tuple[Dimension, ...]
    commentaire: Commentaire | None = None
    choix: tuple[ChoixMultiple, ...] = ()
    contact: Contact | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Questionnaire:
        """A questionnaire from its JSON, as `schemas/questionnaire.v1.json` describes it."""
        commentaire, contact = value.get("commentaire"), value.get("contact")
        dimensions = (
            Dimension(**{**each, "niveaux": tuple(each["niveaux"])}) for each in value["dimensions"]
        )
        return cls(
            value["id"],
            value["titre"],
            tuple(dimensions),
            Commentaire(**commentaire) if commentaire else None,
            tuple(map(ChoixMultiple.from_json, value.get("choix", ()))),
            Contact(**contact) if contact else None,
        )

    def dimension(self, code: str) -> Dimension | None:
        return next((d for d in self.dimensions if d.code == code), None)

    @property
    def principale(self) -> Dimension:
        """The question that stands for the others where only one is shown: the first mandatory
        one, else the first."""
        return next((d for d in self.dimensions if d.obligatoire), self.dimensions[0])

    @property
    def cadre(self) -> bool:
        """Whether it asks more than the widget's script draws: the framed page then asks it."""
        return bool(self.choix or self.contact)

    @property
    def langues(self) -> frozenset[str]:
        """The languages in which a person can read all of it."""
        read = [texte for d in self.dimensions for texte in (d.question, *d.niveaux)]
        read += [texte for each in self.choix for texte in each.read]
        if self.commentaire:
            read += [self.commentaire.question, self.commentaire.aide]
        if self.contact:
            read += [self.contact.question, self.contact.aide, self.contact.accord]
        return frozenset.intersection(*map(frozenset, read))


@dataclass(frozen=True, slots=True)
class Demarche:
    """An online procedure. `externes` are its ids elsewhere, such as the national button's: no
    other démarche has them."""

    id: int
    slug: str
    titre: str
    structure_id: int
    questionnaire: str
    url: str | None = None
    langue: str = "fr"
    publique: bool = False
    archivee: bool = False
    externes: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether anyone may see its figures."""
        return self.publique and not self.archivee


@dataclass(frozen=True, slots=True)
class Bouton:
    """An integration point. `origines` are exact origins allowed to show the form; `externe` is the
    number it had elsewhere, such as the national button's: no other one of its démarche has it."""

    code: str
    demarche_id: int
    libelle: str
    affichage: str = "dialogue"
    origines: tuple[str, ...] = ()
    territoire: str | None = None
    ouvert: bool = True
    externe: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything configured, as one consistent picture. `version` grows with each change."""

    version: int
    structures: dict[int, Structure]
    demarches: dict[int, Demarche]
    boutons: dict[str, Bouton]
    questionnaires: dict[str, Questionnaire]

    def by_slug(self, slug: str) -> Demarche | None:
        return next((d for d in self.demarches.values() if d.slug == slug), None)

    def is_open(self, bouton: Bouton) -> bool:
        """Whether it takes avis: those of an archived démarche do not."""
        return bouton.ouvert and not self.demarches[bouton.demarche_id].archivee

    def asked_by(self, bouton: Bouton) -> Questionnaire:
        """What its démarche asks now."""
        return self.questionnaires[self.demarches[bouton.demarche_id].questionnaire]

    def above(self, structure_id: int) -> list[Structure]:
        """A structure and those above it, the nearest first; a ring is gone round once."""
        found: list[Structure] = []
        structure = self.structures.get(structure_id)
        while structure is not None and structure not in found:
            found.append(structure)
            structure = self.structures.get(structure.parent) if structure.parent else None
        return found

    def with_children(self, structures: Collection[int]) -> frozenset[int]:
        """The ids of structures, and of all that belong to them, at any depth."""
        return frozenset(
            id for id in self.structures if any(up.id in structures for up in self.above(id))
        )

    def territoire_of(self, structure_id: int) -> str | None:
        """The territory of a structure, or of the nearest one above it that has one."""
        found = (structure.territoire for structure in self.above(structure_id))
        return next(filter(None, found), None)

    def public(self) -> list[Demarche]:
        """Public démarches, by title."""
        public = (d for d in self.demarches.values() if d.shown)
        return sorted(public, key=lambda d: d.titre.casefold())


class Avis(NamedTuple):
    """One state of one avis, as it is stored. A NamedTuple: one is made per request.

    `recu_le` is the server's instant in UTC, ISO 8601 with milliseconds and « Z »; `jour` the civil
    day of it in Europe/Paris, YYYY-MM-DD. `notes` maps dimension to level (1..k). `ecarte` is the
    reason why the avis stays out of the counters, or None.
    """

    demarche_id: int
    cle: str
    bouton: str
    questionnaire: str
    etape: int
    recu_le: str
    jour: str
    notes: dict[str, int]
    verbatim: str | None = None
    langue: str = "fr"
    affichage: str = "api"
    widget: str | None = None
    ecarte: str | None = None


class Coordonnees(NamedTuple):
    """An address as it is kept, beside the avis of the same key.

    What its owner agreed to is told by the `questionnaire` whose words they read, their `langue`
    and `accord_le`, the instant of it; `jour` is the avis's, and what its keeping is counted from.
    """

    demarche_id: int
    cle: str
    courriel: str
    questionnaire: str
    langue: str
    accord_le: str
    jour: str


class Outcome(StrEnum):
    """What became of a state that was handed in. Only the first two change anything."""

    STORED = "stored"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    TOO_LATE = "too_late"
    OTHER_BOUTON = "other_bouton"


class Cell(NamedTuple):
    """The key of one counter in `agregat`."""

    demarche_id: int
    bouton: str
    jour: str
    questionnaire: str
    dimension: str
    note: int


class Vu(NamedTuple):
    """The key of one counter in `presence`: something that was seen of a bouton on a day.

    `genre` says what `valeur` is: see `collector.presence`.
    """

    demarche_id: int
    bouton: str
    jour: str
    genre: str
    valeur: str


# What `Cell` calls, without the call: an avis has four cells.
_new = tuple.__new__


def cells(avis: Avis) -> list[Cell]:
    """The counters one stored avis adds 1 to: none when it is set aside."""
    if avis.ecarte is not None:
        return []
    place = avis.demarche_id, avis.bouton, avis.jour, avis.questionnaire
    found = [_new(Cell, (*place, AVIS, 1))]
    found += [_new(Cell, (*place, dimension, note)) for dimension, note in avis.notes.items()]
    return found


def by_month(days: Counter[Cell]) -> Counter[Cell]:
    """Counters of days summed by month; `jour` becomes YYYY-MM."""
    months: Counter[Cell] = Counter()
    for cell, n in days.items():
        months[cell._replace(jour=cell.jour[:7])] += n
    return months


def advance(
    current: Avis | None, new: Avis, too_late: bool, verbatim_decided: bool = False
) -> tuple[Outcome, Avis | None]:
    """Decide what `new` does to `current`, the stored state under the same key.

    Returns the outcome, and the state to write or None when nothing changes. The day and the
    instant of the first state stay: an avis is counted on the day it came in. So does what a person
    decided: that it stays out of the counters, or (`verbatim_decided`) what is left of its comment.
    """
    if current is None:
        return Outcome.STORED, new
    if current.bouton != new.bouton:
        return Outcome.OTHER_BOUTON, None
    if new.etape <= current.etape:
        return Outcome.UNCHANGED, None
    if too_late:
        return Outcome.TOO_LATE, None
    decided = current.ecarte is not None and current.ecarte not in AUTOMATIC_REASONS
    return Outcome.UPDATED, new._replace(
        recu_le=current.recu_le,
        jour=current.jour,
        verbatim=current.verbatim if verbatim_decided else new.verbatim,
        ecarte=current.ecarte if decided else new.ecarte,
    )


def moves(steps: Iterable[tuple[Avis | None, Avis]]) -> Counter[Cell]:
    """What counters move by when avis go from one state to the next, or come in (None)."""
    gained: list[Cell] = []
    lost: list[Cell] = []
    for before, after in steps:
        gained += cells(after)
        if before is not None:
            lost += cells(before)
    counters = Counter(gained)
    counters.subtract(lost)
    return counters
