"""Where annotations stand on a chart, and which breaks are said: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from admin_ui.tableau.tableau import reperes
from collector.annotation import Annotation
from collector.asked.periode import Periode, mois
from collector.domain import Dimension
from collector.figures.comparaison import as_left
from collector.figures.courbes import LEFT, WIDTH, place
from collector.figures.mesures import Mesure, Tranche
from collector.scores import score

MONTHS = [Tranche(mois(date(2026, month, 1)), False, 1, 1, ()) for month in (1, 2, 3)]
AVANT = Dimension("d", {"fr": "Avant ?"}, tuple({"fr": each} for each in "abc"))
APRES = replace(AVANT, question={"fr": "Après ?"})
AUTRE = replace(AVANT, code="autre")


def test_a_day_stands_by_the_mark_of_its_step() -> None:
    middle = place(date(2026, 2, 14), MONTHS), place(date(2026, 2, 15), MONTHS)
    assert all(abs(float(x) - (LEFT + WIDTH / 2)) < 3 for x in middle)
    assert float(place(date(2026, 2, 28), MONTHS)) > float(middle[1]) > float(middle[0])
    assert place(date(2026, 1, 16), MONTHS) == f"{LEFT:g}"
    assert place(date(2026, 1, 1), MONTHS) == f"{LEFT:g}"
    assert place(date(2026, 3, 31), MONTHS) == f"{LEFT + WIDTH:g}"
    early = Periode(date(2025, 6, 1), date(2025, 6, 2))
    assert place(early.du, MONTHS) == f"{LEFT:g}"  # before the first step that has avis


def test_annotations_of_one_place_share_it() -> None:
    days = ("2026-01-03", "2026-01-04", "2026-02-10", "2026-03-25")
    said = [Annotation(i, 1, day, "…", "", "") for i, day in enumerate(days)]
    assert [each.numeros for each in reperes(said, MONTHS)] == ["1–2", "3", "4"]
    assert reperes([], MONTHS) == []


def tranche(*dimensions: Dimension) -> Tranche:
    counts = (1, 2, 3)
    found = tuple(Mesure(each, ("q",), counts, score(counts)) for each in dimensions)
    return Tranche(MONTHS[0].periode, False, 1, 1, found)


def test_words_replaced_before_the_other_period_ended_break_nothing() -> None:
    assert as_left(tranche(AVANT, APRES), tranche(APRES)) == tranche(APRES)
    assert as_left(tranche(AVANT, AUTRE), tranche(APRES)) == tranche(AVANT, AUTRE)
    assert as_left(tranche(AVANT, AUTRE), tranche(AVANT)) == tranche(AVANT, AUTRE)
