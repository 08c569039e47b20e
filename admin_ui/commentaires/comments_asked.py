"""Which comments an address asks for: the words of the API's filter, and those of this page. Pure.

The whole filter is in the address: a link sent to a colleague shows the same. Boxes left empty in a
form count for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from collector.asked.requested import NOTE, Query, parse_selection
from collector.asked.selection import Selection
from collector.domain import Catalogue, Demarche, Texte
from collector.errors import BadFilter, Faute
from collector.moderation import ETATS, Etat, Filtre
from collector.store.commented import Spot

RETIRE = "retire"  # among states, for whoever reads: their words were taken out

_OTHERS = frozenset({"etiquette", "etat", "nouveaux", "curseur"})
_SAID_ONCE = frozenset({"fait"})
CLE = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CURSEUR = re.compile(rf"(?P<recu_le>[0-9TZ:.+-]{{1,40}})_(?P<cle>{CLE.pattern})")

_ETATS: Texte = {langue: " | ".join((*ETATS, RETIRE)) for langue in ("fr", "en")}
_NUMBER: Texte = {"fr": "le numéro d’une étiquette", "en": "the id of a label"}
_YES: Texte = {"fr": "oui", "en": "oui"}
_PLACE: Texte = {"fr": "la suite d’une page précédente", "en": "what follows a page before"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. `words` are its own, but for the place in the list; `nouveaux`
    wants to know when whoever asks was here last."""

    filtre: Filtre
    words: tuple[tuple[str, str], ...] = ()
    start: Spot | None = None
    nouveaux: bool = False

    @property
    def all_of_them(self) -> bool:
        """Whether nothing but the place is asked for."""
        return not self.words

    def since(self, depuis: str) -> Asked:
        """The same, once it is known when that was."""
        wanted = depuis if self.nouveaux else ""
        return replace(self, filtre=replace(self.filtre, depuis=wanted))

    def query(self, start: Spot | None = None, **changes: str) -> str:
        """The end of the address of these comments, from a place on, with other words; an empty
        one goes."""
        words = {**dict(self.words), **changes}
        if start is not None:
            words["curseur"] = "_".join(start)
        kept = {name: value for name, value in words.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def nothing_asked(demarche: Demarche) -> Asked:
    return Asked(Filtre(Selection((demarche.id,), avec_verbatim=True)))


def parse_asked(query: Query, catalogue: Catalogue, demarche: Demarche) -> Asked:
    """Raises BadFilter."""
    words = typed(query)
    selection = parse_selection(
        list(words.items()), catalogue, {demarche.id: demarche}, others=_OTHERS
    )
    retire = words.get("etat") == RETIRE
    if "avec_verbatim" not in words and not retire and selection.statut != "ecarte":
        selection = replace(selection, avec_verbatim=True)
    filtre = Filtre(
        selection,
        etat=None if retire else _etat(words.get("etat")),
        etiquette=_number(words.get("etiquette")),
        retire=retire,
    )
    start = _place(words.pop("curseur", None))
    return Asked(filtre, tuple(words.items()), start, _yes(words.get("nouveaux")))


def typed(query: Query) -> dict[str, str]:
    """The words of an address that say something; levels ticked one by one are said together."""
    words: dict[str, str] = {}
    for name, value in query:
        if not value.strip() or name in _SAID_ONCE:
            continue
        several = name.startswith(NOTE) and name in words
        if name in words and not several:
            raise BadFilter(Faute(name, value, {"fr": "une seule fois", "en": "only once"}))
        words[name] = f"{words[name]},{value.strip()}" if several else value.strip()
    return words


def _etat(word: str | None) -> Etat | None:
    if word is None:
        return None
    for etat in ETATS:
        if etat == word:
            return etat
    raise BadFilter(Faute("etat", word, _ETATS))


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", word):
        raise BadFilter(Faute("etiquette", word, _NUMBER))
    return int(word)


def _yes(word: str | None) -> bool:
    if word not in (None, "oui"):
        raise BadFilter(Faute("nouveaux", word, _YES))
    return word == "oui"


def _place(word: str | None) -> Spot | None:
    if word is None:
        return None
    found = _CURSEUR.fullmatch(word)
    if found is None:
        raise BadFilter(Faute("curseur", word, _PLACE))
    return found["recu_le"], found["cle"]
