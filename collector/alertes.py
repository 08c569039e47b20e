"""What is told to people and to other programs: who asked for it, and what became of it. Values.

Rules are those of `admin_ui`. Instants are ISO 8601 in UTC with milliseconds and « Z ».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Genre = Literal[
    "resume_jour", "resume_semaine", "resume_mois", "commentaires", "baisse", "silence",
    "integration",
]  # fmt: skip
"""What one may be told of a démarche."""

GENRES: tuple[Genre, ...] = get_args(Genre)
ESSAI = "essai"  # an event that says nothing, to see whether a webhook takes it

Statut = Literal["attente", "pris", "abandonne", "annule"]
"""`pris`: its server accepted it. `abandonne`: tried as often as it is. `annule`: there was nobody
left to tell, or nothing to tell them."""


class Abonnement(NamedTuple):
    """Who is told what of a démarche: an account, or a webhook; the other one is 0."""

    demarche_id: int
    genre: str
    compte_id: int
    crochet_id: int
    cree_le: str


@dataclass(frozen=True, slots=True)
class Crochet:
    """A webhook. Its secret is made of the server's and of `graine`, and is not kept."""

    id: int
    demarche_id: int
    url: str
    graine: str
    cree_le: str
    cree_par: str


class Veille(NamedTuple):
    """When to look next whether there is something to tell, and what was known the last time."""

    demarche_id: int
    genre: str
    prochain_le: str
    etat: Mapping[str, object]


class Evenement(NamedTuple):
    """Something to tell, once: `id` is the same whoever works it out, and however often."""

    id: str
    genre: str
    demarche_id: int
    le: str
    donnees: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Envoi:
    """An event on its way to one account or webhook (the other one is 0). `prochain_le`: when it is
    tried next, None when it is not."""

    id: int
    evenement: Evenement
    compte_id: int
    crochet_id: int
    essais: int = 0
    statut: Statut = "attente"
    raison: str = ""
    prochain_le: str | None = None
    fini_le: str | None = None
