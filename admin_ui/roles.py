"""Who may do what: one table, one function. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.comptes import Compte, Droit, Role
from collector.domain import Catalogue, Demarche, Structure

Pouvoir = Literal[
    "voir", "verbatims", "contacter", "telecharger", "moderer", "regler", "administrer"
]
"""`voir`: figures. `verbatims`: comments. `contacter`: the addresses that people left.
`telecharger`: files. `moderer`: set comments aside, label them. `regler`: settings, boutons,
questions. `administrer`: structures, accounts, server."""

# No role sees addresses by itself, not even an operateur's: it was granted, and the journal says by
# whom.
POUVOIRS: Mapping[Role, frozenset[Pouvoir]] = {
    "operateur": frozenset(
        {"voir", "verbatims", "telecharger", "moderer", "regler", "administrer"}
    ),
    "porteur": frozenset({"voir", "verbatims", "telecharger", "moderer", "regler"}),
    "analyste": frozenset({"voir", "telecharger"}),
    "lecteur": frozenset({"voir"}),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who is signed in, what they were given, and the world as it is now."""

    compte: Compte
    droits: Sequence[Droit]
    catalogue: Catalogue

    @property
    def qui(self) -> str:
        """How the journal names them."""
        return f"compte {self.compte.id}"

    @property
    def operateur(self) -> bool:
        return any(droit.role == "operateur" for droit in self.droits)

    def may(self, pouvoir: Pouvoir, demarche_id: int) -> bool:
        """The one function that says so of a démarche."""
        demarche = self.catalogue.demarches.get(demarche_id)
        return demarche is not None and any(
            pouvoir in pouvoirs_of(droit) and self._reaches(droit, demarche)
            for droit in self.droits
        )

    def demarches(self, pouvoir: Pouvoir = "voir") -> dict[int, Demarche]:
        """Those of which they may do that, archived ones too, by id."""
        return {
            id: demarche
            for id, demarche in self.catalogue.demarches.items()
            if self.may(pouvoir, id)
        }

    def structures(self, pouvoir: Pouvoir) -> dict[int, Structure]:
        """Those of which they may do that to every démarche, present or to come, by id."""
        given = [droit for droit in self.droits if pouvoir in pouvoirs_of(droit)]
        if any(_everything(droit) for droit in given):
            return dict(self.catalogue.structures)
        within = self.catalogue.with_children(
            [droit.structure_id for droit in given if droit.structure_id is not None]
        )
        return {id: each for id, each in self.catalogue.structures.items() if id in within}

    def _reaches(self, droit: Droit, demarche: Demarche) -> bool:
        if droit.structure_id is not None:
            above = self.catalogue.above(demarche.structure_id)
            return any(structure.id == droit.structure_id for structure in above)
        return _everything(droit) or droit.demarche_id == demarche.id


def pouvoirs_of(droit: Droit) -> frozenset[Pouvoir]:
    """What a right gives: what its role does, and what was granted beside it."""
    pouvoirs = POUVOIRS[droit.role]
    if droit.verbatims:
        pouvoirs |= {"verbatims"}
    return pouvoirs | {"contacter"} if droit.contacts else pouvoirs


def _everything(droit: Droit) -> bool:
    return droit.structure_id is None and droit.demarche_id is None
