"""Periods of civil days in Europe/Paris, both ends inclusive; pure.

A day is what the calendar on the wall in Paris says: 23 hours long in March, 25 in October.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from collector.domain import PARIS

PREMIER_JOUR = date(2000, 1, 1)
DERNIER_JOUR = date(2100, 12, 31)

Pas = Literal["jour", "semaine", "mois", "trimestre", "annee"]


@dataclass(frozen=True, slots=True)
class Periode:
    """The days from `du` to `au`, both included. ValueError when it ends before it starts."""

    du: date
    au: date

    def __post_init__(self) -> None:
        if self.au < self.du:
            raise ValueError(f"periode from {self.du} to {self.au}: it ends before it starts")

    @property
    def jours(self) -> int:
        """How many days: 1 when `du` is `au`."""
        return (self.au - self.du).days + 1

    def contains(self, jour: date) -> bool:
        return self.du <= jour <= self.au


def jour_a_paris(instant: datetime) -> date:
    """The civil day in Paris at `instant`. ValueError without an offset: it would be a guess."""
    if instant.utcoffset() is None:
        raise ValueError(f"instant {instant.isoformat()}: an offset from UTC is needed")
    return instant.astimezone(PARIS).date()


def parse_jour(texte: str) -> date:
    """The day written YYYY-MM-DD, from 2000-01-01 to 2100-12-31. Else ValueError."""
    wanted = f"jour {texte!r}: wanted YYYY-MM-DD from {PREMIER_JOUR} to {DERNIER_JOUR}"
    try:
        jour = date.fromisoformat(texte)
    except ValueError:
        raise ValueError(wanted) from None
    # fromisoformat also reads 20240131 and 2024-W05-3: one day, one way to write it.
    if jour.isoformat() != texte or not PREMIER_JOUR <= jour <= DERNIER_JOUR:
        raise ValueError(wanted)
    return jour


def semaine(jour: date) -> Periode:
    """The week around `jour`, from Monday to Sunday (ISO 8601)."""
    monday = jour - timedelta(days=jour.weekday())
    return Periode(monday, monday + timedelta(days=6))


def mois(jour: date) -> Periode:
    """The whole month around `jour`."""
    rank = _rank(jour)
    return _months(rank, rank)


def trimestre(jour: date) -> Periode:
    """The whole calendar quarter around `jour`."""
    first = _rank(jour) // 3 * 3
    return _months(first, first + 2)


def annee(jour: date) -> Periode:
    """The whole calendar year around `jour`."""
    first = _rank(jour) // 12 * 12
    return _months(first, first + 11)


def douze_mois(jour: date) -> Periode:
    """The 12 whole months of which the month of `jour` is the last."""
    last = _rank(jour)
    return _months(last - 11, last)


def precedente(periode: Periode) -> Periode:
    """The period of the same length that ends the day before: as many months where `periode` is
    made of whole months, else as many days."""
    if _is_whole(periode):
        first, last = _rank(periode.du), _rank(periode.au)
        return _months(2 * first - last - 1, first - 1)
    length = timedelta(days=periode.jours)
    return Periode(periode.du - length, periode.au - length)


def mois_avant(jour: date, mois: int) -> date:
    """The same day so many months before; the last day of that month where it has no such day."""
    rank = _rank(jour) - mois
    year, month = divmod(rank, 12)
    return date(year, month + 1, min(jour.day, monthrange(year, month + 1)[1]))


def un_an_avant(periode: Periode) -> Periode:
    """The same period a year before: the same months, or the same days of the calendar.

    The 29th of February becomes the 28th; the whole February of any year, that of the year before.
    """
    if _is_whole(periode):
        return _months(_rank(periode.du) - 12, _rank(periode.au) - 12)
    return Periode(_year_before(periode.du), _year_before(periode.au))


_AROUND: Mapping[Pas, Callable[[date], Periode]] = {
    "jour": lambda jour: Periode(jour, jour),
    "semaine": semaine,
    "mois": mois,
    "trimestre": trimestre,
    "annee": annee,
}


def step(jour: date, pas: Pas) -> Periode:
    """The whole step of the calendar around `jour`."""
    return _AROUND[pas](jour)


def split(periode: Periode, pas: Pas) -> list[Periode]:
    """`periode` cut into calendar steps, in order; the first and last may be part of a step."""
    parts = []
    du = periode.du
    while du <= periode.au:
        au = min(_AROUND[pas](du).au, periode.au)
        parts.append(Periode(du, au))
        du = au + timedelta(days=1)
    return parts


def months(periode: Periode) -> list[str]:
    """The months of `periode`, in order, each as YYYY-MM."""
    return [part.du.isoformat()[:7] for part in split(periode, "mois")]


def is_publishable(periode: Periode) -> bool:
    """Whether public figures may be about `periode`: a whole month, quarter or year, or 12 months.

    Any other length would let figures be subtracted down to a day. This judges the shape alone:
    whether the period is over, and has enough answers, is for the caller to see.
    """
    au = periode.au
    return periode in (mois(au), trimestre(au), annee(au), douze_mois(au))


def _is_whole(periode: Periode) -> bool:
    """Whether it is made of whole months."""
    return periode.du == mois(periode.du).du and periode.au == mois(periode.au).au


def _year_before(jour: date) -> date:
    last = monthrange(jour.year - 1, jour.month)[1]
    return date(jour.year - 1, jour.month, min(jour.day, last))


def _rank(jour: date) -> int:
    """The month of `jour` as one number that grows by 1 a month; a multiple of 12 in January."""
    return jour.year * 12 + jour.month - 1


def _months(first: int, last: int) -> Periode:
    """From the first day of the month of rank `first` to the last day of that of rank `last`."""
    year, month = divmod(last, 12)
    return Periode(
        date(first // 12, first % 12 + 1, 1),
        date(year, month + 1, monthrange(year, month + 1)[1]),
    )
