"""How figures and days are written for people."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError

from collector.periode import Periode, annee, mois, trimestre
from collector.rendering import make_templates
from collector.scores import score

FILTERS = make_templates("", "abc").filters


@pytest.mark.parametrize(
    ("n", "written"),
    [(0, "0"), (999, "999"), (1_000, "1\u202f000"), (1_234_567, "1\u202f234\u202f567")],
)
def test_whole_numbers_are_written_by_threes(n: int, written: str) -> None:
    assert FILTERS["nombre"](n) == written


@pytest.mark.parametrize(
    ("note", "written"),
    [(0.0, "0,0"), (10.0, "10,0"), (7.85, "7,9"), (6.25, "6,3"), (2.05, "2,1"), (9.949, "9,9")],
)
def test_a_mark_has_one_decimal_half_up(note: float, written: str) -> None:
    assert FILTERS["note"](note) == written


@given(effectifs=st.lists(st.integers(0, 400), min_size=2, max_size=10).filter(any))
def test_a_mark_is_written_as_scores_shows_it(effectifs: list[int]) -> None:
    found = score(effectifs)
    assert found.note_sur_10 is not None
    assert FILTERS["note"](found.note_sur_10) == found.affiche


@pytest.mark.parametrize(
    ("part", "written"), [(0, "0"), (0.005, "1"), (0.004, "0"), (0.495, "50"), (1, "100")]
)
def test_a_share_is_a_whole_percentage(part: float, written: str) -> None:
    assert FILTERS["pourcent"](part) == f"{written}\u202f%"


@pytest.mark.parametrize(("value", "written"), [(26.5, "26.5"), (24.0, "24"), (0.25, "0.3")])
def test_a_drawing_has_one_decimal_at_most(value: float, written: str) -> None:
    assert FILTERS["tenth"](value) == written


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_days_are_written_as_one_says_them() -> None:
    assert spaced(FILTERS["jour"](date(2026, 3, 1))) == "1er mars 2026"
    assert spaced(FILTERS["jour"](date(2026, 8, 31))) == "31 août 2026"


@pytest.mark.parametrize(
    ("periode", "written"),
    [
        (mois(date(2026, 2, 3)), "février 2026"),
        (trimestre(date(2026, 2, 3)), "janvier à mars 2026"),
        (annee(date(2026, 2, 3)), "janvier à décembre 2026"),
        (Periode(date(2025, 12, 1), date(2026, 2, 28)), "décembre 2025 à février 2026"),
    ],
)
def test_periods_are_written_by_their_months(periode: Periode, written: str) -> None:
    assert spaced(FILTERS["mois"](periode)) == written


def test_templates_escape_and_forgive_no_missing_word() -> None:
    environment: Environment = make_templates("", "abc")
    assert environment.from_string("{{ x }}").render(x="<\"'&>") == "&lt;&#34;&#39;&amp;&gt;"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ textes.oubli }}").render(textes={})
