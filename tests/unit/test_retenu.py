"""Everything published of a démarche, put together: no withheld figure can be worked out of it.

What a reader knows, besides what is published: an avis answers the first question and may leave out
the others, and comes from a form that was opened. A withheld figure is safe when another history,
with another number there, fits all of that: the tests make one, and check that it does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.asked.filtre import Filtre
from collector.asked.periode import Periode, annee, douze_mois, mois, months, split, trimestre
from collector.catalogue import shipped_questionnaires
from collector.domain import Catalogue
from collector.figures.publication import around, shown
from collector.figures.shown import Rules, public_figures
from collector.open_data import publier
from collector.scores import NATIONAL
from collector.store.contract import Count
from tests.world import CARTE, VILLE

CATALOGUE = Catalogue(1, {1: VILLE}, {1: CARTE}, {}, shipped_questionnaires())
SERIES = ("ouverture", "avis", "satisfaction", "effort", "clarte")

# In each pair, the first is never more than the second; equal, where everybody answers.
AT_MOST = [("avis", "ouverture"), ("effort", "avis"), ("clarte", "avis")]
EQUAL = [("satisfaction", "avis")]

History = Mapping[str, Mapping[str, int]]
"""How many, by series and month."""
Known = dict[tuple[str, Periode], int | None]
"""What is published of a series over a period; None when it is withheld."""
Move = dict[str, int]
"""By how much the number of each month changes."""


def counts_of(history: History) -> list[Count]:
    found = []
    for name, by_month in history.items():
        level = 1 if name in ("avis", "ouverture") else 3
        for month, n in by_month.items():
            found.append(Count(month, "standard-1", name, level, n))
    return sorted(found)


def known_of(history: History, today: date, threshold: int) -> Known:
    """All that pages, API and file say."""
    rules, counts = Rules(threshold, NATIONAL), counts_of(history)
    asked = [Filtre(annee(date(y, 1, 1)), pas) for y in (2025, 2026)
             for pas in ("mois", "trimestre", "annee")]  # fmt: skip
    asked += [Filtre(douze_mois(date(y, m, 1))) for y in (2025, 2026) for m in range(1, 13)]
    known: Known = {}
    for filtre in asked:
        within = around(filtre.periode, today)
        near = [c for c in counts if f"{within.du:%Y-%m}" <= c.mois <= f"{within.au:%Y-%m}"]
        found = public_figures(CARTE, CATALOGUE, near, filtre, today, rules)
        for tranche in found.tranches or [found.total]:
            known["avis", tranche.periode] = tranche.avis
            known["ouverture", tranche.periode] = tranche.ouvertures
            for mesure in tranche.mesures:
                n = mesure.score.n if mesure.score else None
                known[mesure.dimension.code, tranche.periode] = n
    for row in publier.demarche_rows(CARTE, CATALOGUE, counts, today, rules):
        du, au = (date.fromisoformat(str(row[name])) for name in ("date_debut", "date_fin"))
        n = int(row["n"]) if row["statut"] == "publie" else None
        assert known[str(row["dimension"]), Periode(du, au)] == n
    return known


def fits(history: History) -> bool:
    """Whether a history is one that can be."""
    return (
        all(n >= 0 for by_month in history.values() for n in by_month.values())
        and all(history[a][m] <= history[b][m] for a, b in AT_MOST for m in history[a])
        and all(history[a] == history[b] for a, b in EQUAL)
    )


def moves_of(hidden: Sequence[str]) -> Iterator[Move]:
    """One answer more or less; moved to another month; or a third month makes up for two."""
    for month in hidden:
        yield {month: 1}
        yield {month: -1}
    for a, b in permutations(hidden, 2):
        yield {a: 1, b: -1}
    for a, b, c in permutations(hidden, 3):
        yield {a: 1, b: 1, c: -1}
        yield {a: -1, b: -1, c: 1}


class Reader:
    """Somebody who has everything that is published, with a pencil."""

    def __init__(self, history: History, known: Known, threshold: int) -> None:
        self.history, self.known, self.threshold = history, known, threshold
        self.sums = {
            name: [
                months(p) for (series, p), n in known.items() if series == name and n is not None
            ]
            for name in SERIES
        }

    def works_out(self) -> set[tuple[str, Periode]]:
        """The withheld figures for which no other history is found."""
        return {(name, each) for name in SERIES for each in self._works_out(name)}

    def _works_out(self, name: str) -> set[Periode]:
        left = self._withheld(name)
        for move in moves_of(self._hidden(name)):
            touched = {each for each in left if sum(move.get(m, 0) for m in months(each))}
            if touched and self._keeps(move, name) and self._another(name, move):
                left -= touched
            if not left:
                break
        return left

    def _hidden(self, name: str) -> list[str]:
        withheld = {month for each in self._withheld(name) for month in months(each)}
        return sorted(withheld & self.history[name].keys())

    def _withheld(self, name: str) -> set[Periode]:
        """Months, and longer periods on few answers: others are withheld out of caution, such as a
        quarter that holds all the hidden months of its year."""
        by_month = self.history[name]
        return {
            each
            for (series, each), n in self.known.items()
            if series == name
            and n is None
            and not by_month.keys().isdisjoint(months(each))
            and (len(months(each)) == 1 or self._count(name, each) < self.threshold)
        }

    def _count(self, name: str, periode: Periode) -> int:
        return sum(self.history[name].get(month, 0) for month in months(periode))

    def _keeps(self, move: Move, name: str) -> bool:
        """Whether no published figure of a series changes."""
        return not any(sum(move.get(m, 0) for m in whole) for whole in self.sums[name])

    def _another(self, name: str, move: Move) -> bool:
        """Whether a series can be moved so in a history that fits: from this one, or from one where
        all avis are moved in some way first."""
        wholes = [] if name == "avis" else moves_of(self._hidden("avis"))
        return any(
            fits(moved(history, along, move))
            for first in ({}, *wholes)
            if self._keeps(first, "avis")
            for history in self._moved_along("avis", first)
            for along in self._along(name, move)
        )

    def _moved_along(self, name: str, move: Move) -> Iterator[History]:
        if not move:
            yield self.history
            return
        for along in self._along(name, move):
            if fits(history := moved(self.history, along, move)):
                yield history

    def _along(self, name: str, move: Move) -> Iterator[Sequence[str]]:
        """A series, and others with it or not, where the move changes nothing published."""
        others = [each for each in SERIES if each != name and self._keeps(move, each)]
        for size in range(len(others) + 1):
            for along in combinations(others, size):
                yield name, *along


def moved(history: History, names: Sequence[str], move: Move) -> History:
    return {
        name: {m: n + move.get(m, 0) for m, n in by_month.items()} if name in names else by_month
        for name, by_month in history.items()
    }


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, date]:
    """Two years of one démarche, up to a day of the second; none, few and many are all common."""
    today = date(2026, draw(st.integers(1, 12)), draw(st.integers(3, 28)))
    begun = [m for m in months(Periode(date(2025, 1, 1), today)) if m <= f"{today:%Y-%m}"]
    some = st.just(40) | st.integers(0, 12) | st.integers(0, 60)
    avis = {month: draw(some) for month in begun}
    share = st.just(1.0) | st.floats(0, 1)
    parts = {
        name: {m: int(n * draw(share)) for m, n in avis.items()} for name in ("effort", "clarte")
    }
    opened = {m: n + draw(st.integers(0, 3)) for m, n in avis.items()}
    return {"avis": avis, "satisfaction": avis, "ouverture": opened, **parts}, today


@settings(max_examples=int(os.environ.get("JDMA_TEST_RETENU", "10")))
@given(world=histories(), threshold=st.integers(2, 20))
def test_no_withheld_figure_follows_from_all_that_is_published(
    world: tuple[History, date], threshold: int
) -> None:
    history, today = world
    known = known_of(history, today, threshold)
    for (name, periode), n in known.items():
        assert n is None or n == sum(history[name].get(month, 0) for month in months(periode))
    assert Reader(history, known, threshold).works_out() == set()


# Weaker rules, that the same reader sees through


def every_period() -> list[Periode]:
    days = [date(y, m, 1) for y in (2025, 2026) for m in range(1, 13)]
    found = dict.fromkeys(
        kind(day) for day in days for kind in (mois, trimestre, annee, douze_mois)
    )
    return [each for each in found if each.du.year >= 2025]


def only_small_ones_hidden(history: History, today: date, threshold: int) -> Known:
    known: Known = {}
    for name in SERIES:
        for periode in every_period():
            n = sum(history[name].get(month, 0) for month in months(periode))
            known[name, periode] = n if n >= threshold else None
    return known


def each_question_by_itself(history: History, today: date, threshold: int) -> Known:
    """What subtraction within one question gives away is hidden, and nothing else."""
    known: Known = {}
    for name in SERIES:
        by_month = history["avis" if name == "ouverture" else name]
        for periode in every_period():
            [is_shown] = shown([periode], by_month, today, threshold)
            n = sum(history[name].get(month, 0) for month in months(periode))
            known[name, periode] = n if is_shown else None
    return known


def year(**by_month: list[int]) -> History:
    """The months of 2025, for each series; everybody answers the first question."""
    return {
        name: {f"2025-{m:02}": n for m, n in enumerate(numbers, 1)}
        for name, numbers in ({"satisfaction": by_month["avis"]} | by_month).items()
    }


JANUARY, FEBRUARY, YEAR = (mois(date(2025, 1, 1)), mois(date(2025, 2, 1)), annee(date(2025, 1, 1)))
TODAY = date(2025, 12, 15)  # the year is the twelve months up to now


def test_hiding_small_figures_only_gives_them_away() -> None:
    numbers = [5, 40, 60, *[70] * 9]
    history = year(avis=numbers, ouverture=numbers, effort=numbers, clarte=numbers)
    naive = only_small_ones_hidden(history, TODAY, 11)
    assert naive["avis", JANUARY] is None
    assert ("avis", JANUARY) in Reader(history, naive, 11).works_out()
    assert Reader(history, known_of(history, TODAY, 11), 11).works_out() == set()


def test_two_questions_each_hidden_well_give_away_a_month_together() -> None:
    """No avis in January, 40 in February: they are hidden as 40 together. But if few spoke of
    clarity in March, its February is not hidden, and all of the 40 are there."""
    avis = [0, 40, 60, *[70] * 9]
    history = year(avis=avis, ouverture=avis, effort=avis, clarte=[0, 40, 12, *[70] * 9])
    apart = each_question_by_itself(history, TODAY, 11)
    assert (apart["avis", JANUARY], apart["avis", FEBRUARY]) == (None, None)
    at_least = apart["clarte", FEBRUARY]
    assert [n for n in range(41) if at_least and 40 - n >= at_least] == [0]
    assert ("avis", JANUARY) in Reader(history, apart, 11).works_out()

    known = known_of(history, TODAY, 11)
    assert (known["clarte", FEBRUARY], known["clarte", YEAR]) == (None, 682)
    assert Reader(history, known, 11).works_out() == set()


# File after file


@settings(max_examples=20)
@given(world=histories(), threshold=st.integers(2, 20))
def test_twelve_months_in_the_file_are_the_sum_of_months_that_are_published(
    world: tuple[History, date], threshold: int
) -> None:
    """So two of them, a month apart, say no more than the months do."""
    history, today = world
    known = known_of(history, today, threshold)
    for name, periode, n in published(history, today, threshold):
        assert periode.au < today
        if periode == douze_mois(periode.au) != annee(periode.au):
            parts = [known[name, each] for each in split(periode, "mois")]
            assert n == sum(each for each in parts if each is not None)
            assert None not in parts


def published(history: History, today: date, threshold: int) -> list[tuple[str, Periode, int]]:
    """What the file of a day has of each series, over each period."""
    rows = publier.demarche_rows(
        CARTE, CATALOGUE, counts_of(history), today, Rules(threshold, NATIONAL)
    )
    return [
        (
            str(row["dimension"]),
            Periode(*(date.fromisoformat(str(row[each])) for each in ("date_debut", "date_fin"))),
            int(row["n"]),
        )
        for row in rows
        if row["statut"] == "publie"
    ]


def test_a_month_of_an_old_file_may_be_hidden_in_a_new_one() -> None:
    """The limit that `publication` owns up to, kept in sight: who kept April’s has June."""
    numbers = [40, 15, 40, 40, 40, 5, *[40] * 6]
    this_year = year(avis=numbers, ouverture=numbers, effort=numbers, clarte=numbers)
    before = {f"2024-{m:02}": 40 for m in range(1, 13)}
    history = {name: before | dict(by_month) for name, by_month in this_year.items()}
    april = {m: n for m, n in history["avis"].items() if m <= "2025-04"}
    old = published(dict.fromkeys(SERIES, april), date(2025, 4, 2), 11)
    new = published(history, date(2025, 12, 31), 11) + published(history, date(2026, 1, 2), 11)
    assert ("avis", FEBRUARY, 15) in old
    assert FEBRUARY not in [periode for _, periode, _ in new]
    [whole] = {n for name, periode, n in new if (name, periode) == ("avis", YEAR)}
    months_of_new = {p: n for name, p, n in new if name == "avis" and len(months(p)) == 1}
    others = sum(n for p, n in months_of_new.items() if p.du.year == 2025)
    assert whole - others - 15 == 5


# Two questionnaires in one year


def of_two(standard: list[int], simple: list[int]) -> list[Count]:
    """The first months of 2025 under two questionnaires, whose questions have other words."""
    return [
        Count(f"2025-{month:02}", id, name, 1 if name == "avis" else 3, n)
        for id, numbers in (("standard-1", standard), ("standard-facile-1", simple))
        for month, n in enumerate(numbers, 1)
        for name in ("avis", "satisfaction")
    ]


def test_what_is_left_of_the_avis_of_a_month_is_not_the_few_who_were_asked_otherwise() -> None:
    counts = of_two([40, 40, 30, *[0] * 8, 11], [0, 0, 5, *[30] * 9])
    rules = Rules(11, NATIONAL)
    found = public_figures(CARTE, CATALOGUE, counts, Filtre(annee(TODAY), "mois"), TODAY, rules)
    january, march, december = (found.tranches[rank] for rank in (0, 2, 11))
    firsts = [mesure for mesure in march.mesures if mesure.dimension.obligatoire]
    assert [mesure.effectifs for mesure in firsts] == [(0, 0, 30), None]
    assert (march.avis, march.ouvertures) == (None, None)
    assert (january.avis, december.avis, found.total.avis) == (40, None, 396)
    for tranche in found.tranches:
        alone = public_figures(CARTE, CATALOGUE, counts, Filtre(tranche.periode), TODAY, rules)
        assert alone.total.avis == tranche.avis
        shown = {m.dimension.question["fr"]: m.effectifs for m in tranche.mesures}
        for mesure in alone.total.mesures:
            assert shown[mesure.dimension.question["fr"]] == mesure.effectifs


def test_avis_alone_would_have_given_them_away() -> None:
    months = {f"2025-{m:02}": n for m, n in enumerate([40, 40, 35, *[30] * 9], 1)}
    assert shown([mois(date(2025, 3, 1))], months, TODAY, 11) == [True]
