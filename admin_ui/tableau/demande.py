"""What a dashboard is asked for: the words of its address, which are those of the API. Pure.

The address holds the whole filter, days included: whoever is sent it sees the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from collector.asked.filtre import Comparer, avant
from collector.asked.periode import Pas, Periode, douze_mois, parse_jour
from collector.asked.requested import Query, check_names, parse_comparer, parse_pas, parse_selection
from collector.asked.selection import Selection
from collector.domain import Catalogue, Demarche

FAIT = "fait"
"""What an address says was just done, which is no part of the filter."""

OTHERS = ("pas", "comparer")
"""What says how figures are shown, and not of which avis."""

_KNOWN = frozenset({"du", "au", "bouton", "questionnaire", *OTHERS})
_DEFAULT = {"pas": "mois", "comparer": "precedente"}


@dataclass(frozen=True, slots=True)
class Demande:
    """A filter as it is understood, and as it stands in the address."""

    query: tuple[tuple[str, str], ...]
    selection: Selection
    periode: Periode
    pas: Pas | None
    comparer: Comparer | None

    @property
    def avant(self) -> Periode | None:
        """The period to compare with."""
        return avant(self.periode, self.comparer)

    @property
    def selection_avant(self) -> Selection:
        """The same avis of the period to compare with."""
        return replace(self.selection, periode=self.avant)

    @property
    def is_part(self) -> bool:
        """Whether it leaves out some avis of its days."""
        return any(name not in ("du", "au", *OTHERS) for name, _ in self.query)

    def words(self, **changes: str | None) -> list[tuple[str, str]]:
        """The words of the filter, with some of them changed, added, or taken away (None)."""
        words = {**dict(self.query), **changes}
        return [(name, value) for name, value in words.items() if value]

    def adresse(self, **changes: str | None) -> str:
        """The same as the end of an address."""
        return urlencode(self.words(**changes))

    def words_of_avis(self, **changes: str | None) -> list[tuple[str, str]]:
        """Those that say of which avis: the words of a list or a file."""
        return self.words(**{**dict.fromkeys(OTHERS), **changes})


def completed(query: Query, today: date) -> list[tuple[str, str]]:
    """The whole filter, from an address that may say a part of it.

    Without days: the twelve months up to `today`, month by month, beside those before. What a form
    sends empty is not asked for.
    """
    given = {name: value for name, value in query if value}
    if "du" not in given and "au" not in given:
        year = douze_mois(today)
        given = {"du": f"{year.du}", "au": f"{year.au}", **_DEFAULT, **given}
    elif "au" not in given:
        given = {"du": "", "au": f"{today}", **given}
    elif "du" not in given:
        given = {"du": f"{_a_year_before(given['au'], today)}", **given}
    return list(given.items())


def parse_demande(query: Query, demarche: Demarche, catalogue: Catalogue) -> Demande:
    """The filter of a `completed` address. Raises BadFilter."""
    check_names(query, _KNOWN, notes=True)
    asked = dict(query)
    selection = parse_selection(query, catalogue, {demarche.id: demarche}, OTHERS)
    assert selection.periode is not None  # it is complete
    return Demande(
        query=tuple(query),
        selection=selection,
        periode=selection.periode,
        pas=parse_pas(asked),
        comparer=parse_comparer(asked),
    )


def _a_year_before(au: str, today: date) -> date:
    try:
        return douze_mois(parse_jour(au)).du
    except ValueError:
        return douze_mois(today).du  # the other end is what will be said to be wrong
