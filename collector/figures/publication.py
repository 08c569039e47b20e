"""Which public figures are withheld, so that few answers never show; pure.

What a reader may put together, at one moment: every total that is published (each year that is
over, the twelve months up to now, most often the current year) and every month that is not hidden.
Any other period is published only when none of its months is hidden: it is then a sum of what is
published already, and tells nothing more. What subtraction gives is hence the sum of the hidden
months of a total, or of what two totals share, or of what only one of them has. `hidden_months`
keeps each of these sums at the threshold or above, or out of reach.

The figures of one bouton are withheld like parts of the whole, by `withheld` over all boutons, and
only for totals that cannot be subtracted to a month.

Not covered yet: pages read again and again. What came in between two readings is their difference:
while a month is not over, the answers of a day; of two rolling years read a month apart, the month
that came less the month that went. And a month that was shown may be hidden later, beside a smaller
one: who has noted it subtracts it. The files of `publier` have nothing that is not over, and but
for calendar years no rolling year with a hidden month: of these three, they leave the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from collector.asked.periode import Periode, annee, douze_mois, months


def is_withheld(n: int, threshold: int) -> bool:
    """Whether a figure on `n` answers is too small to publish. 0 is: zero is a figure too."""
    return n < threshold


def withheld(counts: Sequence[int], threshold: int, also: Collection[int] = ()) -> frozenset[int]:
    """Positions in `counts` to withhold, when their total is published as soon as it may be; those
    of `also` in any case.

    `counts` are the answers of each part of a whole, such as the months of a year. A reader
    subtracts what is published from the total and gets the sum of what is withheld, the
    residue, histogram included. So the residue is itself a published figure, and obeys the same
    rule: no less than `threshold`. That one condition is enough:

    - a lone small part is its own residue, hence too small: it never stands alone;
    - two empty parts, or any parts whose residue is tiny, do not give each other away;
    - once it holds, the residue R ≥ 1 is shared by two parts or more, and each may be anything
      from 0 to R as far as subtraction tells.

    When it fails, the smallest of the other parts joins (the earliest among equals). It has
    `threshold` answers or more, so one is always enough. There is none only when every part is
    small and the total too: then all is withheld, total included (`is_withheld` says so of it).

    What this does not cover. One total at a time: totals that overlap are for `hidden_months`. And
    someone who replays the rule may, at its edges, tell how many answered: in [50, 50, 10] at 11,
    the published 50 and « the smallest joins, the earliest among equals » leave only 10. What they
    answered stays mixed with the rest of the residue.

    ValueError on a negative count.
    """
    if any(n < 0 for n in counts):
        raise ValueError(f"counts {list(counts)}: a count is never negative")
    needed = {i for i, n in enumerate(counts) if is_withheld(n, threshold)} | {*also}
    smallest_first = sorted(range(len(counts)), key=lambda i: (i not in needed, counts[i], i))
    size = len(needed)
    residue = sum(counts[i] for i in smallest_first[:size])
    if size and is_withheld(residue, threshold):
        size += 1
    return frozenset(smallest_first[:size])


def span(periodes: Sequence[Periode]) -> Periode:
    """From the first day of any of them to the last."""
    return Periode(min(each.du for each in periodes), max(each.au for each in periodes))


def around(periode: Periode, today: date) -> Periode:
    """The whole years whose counts decide what is shown of `periode`."""
    years, rolling = _years(periode), _years(douze_mois(today))
    if years.au < rolling.du or rolling.au < years.du:
        return years
    return Periode(min(years.du, rolling.du), max(years.au, rolling.au))


def shown(
    periodes: Sequence[Periode],
    counts: Mapping[str, int],
    today: date,
    threshold: int,
    wholes: Sequence[Mapping[str, int]] = (),
) -> list[bool]:
    """Whether the figures of each period may be published: together as one by one.

    `counts` are answers by month (YYYY-MM, 0 when absent) of the years `around` all of them.
    `wholes` are those that they are a part of, each a part of the one before, such as all avis.

    A part is never more than its whole. So a month of a part that is published says how many the
    whole was at least, and takes it from the other hidden months: from all of them, when everybody
    answered. What a whole hides, its parts hide too, and beyond that their own small months.

    And a part leans on a neighbour only where its whole does. If it did alone, its hidden months
    would have a published whole: as soon as everybody answered in two of them, the third follows.
    Only its years that are over are then totals.
    """
    hidden, leaning, apart = frozenset[str](), False, False
    for rank, each in enumerate((*wholes, counts)):
        begun = {
            month: each.get(month, 0)
            for month in months(around(span(periodes), today))
            if month <= today.isoformat()[:7]
        }
        found, leans = hidden_months(begun, today, threshold, hidden)
        apart = rank > 0 and leans and not leaning
        leaning = leaning or (leans and not apart)
        hidden = _hidden_by_year(begun, threshold, hidden) if apart else found
    result = []
    for periode in periodes:
        within = months(periode)
        enough = not is_withheld(sum(counts.get(month, 0) for month in within), threshold)
        rolling = is_total(periode, today) or (periode == annee(today) and not leaning)
        total = _is_over(periode, today) if apart else rolling
        result.append(enough and (total or hidden.isdisjoint(within)))
    return result


def is_total(periode: Periode, today: date) -> bool:
    """Whether `periode` is published whatever its months: a year that is over, or the twelve
    months up to now. A month never follows from these alone; it would from the current year."""
    return _is_over(periode, today) or periode == douze_mois(today)


def _is_over(periode: Periode, today: date) -> bool:
    """Whether it is a year that is over."""
    return periode == annee(periode.au) and periode.au < today


def hidden_months(
    counts: Mapping[str, int], today: date, threshold: int, also: frozenset[str] = frozenset()
) -> tuple[frozenset[str], bool]:
    """The months to hide, and whether some lean on others (then the current year is no total).

    `counts` are the answers of every month of whole years up to that of `today`: a month to come
    is empty, as everyone knows, and hides nothing. The months of `also` are hidden in any case.

    The twelve months up to now overlap two years. They cut them in three: what only last year has,
    what both have, what only the current year has. Each of these stretches is made sound by itself
    (`withheld`), so that it may be known whatever is subtracted from what. One that has too few
    answers for that leans on its neighbours: then a month is hidden in each of the three. Last
    year is the first two together, the twelve months the last two: from these two sums, no one of
    the three follows.
    """
    rolling = months(douze_mois(today))
    stretches: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for month in counts:
        stretches[month[:4], month in rolling].append(month)
    hidden = _hidden_in(stretches.values(), counts, threshold, also)
    shared = (rolling[0][:4], True)
    if shared not in stretches or rolling[0].endswith("-01"):  # in December nothing overlaps
        return frozenset(hidden), False
    three = [stretches[rolling[0][:4], False], stretches[shared], stretches[rolling[-1][:4], True]]
    leaning = any(is_withheld(sum(counts[m] for m in each), threshold) for each in three)
    if leaning:
        hidden.update(
            min(each, key=lambda m: counts[m]) for each in three if hidden.isdisjoint(each)
        )
    return frozenset(hidden), leaning


def _hidden_by_year(
    counts: Mapping[str, int], threshold: int, also: frozenset[str]
) -> frozenset[str]:
    """The months to hide when only years are totals."""
    years: defaultdict[str, list[str]] = defaultdict(list)
    for month in counts:
        years[month[:4]].append(month)
    return frozenset(_hidden_in(years.values(), counts, threshold, also))


def _hidden_in(
    stretches: Iterable[Sequence[str]],
    counts: Mapping[str, int],
    threshold: int,
    also: frozenset[str],
) -> set[str]:
    """The months to hide for each stretch to be sound by itself."""
    hidden: set[str] = set()
    for stretch in stretches:
        forced = [i for i, month in enumerate(stretch) if month in also]
        found = withheld([counts[month] for month in stretch], threshold, forced)
        hidden.update(stretch[i] for i in found)
    return hidden


def _years(periode: Periode) -> Periode:
    return Periode(annee(periode.du).du, annee(periode.au).au)
