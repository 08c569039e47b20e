"""Civil days in Paris, whole periods, and how a period is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.periode import (
    Pas,
    Periode,
    annee,
    douze_mois,
    is_publishable,
    jour_a_paris,
    mois,
    months,
    parse_jour,
    precedente,
    semaine,
    split,
    trimestre,
    un_an_avant,
)
from collector.domain import PARIS

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
pas = st.sampled_from(get_args(Pas))

WHOLE: dict[str, Callable[[date], Periode]] = {
    "jour": lambda jour: Periode(jour, jour),
    "semaine": semaine,
    "mois": mois,
    "trimestre": trimestre,
    "annee": annee,
}


def periode(du: str, au: str) -> Periode:
    return Periode(date.fromisoformat(du), date.fromisoformat(au))


periods = st.builds(lambda du, length: Periode(du, du + length * DAY), days, st.integers(0, 2000))


def days_of(periode: Periode) -> list[date]:
    return [periode.du + i * DAY for i in range(periode.jours)]


def test_both_ends_are_included() -> None:
    march = periode("2025-03-01", "2025-03-31")
    assert march.jours == 31
    assert march.contains(date(2025, 3, 1))
    assert march.contains(date(2025, 3, 31))
    assert not march.contains(date(2025, 2, 28))
    assert not march.contains(date(2025, 4, 1))


def test_one_day_is_a_period() -> None:
    assert periode("2024-02-29", "2024-02-29").jours == 1


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="2025-03-02 to 2025-03-01: it ends before it starts"):
        periode("2025-03-02", "2025-03-01")


@pytest.mark.parametrize(
    ("midnight", "jour"),
    [
        ("2025-01-14T23:00:00Z", "2025-01-15"),  # winter, UTC+1
        ("2025-07-14T22:00:00Z", "2025-07-15"),  # summer, UTC+2
        ("2025-03-29T23:00:00Z", "2025-03-30"),  # the day of the change to summer, 23 hours
        ("2025-03-30T22:00:00Z", "2025-03-31"),
        ("2025-10-25T22:00:00Z", "2025-10-26"),  # the day of the change to winter, 25 hours
        ("2025-10-26T23:00:00Z", "2025-10-27"),
        ("2024-12-31T23:00:00Z", "2025-01-01"),
        ("2024-02-28T23:00:00Z", "2024-02-29"),
    ],
)
def test_a_day_starts_at_midnight_in_paris(midnight: str, jour: str) -> None:
    instant, starting = datetime.fromisoformat(midnight), date.fromisoformat(jour)
    assert jour_a_paris(instant - SECOND) == starting - DAY
    assert jour_a_paris(instant) == starting
    assert jour_a_paris(instant + SECOND) == starting


@pytest.mark.parametrize(
    ("jour", "changes"),
    [
        ("2025-03-30", ["2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z"]),  # 01:59:59 → 03:00:00
        ("2025-10-26", ["2025-10-26T00:59:59Z", "2025-10-26T01:00:00Z"]),  # 02:59:59 → 02:00:00
    ],
)
def test_the_clock_change_itself_stays_within_its_day(jour: str, changes: list[str]) -> None:
    for change in changes:
        assert jour_a_paris(datetime.fromisoformat(change)) == date.fromisoformat(jour)


@pytest.mark.parametrize(
    ("jour", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)]
)
def test_days_of_a_clock_change_are_23_and_25_hours_long(jour: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{jour}T12:00:00Z")
    around = (noon + timedelta(hours=h) for h in range(-48, 48))
    assert sum(jour_a_paris(t) == date.fromisoformat(jour) for t in around) == hours


@given(
    instant=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_the_day_depends_on_the_instant_not_on_how_it_is_written(
    instant: datetime, minutes: int
) -> None:
    utc = instant.replace(tzinfo=UTC)
    elsewhere = utc.astimezone(timezone(timedelta(minutes=minutes)))
    assert jour_a_paris(elsewhere) == jour_a_paris(utc)


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="2025-01-15T12:00:00: an offset from UTC is needed"):
        jour_a_paris(datetime(2025, 1, 15, 12))


@pytest.mark.parametrize("jour", ["2000-01-01", "2024-02-29", "2100-12-31"])
def test_a_day_is_read_as_it_is_written(jour: str) -> None:
    assert parse_jour(jour).isoformat() == jour


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "hier",
        "2025-02-29",
        "2025-13-01",
        "1999-12-31",
        "2101-01-01",
        "20250131",
        "2025-W05-5",
        "2025-1-31",
        "31/01/2025",
        " 2025-01-31",
        "2025-01-31\n",
        "2025-01-31T00:00:00",
        "+2025-01-31",
        "٢٠٢٥-٠١-٣١",
    ],
)
def test_a_day_written_otherwise_is_refused_with_what_was_wanted(texte: str) -> None:
    with pytest.raises(ValueError, match="wanted YYYY-MM-DD from 2000-01-01 to 2100-12-31"):
        parse_jour(texte)


@given(texte=st.text() | st.from_regex(r"[0-9]{4}-?[0-9W]{1,2}-?[0-9]{1,2}\s?"))
def test_any_text_is_a_day_or_a_value_error(texte: str) -> None:
    try:
        jour = parse_jour(texte)
    except ValueError:
        return
    assert jour.isoformat() == texte


@pytest.mark.parametrize(
    ("jour", "whole_mois", "whole_trimestre", "whole_annee", "whole_douze_mois"),
    [
        (
            date(2024, 2, 29),
            periode("2024-02-01", "2024-02-29"),
            periode("2024-01-01", "2024-03-31"),
            periode("2024-01-01", "2024-12-31"),
            periode("2023-03-01", "2024-02-29"),
        ),
        (
            date(2025, 2, 1),
            periode("2025-02-01", "2025-02-28"),
            periode("2025-01-01", "2025-03-31"),
            periode("2025-01-01", "2025-12-31"),
            periode("2024-03-01", "2025-02-28"),
        ),
        (
            date(2025, 12, 31),
            periode("2025-12-01", "2025-12-31"),
            periode("2025-10-01", "2025-12-31"),
            periode("2025-01-01", "2025-12-31"),
            periode("2025-01-01", "2025-12-31"),
        ),
        (
            date(2025, 6, 15),
            periode("2025-06-01", "2025-06-30"),
            periode("2025-04-01", "2025-06-30"),
            periode("2025-01-01", "2025-12-31"),
            periode("2024-07-01", "2025-06-30"),
        ),
    ],
)
def test_a_day_has_whole_periods_around_it(
    jour: date,
    whole_mois: Periode,
    whole_trimestre: Periode,
    whole_annee: Periode,
    whole_douze_mois: Periode,
) -> None:
    assert mois(jour) == whole_mois
    assert trimestre(jour) == whole_trimestre
    assert annee(jour) == whole_annee
    assert douze_mois(jour) == whole_douze_mois


def test_the_ends_of_a_cut_are_those_of_the_period() -> None:
    assert split(periode("2024-11-15", "2025-02-10"), "mois") == [
        periode("2024-11-15", "2024-11-30"),
        periode("2024-12-01", "2024-12-31"),
        periode("2025-01-01", "2025-01-31"),
        periode("2025-02-01", "2025-02-10"),
    ]
    assert split(periode("2024-11-15", "2025-02-10"), "trimestre") == [
        periode("2024-11-15", "2024-12-31"),
        periode("2025-01-01", "2025-02-10"),
    ]
    assert split(periode("2024-11-15", "2025-02-10"), "annee") == [
        periode("2024-11-15", "2024-12-31"),
        periode("2025-01-01", "2025-02-10"),
    ]


def test_a_period_within_one_step_is_left_whole() -> None:
    within = periode("2025-03-10", "2025-03-20")
    assert split(within, "mois") == split(within, "trimestre") == split(within, "annee") == [within]


def test_weeks_go_from_monday_to_sunday_over_both_clock_changes_and_new_year() -> None:
    for du, au in (
        ("2025-03-24", "2025-03-30"),  # ends with the day of 23 hours
        ("2025-10-20", "2025-10-26"),  # ends with the day of 25 hours
        ("2024-12-30", "2025-01-05"),  # the first of 2025 in ISO 8601
        ("2020-12-28", "2021-01-03"),  # the 53rd of 2020
    ):
        week = periode(du, au)
        assert {semaine(du_jour) for du_jour in days_of(week)} == {week}
    assert split(periode("2024-12-27", "2025-01-08"), "semaine") == [
        periode("2024-12-27", "2024-12-29"),
        periode("2024-12-30", "2025-01-05"),
        periode("2025-01-06", "2025-01-08"),
    ]


@given(jour=days)
def test_a_week_is_that_of_the_iso_calendar(jour: date) -> None:
    assert {each.isocalendar()[:2] for each in days_of(semaine(jour))} == {jour.isocalendar()[:2]}
    assert semaine(jour).jours == 7


@pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26"])
def test_a_step_of_a_day_has_all_the_instants_of_a_day_of_23_or_25_hours(day: str) -> None:
    change = date.fromisoformat(day)
    steps = split(Periode(change - DAY, change + DAY), "jour")
    assert [(each.du, each.jours) for each in steps] == [(change + i * DAY, 1) for i in (-1, 0, 1)]
    midnight = datetime.combine(change - DAY, time(), PARIS).astimezone(UTC)
    quarters = (midnight + timedelta(minutes=15 * i) for i in range(3 * 24 * 4))
    found = Counter(jour_a_paris(instant) for instant in quarters)
    assert found[change] == (23 if day == "2025-03-30" else 25) * 4


@pytest.mark.parametrize(
    ("of", "before", "a_year_before"),
    [
        # whole months: as many months
        (("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-02-28"), ("2024-03-01", "2024-03-31")),
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        (("2025-02-01", "2025-02-28"), ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        (("2025-01-01", "2025-03-31"), ("2024-10-01", "2024-12-31"), ("2024-01-01", "2024-03-31")),
        (("2025-12-01", "2026-11-30"), ("2024-12-01", "2025-11-30"), ("2024-12-01", "2025-11-30")),
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31"), ("2024-01-01", "2024-12-31")),
        # any days: as many days
        (("2025-03-10", "2025-03-16"), ("2025-03-03", "2025-03-09"), ("2024-03-10", "2024-03-16")),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        (("2024-02-20", "2024-02-29"), ("2024-02-10", "2024-02-19"), ("2023-02-20", "2023-02-28")),
        (("2025-02-28", "2025-03-01"), ("2025-02-26", "2025-02-27"), ("2024-02-28", "2024-03-01")),
    ],
)
def test_what_a_period_is_compared_with(
    of: tuple[str, str], before: tuple[str, str], a_year_before: tuple[str, str]
) -> None:
    assert precedente(periode(*of)) == periode(*before)
    assert un_an_avant(periode(*of)) == periode(*a_year_before)


@given(periode=periods)
def test_the_period_before_ends_the_day_before(periode: Periode) -> None:
    before = precedente(periode)
    assert before.au == periode.du - DAY
    whole = (periode.du.day, (periode.au + DAY).day) == (1, 1)
    if whole:
        assert len(split(before, "mois")) == len(split(periode, "mois"))
        assert (before.du.day, before.au) == (1, mois(before.au).au)
    else:
        assert before.jours == periode.jours


@given(periode=periods)
def test_the_same_period_a_year_before_has_the_same_months(periode: Periode) -> None:
    before = un_an_avant(periode)
    assert [m[5:] for m in months(before)] == [m[5:] for m in months(periode)]
    assert (before.du.year, before.au.year) == (periode.du.year - 1, periode.au.year - 1)
    assert abs(before.jours - periode.jours) <= 1


@given(jour=days)
def test_whatever_may_be_published_may_be_compared_with_what_may_be(jour: date) -> None:
    for whole in (mois(jour), trimestre(jour), annee(jour), douze_mois(jour)):
        for other in (precedente(whole), un_an_avant(whole)):
            assert is_publishable(other)
            assert other.au < whole.du


@given(periode=periods, pas=pas)
def test_a_cut_covers_every_day_once_in_order(periode: Periode, pas: Pas) -> None:
    parts = split(periode, pas)
    assert parts[0].du == periode.du
    assert parts[-1].au == periode.au
    assert all(b.du == a.au + DAY for a, b in pairwise(parts))
    assert sum(part.jours for part in parts) == periode.jours


@given(periode=periods, pas=pas)
def test_each_step_inside_a_cut_is_whole(periode: Periode, pas: Pas) -> None:
    for part in split(periode, pas)[1:-1]:
        assert part == WHOLE[pas](part.du)


@given(jour=days)
def test_whole_periods_are_publishable(jour: date) -> None:
    for whole in (mois(jour), trimestre(jour), annee(jour), douze_mois(jour)):
        assert whole.contains(jour)
        assert is_publishable(whole)


@given(jour=days)
def test_a_whole_period_but_for_one_day_is_not_publishable(jour: date) -> None:
    for whole in (mois(jour), trimestre(jour), annee(jour), douze_mois(jour)):
        assert not is_publishable(Periode(whole.du + DAY, whole.au))
        assert not is_publishable(Periode(whole.du, whole.au - DAY))
        assert not is_publishable(Periode(whole.du - DAY, whole.au))
        assert not is_publishable(Periode(whole.du, whole.au + DAY))


@pytest.mark.parametrize(
    ("du", "au"),
    [
        ("2025-03-15", "2025-03-15"),  # a day
        ("2025-03-15", "2025-04-14"),  # as long as a month
        ("2025-01-01", "2025-02-28"),  # two months
        ("2025-02-01", "2025-04-30"),  # three months, not a quarter
        ("2025-01-01", "2025-06-30"),  # half a year
        ("2024-12-01", "2025-12-31"),  # thirteen months
        ("2024-01-01", "2025-12-31"),  # two years
        ("2024-03-15", "2025-03-14"),  # as long as a year
    ],
)
def test_other_periods_are_not_publishable(du: str, au: str) -> None:
    assert not is_publishable(periode(du, au))
