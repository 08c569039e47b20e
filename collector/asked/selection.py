"""Which avis are meant: what a list, a search and a download are asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collector.asked.periode import Periode
from collector.asked.recherche import Recherche

Statut = Literal["compte", "ecarte", "tous"]

Place = tuple[int, str, str]
"""(demarche_id, recu_le, cle): the order of downloads, and where a page ended."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which avis are meant. Démarches are ids, those one may see already."""

    demarches: tuple[int, ...]
    periode: Periode | None = None
    """Civil days in Paris, both included."""
    bouton: str | None = None
    questionnaire: str | None = None
    notes: tuple[tuple[str, frozenset[int]], ...] = ()
    """Dimension and levels wanted of it; all must hold."""
    recherche: Recherche | None = None
    avec_verbatim: bool | None = None
    """With a comment, without one, or either."""
    statut: Statut = "compte"

    @property
    def is_counted(self) -> bool:
        """Whether counters tell of it: it asks for nothing that one avis has and another has not.
        Openings have neither answers nor comments: of any other selection there are none to say."""
        return (
            not self.notes
            and self.recherche is None
            and self.avec_verbatim is None
            and self.statut == "compte"
        )
