"""The filter that page, API and file share."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.filtre import Filtre, parse_filtre
from collector.asked.periode import Periode, annee, douze_mois, is_publishable, mois, trimestre
from collector.errors import BadFilter

TODAY = date(2026, 11, 22)
jours = st.dates(date(2001, 1, 1), date(2099, 12, 31))


def fautes(query: dict[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(BadFilter) as refused:
        parse_filtre(query, TODAY)
    return [(f.champ, f.valeur) for f in refused.value.fautes()]


def test_nothing_asked_is_the_twelve_months_up_to_this_one() -> None:
    assert parse_filtre({}, TODAY) == Filtre(Periode(date(2025, 12, 1), date(2026, 11, 30)))


@given(jour=jours, around=st.sampled_from([mois, trimestre, annee, douze_mois]))
def test_every_period_that_may_be_shown_can_be_asked_for(jour: date, around: object) -> None:
    assert callable(around)
    periode = around(jour)
    query = {"du": periode.du.isoformat(), "au": periode.au.isoformat(), "pas": "mois"}
    assert parse_filtre(query, TODAY) == Filtre(periode, "mois")


@given(a=jours, b=jours)
def test_no_other_period_can(a: date, b: date) -> None:
    du, au = min(a, b), max(a, b)
    if not is_publishable(Periode(du, au)):
        assert fautes({"du": str(du), "au": str(au)}) == [("du – au", f"{du} – {au}")]


@pytest.mark.parametrize(
    ("query", "faute"),
    [
        ({"du": "2026-01-01"}, ("au", "")),
        ({"au": "2026-01-31"}, ("du", "")),
        ({"du": "2026-01-01", "au": ""}, ("au", "")),
        ({"du": "hier", "au": "2026-01-31"}, ("du", "hier")),
        ({"du": "2026-01-31", "au": "2026-01-01"}, ("au", "2026-01-01")),
        ({"pas": "jour"}, ("pas", "jour")),
        ({"pas": "semaine"}, ("pas", "semaine")),
        ({"pas": ""}, ("pas", "")),
        ({"comparer": "hier"}, ("comparer", "hier")),
        ({"comparer": ""}, ("comparer", "")),
    ],
)
def test_what_makes_no_filter_is_named(query: dict[str, str], faute: tuple[str, str]) -> None:
    assert fautes(query) == [faute]


@pytest.mark.parametrize("pas", ["mois", "trimestre", "annee"])
def test_steps_are_kept_as_asked(pas: str) -> None:
    filtre = parse_filtre({"pas": pas, "lang": "en"}, TODAY)
    assert (filtre.pas, filtre.bouton) == (pas, None)


@pytest.mark.parametrize("du", ["", "2024-01-01", "2025-01-01", "2025-12-01"])
def test_a_bouton_can_be_looked_at_over_a_total(du: str) -> None:
    end = {"2025-12-01": "2026-11-30"}.get(du, f"{du[:4]}-12-31")
    query = {"bouton": "k7f3q2", **({"du": du, "au": end} if du else {})}
    assert parse_filtre(query, TODAY).bouton == "k7f3q2"


@pytest.mark.parametrize(
    ("du", "au"),
    [
        ("2026-03-01", "2026-03-31"),
        ("2025-01-01", "2025-03-31"),
        ("2025-03-01", "2026-02-28"),  # less the year 2025, two months would be left
        ("2026-01-01", "2026-12-31"),  # not over: the twelve months less this one are December
        ("2027-01-01", "2027-12-31"),
    ],
)
def test_a_bouton_cannot_be_looked_at_over_what_could_be_subtracted(du: str, au: str) -> None:
    query = {"du": du, "au": au, "bouton": "k7f3q2"}
    assert fautes(query) == [("du – au", f"{du} – {au}")]


def test_a_bouton_comes_without_steps_or_comparison() -> None:
    assert fautes({"pas": "mois", "bouton": "k7f3q2"}) == [("pas", "mois")]
    assert fautes({"comparer": "annee", "bouton": "k7f3q2"}) == [("comparer", "annee")]


def test_the_other_period_is_the_one_before_or_the_same_a_year_before() -> None:
    march = {"du": "2026-03-01", "au": "2026-03-31"}
    assert parse_filtre(march, TODAY).avant is None
    before = parse_filtre({**march, "comparer": "precedente"}, TODAY)
    assert before.avant == mois(date(2026, 2, 1))
    assert parse_filtre({**march, "comparer": "annee"}, TODAY).avant == mois(date(2025, 3, 1))
