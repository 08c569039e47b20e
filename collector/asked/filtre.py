"""The filter that page, API and file share: which days, in which steps, of which bouton. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from collector.asked.jours import parse_jours
from collector.asked.periode import Periode, douze_mois, is_publishable, precedente, un_an_avant
from collector.domain import Texte
from collector.errors import BadFilter, Faute
from collector.figures.publication import is_total

# Public figures come in no smaller steps: see `periode.is_publishable`.
Pas = Literal["mois", "trimestre", "annee"]

Comparer = Literal["precedente", "annee"]
"""With which other period: the one before, or the same one a year before."""

_BOTH: Texte = {"fr": "« du » et « au », ou aucun des deux", "en": "“du” and “au”, or neither"}
_WHOLE: Texte = {
    "fr": "un mois, un trimestre ou une année entiers, ou douze mois entiers",
    "en": "a whole month, quarter or year, or twelve whole months",
}
_NO_PAS: Texte = {
    "fr": "rien : les chiffres d’un seul bouton se donnent sans « pas »",
    "en": "nothing: the figures of one bouton are given without “pas”",
}
_NO_COMPARER: Texte = {
    "fr": "rien : les chiffres d’un seul bouton se donnent sans « comparer »",
    "en": "nothing: the figures of one bouton are given without “comparer”",
}
_TOTAL: Texte = {
    "fr": "pour un seul bouton, une année terminée, ou les douze mois jusqu’au mois en cours",
    "en": "for one bouton, a year that is over, or the twelve months up to the current one",
}
_PAS: Texte = {"fr": " | ".join(get_args(Pas)), "en": " | ".join(get_args(Pas))}
_COMPARER: Texte = {"fr": " | ".join(get_args(Comparer)), "en": " | ".join(get_args(Comparer))}


@dataclass(frozen=True, slots=True)
class Filtre:
    """What is asked for. `pas` None: no steps. `comparer` None: no other period beside it.
    `bouton` None: all of them; else neither, and a total (`publication.is_total`)."""

    periode: Periode
    pas: Pas | None = None
    bouton: str | None = None
    comparer: Comparer | None = None

    @property
    def avant(self) -> Periode | None:
        """The period to compare with; as publishable as `periode` is."""
        return avant(self.periode, self.comparer)


def avant(periode: Periode, comparer: Comparer | None) -> Periode | None:
    """The period to compare with, if any."""
    match comparer:
        case "precedente":
            return precedente(periode)
        case "annee":
            return un_an_avant(periode)
    return None


def parse_filtre(query: Mapping[str, str], today: date) -> Filtre:
    """A public filter from `du`, `au`, `pas`, `comparer`, `bouton`; the 12 months up to `today` by
    default.

    Raises BadFilter that names what is wrong.
    """
    pas, comparer = query.get("pas"), query.get("comparer")
    if pas is not None and pas not in get_args(Pas):
        raise BadFilter(Faute("pas", pas, _PAS))
    if comparer is not None and comparer not in get_args(Comparer):
        raise BadFilter(Faute("comparer", comparer, _COMPARER))
    periode, bouton = _periode(query, today), query.get("bouton")
    if bouton is not None and pas is not None:
        raise BadFilter(Faute("pas", pas, _NO_PAS))
    if bouton is not None and comparer is not None:
        raise BadFilter(Faute("comparer", comparer, _NO_COMPARER))
    if bouton is not None and not is_total(periode, today):
        raise BadFilter(Faute("du – au", f"{periode.du} – {periode.au}", _TOTAL))
    return Filtre(periode, pas, bouton, comparer)  # type: ignore[arg-type]


def _periode(query: Mapping[str, str], today: date) -> Periode:
    if "du" not in query and "au" not in query:
        return douze_mois(today)
    if "du" not in query or "au" not in query:
        raise BadFilter(Faute("du" if "du" not in query else "au", "", _BOTH))
    periode = parse_jours(query)
    if not is_publishable(periode):
        raise BadFilter(Faute("du – au", f"{periode.du} – {periode.au}", _WHOLE))
    return periode
