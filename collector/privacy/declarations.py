"""What the service declares of itself: privacy, accessibility, the art. 30 entry; pure.

Each sentence in `schemas/textes/declarations` holds always, or under the conditions its `si` names:
what is read is what the settings make true, so no page promises another duration than the one in
force.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from collector.clock import Clock
from collector.config import ACCESSIBILITE, Settings, resource
from collector.domain import LANGUES
from collector.presence import KEPT_DAYS
from collector.wording import decimal, jour, nombre

Textes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tableau:
    legende: Markup
    colonnes: list[Markup]
    lignes: list[list[Markup]]


@dataclass(frozen=True, slots=True)
class Bloc:
    """A part of a section: exactly one of these is there."""

    texte: Markup | None = None
    sous_titre: Markup | None = None
    liste: list[Markup] | None = None
    tableau: Tableau | None = None


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    titre: Markup
    blocs: list[Bloc]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A page as it is read. `suite`: the other pages it leads to, by name and heading."""

    titre: Markup
    chapeau: Markup
    suite: list[Mapping[str, str]]
    sections: list[Section]


def read_texts() -> dict[str, Textes]:
    """The sentences of every declaration, by language."""
    folder = resource("schemas", "textes", "declarations")
    return {
        langue: json.loads((folder / f"{langue}.json").read_text("utf-8")) for langue in LANGUES
    }


class Pieds(Mapping[str, Mapping[str, str]]):
    """The words of the two links at the foot of each page, by language: those of today, for the
    state they name comes to an end while a server runs."""

    def __init__(self, texts: Mapping[str, Textes], settings: Settings, clock: Clock) -> None:
        self._words = {langue: each["pied"] for langue, each in texts.items()}
        self._settings, self._clock = settings, clock

    def __getitem__(self, langue: str) -> Mapping[str, str]:
        words = self._words[langue]
        etat = words[accessibilite(self._settings, self._clock.now().jour)]
        return {
            "langue": langue,
            "vie_privee": words["vie_privee"],
            "accessibilite": words["accessibilite"].format(etat=etat),
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


def accessibilite(settings: Settings, today: date) -> str:
    """The state that may be declared today: nothing rests on an audit that is over."""
    audit = settings.audit
    return ACCESSIBILITE[0] if audit and audit.is_over(today) else settings.accessibilite


def declaration(
    texts: Textes, name: str, langue: str, settings: Settings, today: date, contact: bool
) -> Declaration:
    """One declaration in one language. `contact`: whether a questionnaire asks for an
    address, or one is kept that was asked for before."""
    said = _Said(texts, langue, settings, today, contact)
    page = texts[name]
    return Declaration(
        titre=said(page["titre"]),
        chapeau=said(page["chapeau"]),
        suite=page["suite"],
        sections=[
            Section(each["id"], said(each["titre"]), list(said.blocs(each["corps"])))
            for each in page["sections"]
        ],
    )


class _Said:
    """Fills sentences: what is put in is escaped, the sentence itself is ours."""

    def __init__(
        self, texts: Textes, langue: str, settings: Settings, today: date, contact: bool
    ) -> None:
        self._values = _values(texts, langue, settings, today)
        self._true = {
            name for name, holds in _conditions(settings, today, contact).items() if holds
        }

    def __call__(self, sentence: str) -> Markup:
        return Markup(sentence).format(**self._values)  # noqa: S704

    def blocs(self, corps: list[Any]) -> Iterator[Bloc]:
        for each in corps:
            if isinstance(each, str):
                yield Bloc(texte=self(each))
            elif self._holds(each):
                yield self._bloc(each)

    def _bloc(self, value: Mapping[str, Any]) -> Bloc:
        if "liste" in value:
            return Bloc(liste=[self(each) for each in value["liste"]])
        if "tableau" in value:
            return Bloc(tableau=self._tableau(value["tableau"]))
        if "sous_titre" in value:
            return Bloc(sous_titre=self(value["sous_titre"]))
        return Bloc(texte=self(value["texte"]))

    def _tableau(self, value: Mapping[str, Any]) -> Tableau:
        lignes = [
            each if isinstance(each, dict) else {"cellules": each} for each in value["lignes"]
        ]
        return Tableau(
            self(value["legende"]),
            [self(each) for each in value["colonnes"]],
            [[self(each) for each in ligne["cellules"]] for ligne in lignes if self._holds(ligne)],
        )

    def _holds(self, value: Mapping[str, Any]) -> bool:
        return value.get("si") is None or value["si"] in self._true


def _conditions(settings: Settings, today: date, contact: bool) -> dict[str, bool]:
    """What a `si` may name, and whether it holds."""
    given = {
        "responsable": settings.responsable,
        "dpo": settings.dpo,
        "hebergeur": settings.hebergeur,
        "schema": settings.accessibilite_schema,
        "contact_accessibilite": settings.accessibilite_contact,
    }
    audit = settings.audit
    over = audit is not None and audit.is_over(today)
    return {
        **{name: bool(value) for name, value in given.items()},
        **{f"sans_{name}": not value for name, value in given.items()},
        "audit": audit is not None and not over,
        "audit_perime": over,
        "sans_audit": audit is None,
        "contact": contact,
        "sans_contact": not contact,
        f"totp_{settings.totp}": True,
        accessibilite(settings, today): True,
    }


def _values(texts: Textes, langue: str, settings: Settings, today: date) -> dict[str, object]:
    def mois(n: int) -> str:
        sentence: str = texts["mois_un" if n == 1 else "mois"]
        return sentence.format(n=nombre(n, langue))

    audit = settings.audit
    return {
        "responsable": settings.responsable,
        "dpo": _linked(settings.dpo),
        "hebergeur": settings.hebergeur,
        "schema": settings.accessibilite_schema,
        "contact_accessibilite": _linked(settings.accessibilite_contact),
        "adresse": settings.base_url,
        "seuil": nombre(settings.public_threshold, langue),
        "commentaires": mois(settings.keep_comments),
        "avis": mois(settings.keep_avis),
        "contacts": mois(settings.keep_contacts),
        "journal": mois(settings.keep_journal),
        "comptes": mois(settings.keep_comptes),
        "presence": nombre(KEPT_DAYS, langue),
        "jour": jour(today, langue),
        "audit_jour": jour(audit.le, langue) if audit else "",
        "taux": decimal(audit.taux, langue) if audit else "",
        "auditeur": audit.auditeur if audit else "",
    }


def _linked(contact: str) -> Markup:
    """An address, of mail or of a page, as a link; anything else as it stands."""
    if contact.startswith("https://"):
        return Markup('<a href="{0}">{0}</a>').format(contact)
    if "@" in contact and " " not in contact:
        return Markup('<a href="mailto:{0}">{0}</a>').format(contact)
    return Markup("{}").format(contact)
