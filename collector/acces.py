"""Who may see what: API tokens and their reach, and the journal of what was done with them. Pure.

A token is shown once, when it is made. What is kept is its SHA-256: 256 random bits need no slow
hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from collector.domain import Catalogue

Droit = Literal["lire", "verbatims", "deposer"]
"""`lire`: avis and figures. `verbatims`: their comments too. `deposer`: post avis without a form's
jeton."""

DROITS: tuple[Droit, ...] = ("lire", "verbatims", "deposer")
_PREFIX = "jdma_"  # so that a scanner of published code finds one that slipped out


@dataclass(frozen=True, slots=True)
class Portee:
    """Which démarches are meant: all (`tout`), those of structures with their children, some."""

    tout: bool = False
    structures: tuple[int, ...] = ()
    demarches: tuple[int, ...] = ()

    def within(self, catalogue: Catalogue) -> frozenset[int]:
        """The ids of the démarches meant, as things are now."""
        if self.tout:
            return frozenset(catalogue.demarches)
        structures = catalogue.with_children(self.structures)
        return frozenset(
            d.id
            for d in catalogue.demarches.values()
            if d.id in self.demarches or d.structure_id in structures
        )


@dataclass(frozen=True, slots=True)
class JetonApi:
    """An API token as it is kept. Instants are ISO 8601 in UTC; None: not yet, or never."""

    id: int
    nom: str
    portee: Portee
    droits: frozenset[Droit]
    cree_le: str
    expire_le: str
    vu_le: str | None = None
    revoque_le: str | None = None


class Entree(NamedTuple):
    """One line of the journal: when, who, what, on what. Never a secret, nor a comment."""

    le: str
    qui: str
    action: str
    sur: Mapping[str, object]


def new_jeton_api() -> str:
    """The text of a new token, which nobody can guess."""
    return _PREFIX + secrets.token_urlsafe(32)


def empreinte(jeton: str) -> str:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(jeton.encode()).hexdigest()
