"""Which day is the last one that is kept, and when there is a run to make."""

from __future__ import annotations

from datetime import date

import pytest

from collector.config import ConfigError, load
from collector.privacy.purge import first_kept, is_due, kept_months
from collector.store.contract import Genre, Purge

GARDE: dict[Genre, int] = {"commentaires": 12, "avis": 25}
TODAY = date(2026, 11, 22)
DONE = Purge("2026-11-22T03:00:00.000Z", "serveur", GARDE, "2026-11-22T03:00:01.000Z")


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        ("2026-11-22", 12, "2025-11-22"),
        ("2026-11-22", 25, "2024-10-22"),
        ("2026-01-31", 1, "2025-12-31"),
        ("2026-03-31", 1, "2026-02-28"),  # a month that has no such day: its last one
        ("2026-03-28", 1, "2026-02-28"),
        ("2026-04-01", 1, "2026-03-01"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2025-02-28", 12, "2024-02-28"),
        ("2026-12-15", 12, "2025-12-15"),
    ],
)
def test_months_are_those_of_the_calendar(today: str, months: int, first: str) -> None:
    kept = first_kept({"commentaires": months}, date.fromisoformat(today))
    assert kept == {"commentaires": first}


def test_the_months_are_those_of_the_settings() -> None:
    others: dict[Genre, int] = {"contacts": 6, "journal": 12, "comptes": 12}
    assert kept_months(load({}, environ={})) == {**GARDE, **others}
    six = {f"JDMA_KEEP_{name}": "6" for name in ("COMMENTS", "AVIS", "JOURNAL", "COMPTES")}
    assert set(kept_months(load({}, environ=six)).values()) == {6}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("JDMA_KEEP_COMMENTS", "0"),
        ("JDMA_KEEP_COMMENTS", "61"),
        ("JDMA_KEEP_AVIS", "121"),
        ("JDMA_KEEP_JOURNAL", "5"),
        ("JDMA_KEEP_JOURNAL", "37"),
        ("JDMA_KEEP_COMPTES", "0"),
    ],
)
def test_months_that_make_no_sense_are_refused(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable} vaut « {value} »"):
        load({}, environ={variable: value})


def test_a_comment_is_not_kept_longer_than_its_avis() -> None:
    with pytest.raises(ConfigError, match="pas plus longtemps que son avis"):
        load({}, environ={"JDMA_KEEP_AVIS": "11"})
    assert load({}, environ={"JDMA_KEEP_AVIS": "12"}).keep_avis == 12
    with pytest.raises(ConfigError, match="une adresse ne se garde pas plus longtemps"):
        load({}, environ={"JDMA_KEEP_CONTACTS": "26"})


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ([], True),
        ([DONE], False),
        ([DONE._replace(raison="disque plein"), DONE], False),
        ([DONE._replace(raison="disque plein")], True),
        ([DONE._replace(fini_le=None)], True),
        ([DONE._replace(le="2026-11-21T22:59:00.000Z")], True),
        ([DONE._replace(le="2026-11-21T23:01:00.000Z")], False),  # past midnight in Paris
        ([DONE._replace(garde={**GARDE, "commentaires": 24})], True),
    ],
)
def test_there_is_a_run_to_make_until_one_went_well_today(last: list[Purge], due: bool) -> None:
    assert is_due(last, GARDE, TODAY) == due
