"""People who sign in, and what they may do where. Values only: rules are those of `admin_ui`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Role = Literal["operateur", "porteur", "analyste", "lecteur"]
ROLES: tuple[Role, ...] = get_args(Role)

Usage = Literal["invitation", "mot_de_passe", "courriel"]
"""What a one-time link is for: a first password, another one, another e-mail address."""


@dataclass(frozen=True, slots=True)
class Compte:
    """Somebody. Instants are ISO 8601 in UTC; None: not yet, or never.

    `mot_de_passe` is an Argon2id hash, `totp` a base32 secret, `totp_pas` the last step of it that
    was used, `secours` the SHA-256 of the recovery codes that are left.
    """

    id: int
    courriel: str
    nom: str
    cree_le: str
    mot_de_passe: str | None = None
    totp: str | None = None
    totp_pas: int = 0
    secours: tuple[str, ...] = ()
    vu_le: str | None = None
    ferme_le: str | None = None

    @property
    def vide(self) -> bool:
        """Whether it was closed for so long that nothing says any more whose it was."""
        return "@" not in self.courriel


@dataclass(frozen=True, slots=True)
class Droit:
    """A role, on a structure with its children, on a démarche, or on everything (neither).

    `verbatims` gives comments to a role that has none by itself; `contacts` gives the addresses
    that people left, which no role has by itself.
    """

    id: int
    compte_id: int
    role: Role
    structure_id: int | None = None
    demarche_id: int | None = None
    verbatims: bool = False
    donne_le: str = ""
    donne_par: str = ""
    contacts: bool = False


@dataclass(frozen=True, slots=True)
class Ouverture:
    """A session. `entiere` once every proof asked for was given: before, it opens nothing but the
    page that asks for the next one. Found by the SHA-256 of what the cookie holds."""

    empreinte: str
    compte_id: int
    methode: str
    cree_le: str
    vu_le: str
    expire_le: str
    entiere: bool = True


class Entrant(NamedTuple):
    """Who a session is of, with their rights."""

    ouverture: Ouverture
    compte: Compte
    droits: tuple[Droit, ...]


@dataclass(frozen=True, slots=True)
class Lien:
    """A one-time link that was given to somebody; found by its SHA-256."""

    empreinte: str
    usage: Usage
    compte_id: int
    cree_le: str
    expire_le: str
    courriel: str | None = None
    """The new address, where that is what the link is for."""


@dataclass(frozen=True, slots=True)
class Rattachement:
    """Who somebody is for a provider of OpenID Connect, and the account that this opens."""

    emetteur: str
    sujet: str
    compte_id: int
    lie_le: str
    vu_le: str
