"""The days that a filter asks for, in the fields that say so; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from collector.asked.periode import DERNIER_JOUR, PREMIER_JOUR, Periode, parse_jour
from collector.domain import Texte
from collector.errors import BadFilter, Faute

_JOUR: Texte = {
    "fr": f"un jour AAAA-MM-JJ de {PREMIER_JOUR} à {DERNIER_JOUR}",
    "en": f"a day YYYY-MM-DD from {PREMIER_JOUR} to {DERNIER_JOUR}",
}


def parse_jours(asked: Mapping[str, str], du: str = "du", au: str = "au") -> Periode:
    """The days from one field to the other; without one of them that end is open. Raises BadFilter
    that names the field."""
    first = _jour(asked, du) if du in asked else PREMIER_JOUR
    last = _jour(asked, au) if au in asked else DERNIER_JOUR
    if last < first:
        order: Texte = {
            "fr": f"un jour qui ne précède pas « {du} »",
            "en": f"a day not before “{du}”",
        }
        raise BadFilter(Faute(au, asked[au], order))
    return Periode(first, last)


def _jour(asked: Mapping[str, str], champ: str) -> date:
    try:
        return parse_jour(asked[champ])
    except ValueError:
        raise BadFilter(Faute(champ, asked[champ], _JOUR)) from None
