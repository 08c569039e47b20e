"""Figures: every expected case to 1e-9, and the laws they obey."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from functools import reduce
from math import isclose
from pathlib import Path
from statistics import mean, variance
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.scores import NATIONAL, Ecart, Score, Thresholds, compare, merge, score

CASES = json.loads(Path(__file__).with_name("scores_cases.json").read_text("utf-8"))

counts = st.integers(0, 50) | st.integers(0, 10**9)


def histograms(levels: int) -> st.SearchStrategy[list[int]]:
    return st.lists(counts, min_size=levels, max_size=levels)


any_histogram = st.integers(2, 7).flatmap(histograms)
pairs = st.integers(2, 7).flatmap(lambda k: st.tuples(histograms(k), histograms(k)))


def leaves(figures: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """('taux.satisfaits.part', 0.5) and so on, whatever the nesting."""
    if isinstance(figures, dict):
        for key, value in figures.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(figures, list | tuple):
        for i, value in enumerate(figures):
            yield from leaves(value, f"{path}.{i}")
    else:
        yield path, figures


def same(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return isclose(found, expected, rel_tol=0, abs_tol=1e-9)
    return found == expected


def assert_same(found: Score | Ecart, expected: dict[str, Any]) -> None:
    """Floats to 1e-9, everything else to the letter, no field more and none less."""
    found_leaves, expected_leaves = dict(leaves(asdict(found))), dict(leaves(expected))
    assert found_leaves.keys() == expected_leaves.keys()
    differing = {
        path: (found_leaves[path], value)
        for path, value in expected_leaves.items()
        if not same(found_leaves[path], value)
    }
    assert differing == {}


def label(case: dict[str, Any]) -> str:
    return "-".join(str(v) for v in case.values() if isinstance(v, list))


@pytest.mark.parametrize("case", CASES["scores"], ids=label)
def test_a_histogram_gives_the_expected_figures(case: dict[str, Any]) -> None:
    # The file leaves `net` out when nobody answered; a Score always has it.
    assert_same(score(case["effectifs"]), {"net": None} | case["attendu"])


@pytest.mark.parametrize("case", CASES["ecarts"], ids=label)
def test_two_periods_give_the_expected_difference(case: dict[str, Any]) -> None:
    assert_same(compare(case["avant"], case["apres"]), case["attendu"])


def test_the_cases_are_all_there() -> None:
    assert {name: len(cases) for name, cases in CASES.items()} == {"scores": 64, "ecarts": 21}


@pytest.mark.parametrize("change", [{"net": 0.250000002}, {"affiche": "6,2"}, {"classe": None}])
def test_the_comparison_with_the_cases_can_fail(change: dict[str, Any]) -> None:
    right = asdict(score([1, 1, 2]))
    assert_same(score([1, 1, 2]), right)
    with pytest.raises(AssertionError):
        assert_same(score([1, 1, 2]), right | change)


@pytest.mark.parametrize(
    ("effectifs", "affiche"),
    [
        ([1, 1, 2], "6,3"),  # 6.25: a float formatted with .1f gives 6.2
        ([0, 39, 161], "9,0"),  # 9.025
        ([1, 0, 199], "10,0"),  # 9.95
        ([201, 0, 1], "0,0"),  # 0.0495
        ([199, 0, 1], "0,1"),  # 0.05
        ([10**20, 0, 10**20 - 1], "5,0"),  # just under 5
    ],
)
def test_one_decimal_is_shown_half_up(effectifs: list[int], affiche: str) -> None:
    assert score(effectifs).affiche == affiche


@pytest.mark.parametrize(
    ("effectifs", "classe"),
    [
        ([0, 0, 99], "insuffisant"),
        ([0, 0, 100], "bon"),
        ([20, 0, 80], "bon"),  # exactly 8
        ([2 * 10**20 + 1, 0, 8 * 10**20], "moyen"),  # 8 − 10⁻²⁰, which a float calls 8
        ([50, 0, 50], "moyen"),  # exactly 5
        ([10**20 + 1, 0, 10**20], "faible"),
    ],
)
def test_the_class_is_judged_on_the_exact_mean(effectifs: list[int], classe: str) -> None:
    assert score(effectifs).classe == classe


def test_thresholds_are_settings_and_decimal_ones_mean_what_they_say() -> None:
    assert Thresholds(100, 8, 5) == NATIONAL
    assert score([21, 0, 79], Thresholds(bon=7.9)).classe == "bon"  # float 7.9 > 79/10
    assert score([0, 0, 5], Thresholds(minimum=5)).classe == "bon"
    assert score([1, 0, 4], Thresholds(minimum=5, bon=9, moyen=8.5)).classe == "faible"


@pytest.mark.parametrize("effectifs", [[30, 70], [10, 20, 30, 40], [1, 2, 3, 4, 5, 6, 7]])
def test_other_scales_have_a_mark_but_no_rates(effectifs: list[int]) -> None:
    figures = score(effectifs)
    assert figures.note_sur_10 is not None
    assert figures.taux is None
    assert figures.net is None


@pytest.mark.parametrize(
    ("avant", "apres", "expected"),
    [
        ([0, 0, 0], [1, 2, 3], Ecart(None, None, False)),
        ([1, 2, 3], [0, 0, 0], Ecart(None, None, False)),
        ([0, 0, 0], [0, 0, 0], Ecart(None, None, False)),
        ([0, 0, 1], [50, 0, 50], Ecart(-5.0, None, False)),  # one answer has no variance
        ([40, 0, 0], [0, 0, 40], Ecart(10.0, None, False)),  # neither side varies
    ],
)
def test_what_cannot_be_compared_is_none(
    avant: list[int], apres: list[int], expected: Ecart
) -> None:
    assert compare(avant, apres) == expected


def test_a_difference_needs_30_answers_on_both_sides_to_be_significant() -> None:
    assert compare([29, 0, 1], [1, 0, 29]).significatif
    assert not compare([29, 0, 1], [1, 0, 28]).significatif
    assert not compare([28, 0, 1], [1, 0, 29]).significatif


def test_a_side_that_does_not_vary_can_still_be_compared() -> None:
    assert compare([0, 0, 40], [20, 0, 20]).significatif


@pytest.mark.parametrize(
    ("effectifs", "words"), [([], "2 levels"), ([5], "2 levels"), ([3, -1, 2], "never negative")]
)
def test_what_is_not_a_histogram_is_refused(effectifs: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        score(effectifs)
    with pytest.raises(ValueError, match=words):
        compare([1, 2, 3], effectifs)
    with pytest.raises(ValueError, match=words):
        merge(effectifs, [1, 2, 3])


def test_different_scales_are_neither_merged_nor_compared() -> None:
    with pytest.raises(ValueError, match="on 3 and on 5 levels"):
        merge([1, 2, 3], [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="on 5 and on 3 levels"):
        compare([1, 2, 3, 4, 5], [1, 2, 3])


@given(levels=st.integers(2, 7), data=st.data())
def test_merging_is_scoring_the_answers_of_both(levels: int, data: st.DataObject) -> None:
    answers = st.lists(st.integers(0, levels - 1), max_size=60)
    a, b = data.draw(answers), data.draw(answers)
    histogram_a, histogram_b, both = (
        [some.count(i) for i in range(levels)] for some in (a, b, a + b)
    )
    assert score(merge(histogram_a, histogram_b)) == score(both)


@given(levels=st.integers(2, 7), data=st.data())
def test_figures_are_those_of_the_answers_taken_one_by_one(
    levels: int, data: st.DataObject
) -> None:
    answers = data.draw(st.lists(st.integers(0, levels - 1), min_size=2, max_size=60))
    marks = [Fraction(10 * i, levels - 1) for i in answers]
    half = 1.959963984540054 * (float(variance(marks)) / len(marks)) ** 0.5
    middle = float(mean(marks))

    figures = score([answers.count(i) for i in range(levels)])

    assert figures.note_sur_10 == middle
    assert figures.intervalle == pytest.approx(
        (max(0.0, middle - half), min(10.0, middle + half)), rel=0, abs=1e-9
    )


@given(pair=pairs)
def test_the_order_of_merging_is_irrelevant(pair: tuple[list[int], list[int]]) -> None:
    a, b = pair
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), a) == merge(a, merge(b, a))


def merged(parts: Sequence[Sequence[int]]) -> Sequence[int]:
    return reduce(merge, parts)


@given(months=st.integers(2, 7).flatmap(lambda k: st.lists(histograms(k), min_size=1, max_size=12)))
def test_months_in_any_order_and_grouping_give_the_figures_of_the_year(
    months: list[list[int]],
) -> None:
    year = [sum(level) for level in zip(*months, strict=True)]
    half = len(months) // 2
    halves = [merged(part) for part in (months[:half], months[half:]) if part]
    for parts in (months, months[::-1], sorted(months), halves):
        assert score(merged(parts)) == score(year)


@given(effectifs=any_histogram)
def test_the_mark_lies_in_its_interval_and_both_in_0_to_10(effectifs: list[int]) -> None:
    figures = score(effectifs)
    assert (figures.note_sur_10 is None) == (figures.n == 0)
    if figures.note_sur_10 is None or figures.note_sur_5 is None:
        return
    assert 0 <= figures.note_sur_10 <= 10
    assert 1 <= figures.note_sur_5 <= 5
    assert (figures.intervalle is None) == (figures.n < 2)
    if figures.intervalle is not None:
        bas, haut = figures.intervalle
        assert 0 <= bas <= figures.note_sur_10 <= haut <= 10


@given(effectifs=any_histogram.filter(lambda e: sum(e) >= 2), times=st.integers(2, 1000))
def test_more_of_the_same_answers_narrow_the_interval(effectifs: list[int], times: int) -> None:
    few, many = score(effectifs), score([times * n for n in effectifs])
    assert many.note_sur_10 == few.note_sur_10
    assert few.intervalle is not None
    assert many.intervalle is not None
    (few_bas, few_haut), (many_bas, many_haut) = few.intervalle, many.intervalle
    assert few_bas <= many_bas <= many_haut <= few_haut
    # Strictly so, unless everybody agrees, or the cut at 0 or 10 hides it.
    if max(effectifs) < sum(effectifs):
        assert few_bas < many_bas or few_bas == many_bas == 0
        assert many_haut < few_haut or few_haut == many_haut == 10


@given(effectifs=st.sampled_from([3, 5]).flatmap(histograms).filter(any))
def test_each_rate_lies_in_its_wilson_interval_and_they_add_up(effectifs: list[int]) -> None:
    figures = score(effectifs)
    assert figures.taux is not None
    parts = [figures.taux.satisfaits, figures.taux.neutres, figures.taux.insatisfaits]
    for part in parts:
        assert 0 <= part.bas <= part.part <= part.haut <= 1
    assert sum(p.part for p in parts) == pytest.approx(1)
    assert figures.net == pytest.approx(parts[0].part - parts[2].part, abs=1e-12)


@given(pair=pairs)
def test_comparing_the_other_way_round_changes_the_sign_only(
    pair: tuple[list[int], list[int]],
) -> None:
    there, back = compare(*pair), compare(*reversed(pair))
    assert back.significatif == there.significatif
    assert back.ecart == (None if there.ecart is None else -there.ecart)
    assert back.z == (None if there.z is None else -there.z)
