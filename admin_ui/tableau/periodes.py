"""Periods as people choose and read them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from collector import wording
from collector.asked.periode import Pas, Periode, annee, douze_mois, step, trimestre

_JOURS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


@dataclass(frozen=True, slots=True)
class Rapide:
    """A period to choose by one click, and the step that suits its length."""

    nom: str
    periode: Periode
    pas: Pas

    def words(self) -> dict[str, str]:
        """The words of a filter that ask for it."""
        return {"du": f"{self.periode.du}", "au": f"{self.periode.au}", "pas": self.pas}


def rapides(today: date) -> list[Rapide]:
    """Periods that end now. Months are whole ones, so that their figures are those of the public
    page; the current one is not over."""
    year = douze_mois(today)
    return [
        Rapide("7 jours", Periode(today - timedelta(days=6), today), "jour"),
        Rapide("30 jours", Periode(today - timedelta(days=29), today), "jour"),
        Rapide("3 mois", Periode(_two_months_before(today), year.au), "semaine"),
        Rapide("12 mois", year, "mois"),
        Rapide(f"Année {today.year}", annee(today), "mois"),
    ]


def en_mots(periode: Periode) -> str:
    """« mars 2026 », « 2026 », « du 3 mars au 12 avril 2026 », « 3 mars 2026 »."""
    if periode == annee(periode.du):
        return str(periode.du.year)
    if periode.du.day == 1 and (periode.au + timedelta(days=1)).day == 1:
        return wording.mois(periode)
    if periode.jours == 1:
        return wording.jour(periode.du)
    return f"du\u00a0{_start(periode)} au\u00a0{wording.jour(periode.au)}"


def etape(periode: Periode, pas: Pas) -> str:
    """A step of a trend; one that the period cuts short is told by its days."""
    if pas == "jour":
        return f"{_JOURS[periode.du.weekday()]}\u00a0{wording.jour(periode.du)}"
    if pas == "trimestre" and periode == trimestre(periode.du):
        rank = (periode.du.month - 1) // 3 + 1
        return f"{'1er' if rank == 1 else f'{rank}e'}\u00a0trimestre {periode.du.year}"
    if pas != "semaine" and periode != step(periode.du, pas):
        return f"du\u00a0{_start(periode)} au\u00a0{wording.jour(periode.au)}"
    return en_mots(periode)


def _start(periode: Periode) -> str:
    """The first day, without what the last one says again."""
    du, au = wording.jour(periode.du), wording.jour(periode.au)
    while du.split("\u00a0")[-1] == au.split("\u00a0")[-1] and "\u00a0" in du:
        du, au = du.rpartition("\u00a0")[0], au.rpartition("\u00a0")[0]
    return du


def _two_months_before(today: date) -> date:
    first = today.replace(day=1)
    for _ in range(2):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
