"""One instant, written in each way: UTC for machines, the civil day of Paris for people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import Clock, instant
from collector.domain import PARIS


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("utc", "jour"),
    [
        ("2026-11-22T22:59:59.999Z", "2026-11-22"),  # winter: an hour ahead
        ("2026-11-22T23:00:00.000Z", "2026-11-23"),
        ("2026-07-14T21:59:59.999Z", "2026-07-14"),  # summer: two hours ahead
        ("2026-07-14T22:00:00.000Z", "2026-07-15"),
        ("2026-03-28T22:59:59.999Z", "2026-03-28"),  # the day of 23 hours
        ("2026-03-28T23:00:00.000Z", "2026-03-29"),
        ("2026-03-29T00:59:59.999Z", "2026-03-29"),  # 01:59 in Paris, then 03:00
        ("2026-03-29T01:00:00.000Z", "2026-03-29"),
        ("2026-03-29T21:59:59.999Z", "2026-03-29"),
        ("2026-03-29T22:00:00.000Z", "2026-03-30"),
        ("2026-10-24T21:59:59.999Z", "2026-10-24"),  # the day of 25 hours
        ("2026-10-24T22:00:00.000Z", "2026-10-25"),
        ("2026-10-25T00:30:00.000Z", "2026-10-25"),  # 02:30, a first time
        ("2026-10-25T01:30:00.000Z", "2026-10-25"),  # and again
        ("2026-10-25T22:59:59.999Z", "2026-10-25"),
        ("2026-10-25T23:00:00.000Z", "2026-10-26"),
        ("2026-12-31T22:59:59.999Z", "2026-12-31"),
        ("2026-12-31T23:00:00.000Z", "2027-01-01"),
        ("2028-02-28T23:00:00.000Z", "2028-02-29"),
        ("1970-01-01T00:00:00.000Z", "1970-01-01"),
    ],
)
def test_the_day_is_that_of_paris(utc: str, jour: str) -> None:
    told = instant(ms(utc))
    assert told == (ms(utc), utc, date.fromisoformat(jour), jour)


@given(at=st.integers(0, 4_102_444_800_000))
def test_each_way_says_the_same_instant(at: int) -> None:
    told = instant(at)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    assert datetime.fromisoformat(told.recu_le) == moment
    assert told.jour == moment.astimezone(PARIS).date()
    assert told.jour_iso == told.jour.isoformat()
    assert len(told.recu_le) == len("2026-11-22T09:20:00.000Z")


@given(a=st.integers(0, 4_102_444_800_000), b=st.integers(0, 4_102_444_800_000))
def test_instants_sort_as_they_are_written(a: int, b: int) -> None:
    assert (a < b) == (instant(a).recu_le < instant(b).recu_le)


def test_the_clock_follows_what_it_is_told_back_and_forth() -> None:
    readings = [1_999, 1_999, 2_000, 2_005, 4]
    clock = Clock(iter(readings).__next__)
    assert [clock.now() for _ in readings] == [instant(ms) for ms in readings]


def test_by_default_it_is_now() -> None:
    before = datetime.now(UTC).timestamp() * 1000
    assert abs(Clock().now().ms - before) < 5_000
