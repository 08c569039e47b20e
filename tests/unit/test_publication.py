"""Public figures: what is withheld, and what a reader with a pencil can make of the rest."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.publication import is_withheld, withheld

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
