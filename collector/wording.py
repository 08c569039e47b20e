"""How figures, days and sentences are written for people, in French and in English; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from markupsafe import Markup

from collector.asked.periode import Periode

_MOIS: Mapping[str, tuple[str, ...]] = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_A = {"fr": "à", "en": "to"}
_POINT = {"fr": ",", "en": "."}
_THOUSANDS = {"fr": "\u202f", "en": ","}


def jour(jour: date, langue: str = "fr") -> str:
    """« 1er mars 2026 », “1 March 2026”."""
    number = "1er" if jour.day == 1 and langue == "fr" else str(jour.day)
    return f"{number}\u00a0{_MOIS[langue][jour.month - 1]}\u00a0{jour.year}"


def mois(periode: Periode, langue: str = "fr") -> str:
    """« mars 2026 », « janvier à mars 2026 », « décembre 2025 à février 2026 »."""
    du, au = periode.du, periode.au
    names = _MOIS[langue]
    last = f"{names[au.month - 1]}\u00a0{au.year}"
    if (du.year, du.month) == (au.year, au.month):
        return last
    year = "" if du.year == au.year else f"\u00a0{du.year}"
    return f"{names[du.month - 1]}{year} {_A[langue]} {last}"


def nombre(n: int, langue: str = "fr") -> str:
    """« 12 345 » with narrow no-break spaces, “12,345”."""
    return f"{n:,}".replace(",", _THOUSANDS[langue])


def note(note: float, langue: str = "fr") -> str:
    """« 7,9 », half up, as `scores` shows a mark."""
    return _decimals(note, "0.1").replace(".", _POINT[langue])


def ecart(ecart: float, langue: str = "fr") -> str:
    """« +0,4 », « −1,2 », « 0,0 »: one decimal, or two where one would hide which way it goes."""
    size = _decimals(abs(ecart), "0.1")
    if float(size) == 0 and ecart:
        size = _decimals(abs(ecart), "0.01")
    sign = "" if float(size) == 0 else "+" if ecart > 0 else "−"
    return sign + size.replace(".", _POINT[langue])


def decimal(value: float, langue: str = "fr") -> str:
    """« 8 », « 7,25 »."""
    return f"{value:g}".replace(".", _POINT[langue])


def pourcent(part: float, langue: str = "fr") -> str:
    """« 45 % », “45%”."""
    space = "\u202f" if langue == "fr" else ""
    return f"{math.floor(part * 100 + 0.5)}{space}%"


def tenth(value: float) -> str:
    """One decimal at most, as the widget's drawings round."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"


class Sentences:
    """The sentences of the results in one language, by name.

    What is put into one is escaped; the sentence itself is ours and may hold markup. With `n`, the
    form for one goes under « name_un ».
    """

    def __init__(self, langue: str, texts: Mapping[str, str]) -> None:
        self._langue, self._texts = langue, texts

    def __call__(self, name: str, n: int | None = None, **values: object) -> Markup:
        if n is None:
            return Markup(self._texts[name]).format(**values)  # noqa: S704
        one = n == 1 or (n == 0 and self._langue == "fr")
        found = self._texts.get(f"{name}_un", self._texts[name]) if one else self._texts[name]
        return Markup(found).format(n=nombre(n, self._langue), **values)  # noqa: S704

    def plain(self, name: str, **values: object) -> str:
        """The same where nothing is markup."""
        return self._texts[name].format(**values)


def _decimals(value: float, step: str) -> str:
    return str(Decimal(repr(value)).quantize(Decimal(step), ROUND_HALF_UP))
