"""Which avis are meant: the filter that lists, downloads, searches and figures share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from collector.periode import Periode

Statut = Literal["compte", "ecarte", "tous"]
STATUTS: tuple[Statut, ...] = get_args(Statut)


@dataclass(frozen=True, slots=True)
class Selection:
    demarches: tuple[int, ...]
    periode: Periode | None = None
    bouton: str | None = None
    questionnaire: str | None = None
    notes: tuple[tuple[str, frozenset[int]], ...] = ()
    recherche: object | None = None
    avec_verbatim: bool | None = None
    statut: Statut = "compte"
