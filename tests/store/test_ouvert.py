"""Open data and the European repository read the counters alike on every engine."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from collector.asked.periode import mois
from collector.domain import Avis, Cell, new_cle
from collector.open_data import sdg
from collector.open_data.publier import rules_of, write_rows
from collector.store.contract import Store
from tests.store.engines import Engine
from tests.world import CARTE, FIN, NOON, settings

pytestmark = pytest.mark.anyio

FIGURES = ("dimension", "statut", "n", "effectif_1", "effectif_2", "effectif_3", "ouvertures")


async def fill(store: Store) -> None:
    """Three avis of the lowest level and nine of the highest, each month of a year."""
    for month in range(1, 13):
        jour = f"2025-{month:02}-03"
        avis = [
            Avis(CARTE.id, new_cle(NOON), FIN.code, "standard-1", 1, f"{jour}T12:00:00.000Z", jour,
                 {"satisfaction": level})
            for level in (1, 1, 1, *(3,) * 9)
        ]  # fmt: skip
        await store.record(avis, {Cell(CARTE.id, FIN.code, jour, "standard-1", "ouverture", 1): 40})


async def test_the_rows_of_a_year_are_its_counters(store: Store) -> None:
    await fill(store)
    file = io.StringIO(newline="")
    told: list[int] = []
    counted = await write_rows(
        store, file, date(2026, 1, 2), rules_of(settings()), lambda done, of: told.append(done)
    )
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    year = [row for row in rows if (row["demarche"], row["periodicite"]) == (CARTE.slug, "annee")]
    assert [tuple(row[name] for name in FIGURES) for row in year] == [
        ("avis", "publie", "144", "", "", "", "480"),
        ("satisfaction", "publie", "144", "36", "0", "108", ""),
        ("effort", "retenu", "", "", "", "", ""),
        ("clarte", "retenu", "", "", "", "", ""),
    ]
    assert (counted.demarches, told) == (2, [1, 2])


async def test_the_ratings_of_a_month_are_its_counters(store: Store, engine: Engine) -> None:
    await fill(store)
    engine.execute(f"update demarche set url = 'https://a.fr/b?c' where id = {CARTE.id}")
    month = mois(date(2025, 10, 1))
    told: list[int] = []
    gathered = await sdg.read(
        store, "https://avis.exemple.fr", month, lambda done, of: told.append(of)
    )
    [submission] = gathered.submissions
    assert (submission.url, submission.ratings) == (
        "https://a.fr/b", {"1": 3, "2": 0, "3": 0, "4": 0, "5": 9},
    )  # fmt: skip
    assert (gathered.without, told) == ((), [3, 3, 3])
    engine.execute(f"update demarche set url = null where id = {CARTE.id}")
    gathered = await sdg.read(store, "https://avis.exemple.fr", month, lambda done, of: None)
    assert gathered == sdg.Gathered((), (CARTE.slug,))
