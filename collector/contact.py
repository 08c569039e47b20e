"""An address that somebody left to be written back to: what is accepted, and what is kept. Pure.

It is kept apart from the avis, and no file, list or figure of avis has it: see
`collector.store.contacts`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple, TypedDict

from collector.domain import Questionnaire, Texte
from collector.errors import Faute, Invalid

LONGEST = 254  # characters of an address: RFC 5321, 4.5.3.1.3 and its erratum 1690
ACCEPTED: Texte = {
    "fr": "une adresse comme prenom.nom@exemple.fr, sans accent ni espace",
    "en": "an address such as first.last@example.org, without accents or spaces",
}

# What people have: a dot-atom of RFC 5322, then names of a DNS that has at least two of them. No
# quotes, no comments, no bare IP address, nothing outside ASCII: what is mistyped looks like those
# far more often than anybody has them.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
COURRIEL = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.IGNORECASE
)

_ASKED: Texte = {
    "fr": "aucun contact : ce questionnaire ne demande pas d’adresse",
    "en": "no contact: this questionnaire asks for no address",
}
_AGREED: Texte = {
    "fr": "true : sans cet accord, aucune adresse n’est gardée",
    "en": "true: without this consent, no address is kept",
}


class Contacted(TypedDict):
    """What a body says of it, as `schemas/avis.v1.json` has it."""

    courriel: str
    accord: bool


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


def read_courriel(text: str) -> str | None:
    """An address as it is kept, its domain in small letters; None when it is not one."""
    courriel = text.strip()
    if len(courriel) > LONGEST or not COURRIEL.fullmatch(courriel):
        return None
    local, _, domain = courriel.rpartition("@")
    return f"{local}@{domain.lower()}"


def check_contact(contact: Contacted, questionnaire: Questionnaire) -> str:
    """The address that is left. Raises Invalid: where nobody asked for one, where there is no
    consent, where it is no address."""
    if questionnaire.contact is None:
        raise Invalid(Faute("contact", "", _ASKED))
    courriel = read_courriel(contact["courriel"])
    fautes = []
    if courriel is None:
        fautes.append(Faute("contact.courriel", contact["courriel"], ACCEPTED))
    if not contact["accord"]:
        fautes.append(Faute("contact.accord", "false", _AGREED))
    if courriel is None or fautes:
        raise Invalid(*fautes)
    return courriel


def first_kept(today: date, months: int) -> date:
    """The first day whose addresses are kept: `months` ago, the same day of the month or the last
    one it has."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
