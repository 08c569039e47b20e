"""Public figures: what is withheld, and what a reader with a pencil can make of the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.asked.periode import (
    Periode,
    annee,
    douze_mois,
    mois,
    months,
    precedente,
    trimestre,
    un_an_avant,
)
from collector.figures.publication import (
    around,
    hidden_months,
    is_total,
    is_withheld,
    shown,
    withheld,
)

# 1 would be no threshold at all: « withheld » would then say « nobody answered ».
thresholds = st.integers(2, 30)
histories = st.lists(st.integers(0, 12) | st.integers(0, 500), max_size=24)


def possible_values(counts: list[int], hidden: Collection[int], cell: int) -> set[int]:
    """What `cell` may be for a reader of the total and of every part that is not hidden.

    Each value is exhibited: a full history is built around it and read back as the reader would.
    """
    values = set()
    residue = sum(counts) - sum(n for i, n in enumerate(counts) if i not in hidden)
    for holder in hidden:
        history = [0 if i in hidden else n for i, n in enumerate(counts)]
        history[holder] = residue
        assert min(history) >= 0
        assert sum(history) == sum(counts)
        assert all(history[i] == n for i, n in enumerate(counts) if i not in hidden)
        values.add(history[cell])
    return values


def test_eleven_answers_are_published_and_ten_are_not() -> None:
    assert not is_withheld(11, 11)
    assert is_withheld(10, 11)
    assert is_withheld(0, 11)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([], set()),
        ([50], set()),
        ([10], {0}),
        ([11, 40, 30], set()),
        ([40, 5, 30], {1, 2}),  # alone, 5 = 75 − 70
        ([30, 5, 30], {0, 1}),  # the earliest among equals
        ([5, 40, 6], {0, 2}),  # 11 together: enough
        ([5, 40, 5, 60], {0, 1, 2}),  # 10 together: too few to be known as a sum
        ([0, 40, 0, 60], {0, 1, 2}),  # 0 together would say 0 for each
        ([0, 40, 60], {0, 1}),
        ([3, 4, 3], {0, 1, 2}),  # the total is withheld too
        ([6, 6], {0, 1}),  # the total alone is published
        ([0, 0, 0], {0, 1, 2}),
        ([2, 90], {0, 1}),
        ([10, 9, 8, 7, 60, 80], {0, 1, 2, 3}),
    ],
)
def test_what_is_withheld_at_eleven(counts: list[int], hidden: set[int]) -> None:
    assert withheld(counts, 11) == hidden


def test_the_threshold_is_a_setting() -> None:
    assert withheld([5, 40, 30], 5) == set()
    assert withheld([5, 40, 30], 50) == {0, 1, 2}
    assert withheld([0, 40, 30], 0) == set()


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="never negative"):
        withheld([5, -1], 11)


@given(counts=histories, threshold=thresholds)
def test_no_withheld_part_follows_by_subtraction(counts: list[int], threshold: int) -> None:
    hidden = withheld(counts, threshold)
    if is_withheld(sum(counts), threshold):
        assert hidden == set(range(len(counts)))  # and no total to subtract from
        return
    for cell in hidden:
        assert len(possible_values(counts, hidden, cell)) >= 2


@given(counts=histories, threshold=thresholds, data=st.data())
def test_what_is_to_be_withheld_anyway_is_and_leaves_a_sound_rest(
    counts: list[int], threshold: int, data: st.DataObject
) -> None:
    also = data.draw(st.sets(st.sampled_from(range(len(counts))))) if counts else set()
    hidden = withheld(counts, threshold, also)
    assert hidden >= also | {i for i, n in enumerate(counts) if is_withheld(n, threshold)}
    if hidden and not is_withheld(sum(counts), threshold):
        assert not is_withheld(sum(counts[i] for i in hidden), threshold)


@pytest.mark.parametrize("counts", [[5, 40, 60], [0, 40, 0, 60]])
def test_small_parts_alone_would_follow_by_subtraction(counts: list[int]) -> None:
    only_small = [i for i, n in enumerate(counts) if is_withheld(n, 11)]
    for cell in only_small:
        assert possible_values(counts, only_small, cell) == {counts[cell]}


@given(counts=histories, threshold=thresholds)
def test_what_subtraction_gives_is_never_about_fewer_than_the_threshold(
    counts: list[int], threshold: int
) -> None:
    hidden = withheld(counts, threshold)
    if hidden and not is_withheld(sum(counts), threshold):
        assert not is_withheld(sum(counts[i] for i in hidden), threshold)


@given(counts=histories, threshold=thresholds)
def test_every_small_part_is_withheld_and_at_most_one_other(
    counts: list[int], threshold: int
) -> None:
    hidden = withheld(counts, threshold)
    small = {i for i, n in enumerate(counts) if is_withheld(n, threshold)}
    assert small <= hidden
    assert len(hidden - small) <= 1
    published = [n for i, n in enumerate(counts) if i not in hidden]
    assert all(counts[joined] <= n for joined in hidden - small for n in published)
    if not small:
        assert hidden == set()


def test_replaying_the_rule_may_tell_how_many_answered() -> None:
    """The limit the docstring owns up to, kept in sight."""
    hidden = withheld([50, 50, 10], 11)
    assert hidden == {0, 2}
    worlds = [n for n in range(61) if withheld([60 - n, 50, n], 11) == hidden]
    assert worlds == [10]


# Several requests put together

Answers = Mapping[str, int]
Shown = Callable[[Sequence[Periode], Answers, date, int], list[bool]]


def ends(today: date) -> list[date]:
    """A day of each month of the year before last, of last year and of this one."""
    return [date(y, m, 1) for y in range(today.year - 2, today.year + 1) for m in range(1, 13)]


def requests(today: date) -> list[Periode]:
    """Every period that can be asked for over these years."""
    kinds = (mois, trimestre, annee, douze_mois)
    found = dict.fromkeys(kind(end) for end in ends(today) for kind in kinds)
    return [each for each in found if each.du >= ends(today)[0]]


def answers_of(periode: Periode, counts: Answers) -> int:
    return sum(counts.get(month, 0) for month in months(periode))


def published(counts: Answers, today: date, threshold: int, rule: Shown = shown) -> list[Periode]:
    """What is answered to every request, one by one."""
    return [each for each in requests(today) if rule([each], counts, today, threshold)[0]]


def sums(periodes: list[Periode], today: date) -> set[frozenset[str]]:
    """Sets of months without a figure whose sum follows when totals are added and subtracted.

    Each total less its published months is the sum of its other months. Of so few totals, all ways
    to add and subtract them are tried. A month to come is empty, as everyone knows.
    """
    known = {months(each)[0] for each in periodes if len(months(each)) == 1}
    known |= {m for end in ends(today) for m in months(mois(end)) if end > today}
    rests = {frozenset(months(each)) - known for each in periodes} - {frozenset()}
    assert len(rests) <= 6
    found = set()
    for signs in product((-1, 0, 1), repeat=len(rests)):
        each_month = {
            month: sum(sign for sign, rest in zip(signs, rests, strict=True) if month in rest)
            for month in frozenset().union(*rests)
        }
        if set(each_month.values()) <= {0, 1}:
            found.add(frozenset(month for month, times in each_month.items() if times))
    return found - {frozenset()}


def too_small(
    counts: Answers, today: date, threshold: int, rule: Shown = shown
) -> list[frozenset[str]]:
    """Sums that follow from all requests and rest on fewer answers than the threshold."""
    found = sums(published(counts, today, threshold, rule), today)
    return [each for each in found if sum(counts.get(m, 0) for m in each) < threshold]


def each_total_by_itself(
    periodes: Sequence[Periode], counts: Answers, today: date, threshold: int
) -> list[bool]:
    """The rule as it was: what one answer shows does not give itself away, and that is all."""
    return [not is_withheld(answers_of(each, counts), threshold) for each in periodes]


def union_of_what_each_hides(
    periodes: Sequence[Periode], counts: Answers, today: date, threshold: int
) -> list[bool]:
    """A month is hidden when its year hides it or when the rolling year does: not enough."""
    hidden: set[str] = set()
    for total in (douze_mois(today), *(annee(end) for end in ends(today))):
        begun = [month for month in months(total) if month <= today.isoformat()[:7]]
        n = [counts.get(month, 0) for month in begun]
        hidden |= {begun[i] for i in withheld(n, threshold)}
    return [
        not is_withheld(answers_of(each, counts), threshold)
        and (each == annee(each.au) or is_total(each, today) or hidden.isdisjoint(months(each)))
        for each in periodes
    ]


# Twelve months of 40, but 5 in the December that last year and the rolling year share, 30 in one
# month of last year alone, 20 in one of this year.
BRIDGE = {f"{y}-{m:02}": 40 for y in (2024, 2025, 2026) for m in range(1, 13)} | {
    "2025-12": 5,
    "2025-03": 30,
    "2026-06": 20,
    "2026-12": 0,
}
NOVEMBER = date(2026, 11, 22)


@st.composite
def histories_by_month(draw: st.DrawFn) -> tuple[dict[str, int], date]:
    """Three years of answers, up to a day of the last; none, few and many are all common."""
    today = date(2026, draw(st.integers(1, 12)), draw(st.integers(1, 28)))
    n = st.just(40) | st.integers(0, 12) | st.integers(0, 60)
    counts = {f"{end:%Y-%m}": draw(n) for end in ends(today) if end <= today}
    return counts, today


@given(history=histories_by_month(), threshold=st.integers(2, 30))
@example(history=(BRIDGE, NOVEMBER), threshold=11)
def test_no_requests_put_together_rest_on_fewer_answers_than_the_threshold(
    history: tuple[dict[str, int], date], threshold: int
) -> None:
    counts, today = history
    assert too_small(counts, today, threshold) == []
    for each in published(counts, today, threshold):
        assert answers_of(each, counts) >= threshold


@pytest.mark.parametrize("rule", [each_total_by_itself, union_of_what_each_hides])
def test_the_attacker_finds_the_month_that_a_weaker_rule_gives_away(rule: Shown) -> None:
    assert too_small(BRIDGE, NOVEMBER, 11, rule) == [frozenset({"2025-12"})]
    assert too_small(BRIDGE, NOVEMBER, 11) == []


@given(history=histories_by_month(), threshold=st.integers(2, 30))
def test_steps_and_the_period_before_are_shown_as_they_are_alone(
    history: tuple[dict[str, int], date], threshold: int
) -> None:
    counts, today = history
    for total in (annee(today), douze_mois(today), annee(date(2025, 1, 1))):
        steps = [mois(date.fromisoformat(f"{month}-01")) for month in months(total)]
        others = [precedente(total), un_an_avant(steps[0])]
        every = [total, *steps, *others]
        together = shown(every, counts, today, threshold)
        assert together == [shown([each], counts, today, threshold)[0] for each in every]


@given(history=histories_by_month(), threshold=st.integers(2, 30))
def test_a_year_that_is_over_and_the_last_twelve_months_are_shown_when_they_may_be(
    history: tuple[dict[str, int], date], threshold: int
) -> None:
    counts, today = history
    for total in (douze_mois(today), annee(date(2025, 1, 1)), annee(date(2024, 1, 1))):
        enough = answers_of(total, counts) >= threshold
        assert shown([total], counts, today, threshold) == [enough]


def test_the_first_days_of_a_month_cost_one_other_month_and_those_to_come_none() -> None:
    counts = {**dict.fromkeys(BRIDGE, 40), "2026-11": 2, "2026-07": 39, "2026-12": 0}
    begun = {m: n for m, n in counts.items() if m <= "2026-11"}
    assert hidden_months(begun, NOVEMBER, 11) == (frozenset({"2026-07", "2026-11"}), False)
    assert hidden_months({**begun, "2026-11": 40}, NOVEMBER, 11) == (frozenset(), False)
    [year] = shown([annee(NOVEMBER)], counts, NOVEMBER, 11)
    assert year


def test_a_december_with_few_answers_leans_on_both_years_and_hides_the_current_one() -> None:
    hidden, leaning = hidden_months(
        {m: n for m, n in BRIDGE.items() if m <= "2026-11"}, NOVEMBER, 11
    )
    assert (set(hidden), leaning) == ({"2025-12", "2025-03", "2026-06"}, True)
    assert shown([annee(NOVEMBER)], BRIDGE, NOVEMBER, 11) == [False]


def test_what_is_read_goes_as_far_as_what_decides() -> None:
    both = Periode(date(2025, 1, 1), date(2026, 12, 31))
    assert around(mois(date(2026, 3, 1)), NOVEMBER) == both
    assert around(mois(date(2025, 3, 1)), NOVEMBER) == both
    assert around(annee(date(2024, 1, 1)), NOVEMBER) == annee(date(2024, 1, 1))
    assert around(douze_mois(date(2025, 3, 1)), NOVEMBER) == Periode(
        date(2024, 1, 1), date(2026, 12, 31)
    )
    december = date(2026, 12, 1)
    assert around(mois(date(2025, 3, 1)), december) == annee(date(2025, 3, 1))
    assert around(douze_mois(december), december) == annee(december)


# Boutons

PRIME = 2**61 - 1
Row = dict[tuple[int, str], int]


def reduced(row: Row, pivots: Mapping[tuple[int, str], Row]) -> Row:
    """What is left of a linear sum when all that is known is taken away, modulo a large prime."""
    row = dict(row)
    for cell in list(row):
        while cell in pivots and row.get(cell):
            times = row[cell]
            for other, n in pivots[cell].items():
                row[other] = (row.get(other, 0) - times * n) % PRIME
    row = {cell: n for cell, n in row.items() if n}
    return reduced(row, pivots) if row.keys() & pivots.keys() else row


def follows(wanted: Row, known: list[Row]) -> bool:
    """Whether a sum is a linear combination of what is known."""
    pivots: dict[tuple[int, str], Row] = {}
    for each in known:
        if rest := reduced(each, pivots):
            cell, n = next(iter(rest.items()))
            inverse = pow(n, -1, PRIME)
            pivots[cell] = {other: k * inverse % PRIME for other, k in rest.items()}
    return not reduced(wanted, pivots)


@st.composite
def boutons_by_month(draw: st.DrawFn) -> tuple[list[dict[str, int]], date]:
    today = date(2026, draw(st.integers(1, 12)), 15)
    begun = [f"{end:%Y-%m}" for end in ends(today)[12:] if end <= today]
    n = st.just(0) | st.just(30) | st.integers(0, 12)
    counts = [{month: draw(n) for month in begun} for _ in range(draw(st.integers(1, 3)))]
    return counts, today


@given(world=boutons_by_month(), threshold=st.integers(2, 20))
def test_no_bouton_follows_from_the_others_nor_from_two_periods(
    world: tuple[list[dict[str, int]], date], threshold: int
) -> None:
    boutons, today = world
    everyone = {month: sum(each[month] for each in boutons) for month in boutons[0]}
    known: list[Row] = [
        {(rank, month): 1 for rank in range(len(boutons)) for month in months(each)}
        for each in published(everyone, today, threshold)
        if each.du.year >= 2025 and each.au <= douze_mois(today).au
    ]
    totals = [
        each for each in (annee(date(2025, 1, 1)), douze_mois(today)) if is_total(each, today)
    ]
    for total in totals:
        hidden = withheld([answers_of(total, each) for each in boutons], threshold)
        known += [
            {(rank, month): 1 for month in months(total)}
            for rank in range(len(boutons))
            if rank not in hidden
        ]
    for rank, counts in enumerate(boutons):
        stretches = [*([month] for month in counts), *map(months, totals)]
        stretches.append([month for month in counts if month[:4] == "2026"])
        stretches.append([month for month in counts if month not in months(douze_mois(today))])
        for stretch in filter(None, stretches):
            if sum(counts[month] for month in stretch) < threshold:
                assert not follows({(rank, month): 1 for month in stretch}, known)
