"""Which public figures are withheld, so that few answers never show; pure."""

from __future__ import annotations

from collections.abc import Sequence


def is_withheld(n: int, threshold: int) -> bool:
    """Whether a figure on `n` answers is too small to publish. 0 is: zero is a figure too."""
    return n < threshold


def withheld(counts: Sequence[int], threshold: int) -> frozenset[int]:
    """Positions in `counts` to withhold, when their total is published as soon as it may be.

    `counts` are the answers of each part of a longer period, such as the months of a year. A
    reader subtracts what is published from the total and gets the sum of what is withheld, the
    residue, histogram included. So the residue is itself a published figure, and obeys the same
    rule: no less than `threshold`. That one condition is enough:

    - a lone small part is its own residue, hence too small: it never stands alone;
    - two empty parts, or any parts whose residue is tiny, do not give each other away;
    - once it holds, the residue R ≥ 1 is shared by two parts or more, and each may be anything
      from 0 to R as far as subtraction tells.

    When it fails, the smallest of the other parts joins (the earliest among equals). It has
    `threshold` answers or more, so one is always enough. There is none only when every part is
    small and the total too: then all is withheld, total included (`is_withheld` says so of it).

    What this does not cover. One total at a time: overlapping published periods (two rolling
    years that differ by one month) must be looked at together. And someone who replays the rule
    may, at its edges, tell how many answered: in [50, 50, 10] at 11, the published 50 and « the
    smallest joins, the earliest among equals » leave only 10. What they answered stays mixed
    with the rest of the residue.

    ValueError on a negative count.
    """
    if any(n < 0 for n in counts):
        raise ValueError(f"counts {list(counts)}: a count is never negative")
    smallest_first = sorted(range(len(counts)), key=lambda i: (counts[i], i))
    size = sum(is_withheld(n, threshold) for n in counts)
    residue = sum(counts[i] for i in smallest_first[:size])
    if size and is_withheld(residue, threshold):
        size += 1
    return frozenset(smallest_first[:size])
