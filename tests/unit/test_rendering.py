"""How figures and days are written for people."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError

from collector.asked.periode import Periode, annee, mois, trimestre
from collector.rendering import make_templates
from collector.scores import score
from collector.wording import Sentences

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


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("jour", date(2026, 3, 1), "1 March 2026"),
        ("mois", Periode(date(2025, 12, 1), date(2026, 2, 28)), "December 2025 to February 2026"),
        ("nombre", 1_234_567, "1,234,567"),
        ("note", 7.85, "7.9"),
        ("decimal", 7.25, "7.25"),
        ("pourcent", 0.455, "46%"),
        ("ecart", -0.35, "−0.4"),
    ],
)
def test_the_same_in_english(name: str, value: object, written: str) -> None:
    assert spaced(FILTERS[name](value, "en")) == written


@pytest.mark.parametrize(
    ("ecart", "written"),
    [
        (0.35, "+0,4"),
        (-1.25, "−1,3"),
        (0.0, "0,0"),
        (0.04, "+0,04"),
        (-0.001, "0,00"),
        (10, "+10,0"),
    ],
)
def test_a_difference_says_which_way_it_goes(ecart: float, written: str) -> None:
    assert FILTERS["ecart"](ecart) == written


def test_what_is_put_into_a_sentence_is_escaped_and_the_sentence_is_not() -> None:
    texts = {"dit": "<b>{mot}</b>", "lus": "{n} lus", "lus_un": "{n} lu"}
    french, english = Sentences("fr", texts), Sentences("en", texts)
    assert french("dit", mot="<i>") == "<b>&lt;i&gt;</b>"
    assert [french("lus", n=n) for n in (0, 1, 2_000)] == ["0 lu", "1 lu", "2\u202f000 lus"]
    assert [english("lus", n=n) for n in (0, 1, 2_000)] == ["0 lus", "1 lu", "2,000 lus"]
    with pytest.raises(KeyError):
        french("dit")


def test_templates_escape_and_forgive_no_missing_word() -> None:
    environment: Environment = make_templates("", "abc")
    assert environment.from_string("{{ x }}").render(x="<\"'&>") == "&lt;&#34;&#39;&amp;&gt;"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ textes.oubli }}").render(textes={})
