"""An address that somebody left to be written back to: what is accepted, what is kept of it, and
what it takes to delete it. Pure.

It is kept apart from the avis, and no file, list or figure of avis has it: see
`collector.store.contacts`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from hmac import compare_digest
from typing import TypedDict
from uuid import UUID

from collector.domain import Questionnaire, Texte
from collector.errors import Faute, Invalid, NotFound

LONGEST_COURRIEL = 254  # characters of an address: RFC 5321, 4.5.3.1.3 and its erratum 1690
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
NOT_ASKED = Faute("contact", "", _ASKED)
_AGREED: Texte = {
    "fr": "true : sans cet accord, aucune adresse n’est gardée",
    "en": "true: without this consent, no address is kept",
}


class Contacted(TypedDict):
    """What a body says of it, as `schemas/avis.v1.json` has it."""

    courriel: str
    accord: bool


def read_courriel(text: str) -> str | None:
    """An address as it is kept, its domain in small letters; None when it is not one."""
    courriel = text.strip()
    if len(courriel) > LONGEST_COURRIEL or not COURRIEL.fullmatch(courriel):
        return None
    local, _, domain = courriel.rpartition("@")
    return f"{local}@{domain.lower()}"


def check_contact(contact: Contacted, questionnaire: Questionnaire) -> str:
    """The address that is left. Raises Invalid: where nobody asked for one, where there is no
    consent, where it is no address."""
    if questionnaire.contact is None:
        raise Invalid(NOT_ASKED)
    courriel = read_courriel(contact["courriel"])
    fautes = []
    if courriel is None:
        fautes.append(Faute("contact.courriel", contact["courriel"], ACCEPTED))
    if not contact["accord"]:
        fautes.append(Faute("contact.accord", "false", _AGREED))
    if courriel is None or fautes:
        raise Invalid(*fautes)
    return courriel


_CLE, _DEMARCHE, _MAC = 16, 4, 16  # bytes


class Effacements:
    """Makes and reads what deletes an address: the key of its avis and a MAC of that, in letters
    that the address of a page may have. It has no end of its own: what it opens has one."""

    def __init__(self, secret: str, before: Sequence[str] = ()) -> None:
        """`before`: secrets that sign nothing any more, and are still believed."""
        self._keys = tuple(
            hashlib.sha256(b"effacement:" + each.encode()).digest() for each in (secret, *before)
        )

    def sign(self, demarche_id: int, cle: str) -> str:
        named = UUID(cle).bytes + demarche_id.to_bytes(_DEMARCHE)
        return base64.urlsafe_b64encode(named + _signature(self._keys[0], named)).decode()

    def read(self, jeton: str) -> tuple[int, str]:
        """The démarche and the key of the avis. Raises NotFound for what is not ours."""
        try:
            signed = base64.b64decode(jeton, b"-_", validate=True)
        except ValueError:  # binascii.Error is one
            raise NotFound from None
        named, given = signed[:-_MAC], signed[-_MAC:]
        if not any(compare_digest(given, _signature(key, named)) for key in self._keys):
            raise NotFound
        return int.from_bytes(named[_CLE:]), str(UUID(bytes=named[:_CLE]))


def _signature(key: bytes, named: bytes) -> bytes:
    return hashlib.blake2b(named, key=key, digest_size=_MAC).digest()
