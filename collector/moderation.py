"""What people do with comments: read them, sort them, take out what must not be read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from collector.asked.selection import Selection
from collector.domain import Avis
from collector.privacy.masquage import load_rules

Etat = Literal["a_lire", "lu", "a_traiter", "traite"]
"""Where a comment stands. `a_lire`: nobody has said anything yet."""

ETATS: tuple[Etat, ...] = get_args(Etat)

Motif = Literal["injure", "donnees_personnelles"]
"""Why the words of a comment are taken out. Its marks still count."""

MOTIFS: tuple[Motif, ...] = get_args(Motif)

SPAM = "spam"
"""Why a person sets an avis aside, marks included."""

AT_ONCE = 100  # comments of one action
MAX_ETIQUETTE = 60  # characters of a label
MASQUE = "[passage masqué]"
MIN_PASSAGE = 2  # characters: a letter alone would be masked wherever it stands

# Whoever comes back after so long sees as new what came since they left.
VISIT = timedelta(minutes=30)


class Etiquette(NamedTuple):
    """A label, which belongs to a structure."""

    id: int
    nom: str


class Retrait(NamedTuple):
    """The words of a comment were taken out: why, by whom and when. `verbatim` are those words,
    or what is masked among them."""

    motif: str
    par: str
    le: str
    verbatim: str | None = None


class Commente(NamedTuple):
    """An avis, and what people did with its comment. `par` and `le`: who said `etat`, and when."""

    avis: Avis
    etat: Etat = "a_lire"
    par: str | None = None
    le: str | None = None
    etiquettes: frozenset[int] = frozenset()
    retire: Retrait | None = None
    masque: Retrait | None = None


@dataclass(frozen=True, slots=True)
class Filtre:
    """Which comments of one démarche are read: those of a selection, and of these."""

    selection: Selection
    etat: Etat | None = None
    etiquette: int | None = None
    retire: bool = False
    """Those that were taken out, and no others."""
    depuis: str = ""
    """Received after this instant."""

    @property
    def demarche_id(self) -> int:
        [id] = self.selection.demarches
        return id


class Depuis(NamedTuple):
    """When somebody last looked at the comments of a démarche, and since when they are new."""

    le: str
    depuis: str


def visited(before: Depuis | None, now: str) -> Depuis:
    """What a visit now makes of the one before: pages read one after the other are one visit, and
    what is new at its beginning stays so up to its end."""
    if before is None:
        return Depuis(now, "")
    again = datetime.fromisoformat(now) - datetime.fromisoformat(before.le) < VISIT
    return Depuis(now, before.depuis if again else before.le)


def masked(verbatim: str, passage: str, most: int) -> str | None:
    """A comment without a passage, wherever it stands in it, whatever the spaces between words.
    None when it does not, or when the comment would have more than `most` characters."""
    mots = passage.split()
    if len("".join(mots)) < MIN_PASSAGE:
        return None
    wanted = "\\s+".join(map(re.escape, mots))
    # What is masked already, by hand or before it was stored, is no text.
    known = "|".join(map(re.escape, (MASQUE, *load_rules().masques.values())))
    pieces = re.split(f"({known})", verbatim)
    pieces[::2] = [re.sub(wanted, MASQUE, piece) for piece in pieces[::2]]
    after = "".join(pieces)
    return after if after != verbatim and len(after) <= most else None
