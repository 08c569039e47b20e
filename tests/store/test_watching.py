"""What a dashboard reads, on every engine: the counters of days, summed otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from collector.asked.periode import Periode, un_an_avant
from collector.asked.selection import Selection
from collector.domain import OUVERTURE, Avis, Cell
from collector.figures.releve import releve
from collector.store import watching
from collector.store.contract import DayCount
from collector.store.watching import Derniers, morceaux
from tests.http.reading import some_avis
from tests.store.engines import Kept
from tests.world import AILLEURS, CARTE, COURRIEL, FIN

pytestmark = pytest.mark.anyio

BOUTONS = (FIN.code, COURRIEL.code)
WHOLE = Periode(date(2026, 1, 1), date(2026, 12, 31))


def days(du: str, au: str) -> Periode:
    return Periode(date.fromisoformat(du), date.fromisoformat(au))


ALWAYS = Periode(date(2000, 1, 1), date(2100, 12, 31))
PERIODES = [
    WHOLE,
    days("2026-10-24", "2026-11-18"),  # two months, neither of them whole
    days("2026-11-03", "2026-11-03"),
    days("2026-09-12", "2026-12-02"),  # whole ones between days
    days("2026-11-01", "2026-12-20"),
    days("2026-10-28", "2026-11-30"),
    days("2031-01-01", "2031-01-31"),  # nothing
]


async def fill(store: Kept) -> list[Avis]:
    """Avis of this year and of the year before, openings, and one avis that was taken out."""
    avis = some_avis(90)
    before = [
        each._replace(cle=f"0{each.cle[1:-1]}f", jour=f"2025{each.jour[4:]}") for each in avis[:40]
    ]
    cell = Cell(CARTE.id, COURRIEL.code, "2026-11-02", "standard-1", OUVERTURE, 1)
    await store.record([*avis, *before], {cell: 40})
    await store.set_aside(CARTE.id, next(a.cle for a in avis if a.bouton == FIN.code), "insulte")
    return [*avis, *before]


async def test_it_is_the_counters_of_days_summed(store: Kept) -> None:
    await fill(store)
    counts = await store.counts_by_day(CARTE.id, "2000-01-01", "2100-12-31")
    for periode, by_day in product(PERIODES, (True, False)):
        avant = un_an_avant(periode)
        found = await store.releve(Selection((CARTE.id,), periode), BOUTONS, avant, by_day)
        wanted = releve(counts, periode, avant)
        assert replace(found, etapes=[]) == replace(wanted, etapes=[]), periode
        assert by_month(found.etapes) == by_month(wanted.etapes), periode
        if by_day:
            assert found.etapes == wanted.etapes, periode


def by_month(counts: list[DayCount]) -> list[DayCount]:
    return releve((c._replace(jour=f"{c.jour[:7]}-01") for c in counts), ALWAYS, None).etapes


async def test_it_is_of_the_boutons_and_of_the_questionnaire_asked_for(store: Kept) -> None:
    await fill(store)
    standard = Selection((CARTE.id,), WHOLE, questionnaire="standard-1")
    one = await store.releve(standard, [FIN.code], None, False)
    assert {each.bouton for each in one.boutons} == {FIN.code}
    assert sum(one.jours.values()) == sum(each.n for each in one.etapes if each.dimension == "avis")
    longue = replace(standard, questionnaire="demarche-longue-1")
    none = await store.releve(longue, BOUTONS, None, False)
    assert none == await store.releve(Selection((CARTE.id,), WHOLE), [AILLEURS.code], None, False)
    assert none == await store.releve(Selection((CARTE.id,), WHOLE), [], None, False)
    assert none.etapes == []


async def test_a_period_is_read_in_three_parts_at_most() -> None:
    def parts(du: str, au: str) -> list[tuple[str, str]]:
        return [(each.premier, each.dernier) for each in morceaux(days(du, au))]

    assert parts("2026-01-01", "2026-12-31") == [("2026-01", "2026-12")]
    assert parts("2026-01-02", "2026-12-30") == [
        ("2026-02", "2026-11"),
        ("2026-01-02", "2026-01-31"),
        ("2026-12-01", "2026-12-30"),
    ]
    assert parts("2026-02-02", "2026-02-27") == [("2026-02-02", "2026-02-27")]
    assert parts("2024-02-01", "2024-02-29") == [("2024-02", "2024-02")]
    assert parts("2023-12-31", "2024-01-01") == [("2023-12-31", "2024-01-01")]


async def test_what_came_last_is_what_a_list_ends_with(store: Kept) -> None:
    await fill(store)
    for selection in (
        Selection((CARTE.id,), WHOLE),
        Selection((CARTE.id,), days("2026-11-01", "2026-11-10")),
        Selection((CARTE.id,), WHOLE, bouton=FIN.code),
        Selection((CARTE.id,), WHOLE, notes=(("satisfaction", frozenset({1, 3})),)),
    ):
        listed = await store.select(selection, None, "~", 1_000)
        commented = [each for each in listed if each.verbatim]
        assert len(commented) > 3
        found = await store.derniers(selection, 3)
        assert found.commentes == commented[:-4:-1]
        assert found.heures == Counter(each.recu_le[:13] for each in listed)


async def test_only_the_last_ones_are_looked_at(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    avis = await fill(store)
    monkeypatch.setattr(watching, "LAST", 10)
    mine = sorted((a for a in avis if a.demarche_id == CARTE.id), key=lambda a: (a.recu_le, a.cle))
    last = [each for each in mine[-10:] if each.ecarte is None]
    found = await store.derniers(Selection((CARTE.id,), WHOLE), 1_000)
    assert sum(found.heures.values()) == len(last) < 10  # one that was set aside is looked at too
    assert found.commentes == [each for each in reversed(last) if each.verbatim]


async def test_who_may_read_no_comment_is_given_none(store: Kept) -> None:
    await fill(store)
    found = await store.derniers(Selection((CARTE.id,), WHOLE), 0)
    assert found.commentes == []
    assert found.heures
    assert await store.derniers(Selection((CARTE.id,), days("2031-01-01", "2031-01-02")), 5) == (
        Derniers({}, [])
    )
