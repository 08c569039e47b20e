"""What a porteur notes on the trend of a démarche: « nouvelle version en ligne »."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

LONGEST = 140  # characters: it stands beside a chart
MOST = 50  # of one period: those of its last days


class Annotation(NamedTuple):
    """What happened on a day (`jour`, YYYY-MM-DD). `par` is whose words these are, as the journal
    names people; `cree_le` an instant in UTC."""

    id: int
    demarche_id: int
    jour: str
    texte: str
    par: str
    cree_le: str

    @property
    def date(self) -> date:
        return date.fromisoformat(self.jour)
