"""Who may see what: API tokens and their reach, and the journal of what was done with them. Pure.

A token is shown once, when it is made. What is kept is its SHA-256: 256 random bits need no slow
hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping
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
        structures = with_children(catalogue, self.structures)
        return frozenset(
            d.id
            for d in catalogue.demarches.values()
            if d.id in self.demarches or d.structure_id in structures
        )


def with_children(catalogue: Catalogue, structures: Collection[int]) -> frozenset[int]:
    """Structures, and all that belong to them, at any depth."""
    return frozenset(
        id for id in catalogue.structures if any(up in structures for up in _upwards(catalogue, id))
    )


def _upwards(catalogue: Catalogue, id: int | None) -> Iterator[int]:
    """A structure, the one above, and so on. A ring, which nothing makes, would end too."""
    seen: set[int] = set()
    while id is not None and id not in seen:
        seen.add(id)
        yield id
        id = catalogue.structures[id].parent


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
