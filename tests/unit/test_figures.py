"""Counters to public figures: which answers belong together, and what is withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.filtre import Comparer, Filtre
from collector.asked.periode import Periode, annee, douze_mois, mois, trimestre
from collector.domain import Catalogue, Dimension, Questionnaire, Structure
from collector.figures.shown import (
    Figures,
    Mesure,
    Rules,
    bouton_figures,
    public_figures,
)
from collector.figures.written import figures_as_dict
from collector.scores import NATIONAL, Ecart, compare, score
from collector.store.contract import Count
from tests.world import CARTE, VILLE

RULES = Rules(11, NATIONAL)
TODAY = date(2026, 12, 22)  # when the twelve months up to now are the year
YEAR = Filtre(annee(TODAY), "mois")


def texte(words: str) -> Mapping[str, str]:
    return {"fr": words, "en": words}


SATISFACTION = Dimension(
    "satisfaction", texte("Content ?"), tuple(map(texte, ("Non", "Bof", "Oui"))), True
)


def asking(id: str, *dimensions: Dimension) -> Questionnaire:
    return Questionnaire(id, texte(id), dimensions)


def figures(
    counts: list[Count], *questionnaires: Questionnaire, filtre: Filtre = YEAR, rules: Rules = RULES
) -> Figures:
    structures: dict[int, Structure] = {1: VILLE}
    catalogue = Catalogue(1, structures, {1: CARTE}, {}, {q.id: q for q in questionnaires})
    carte = replace(CARTE, questionnaire=questionnaires[0].id)
    return public_figures(carte, catalogue, counts, filtre, TODAY, rules)


def answers(questionnaire: str, *effectifs: int, mois: str = "2026-03") -> list[Count]:
    """The counters of so many avis of each level."""
    levels = enumerate(effectifs, 1)
    return [
        Count(mois, questionnaire, "avis", 1, sum(effectifs)),
        *(Count(mois, questionnaire, "satisfaction", level, n) for level, n in levels if n),
    ]


def shown(figures: Figures) -> list[tuple[tuple[str, ...], tuple[int, ...] | None]]:
    return [(m.questionnaires, m.effectifs) for m in figures.total.mesures]


def test_questionnaires_that_ask_with_the_same_words_are_added_up() -> None:
    found = figures(
        answers("a-1", 5, 0, 10) + answers("a-2", 1, 2, 3),
        asking("a-1", SATISFACTION),
        asking("a-2", replace(SATISFACTION, dessin="visages", obligatoire=False)),
    )
    assert shown(found) == [(("a-1", "a-2"), (6, 2, 13))]
    assert found.total.mesures[0].score == score((6, 2, 13))


@pytest.mark.parametrize(
    "other",
    [
        replace(SATISFACTION, question=texte("Satisfait ?")),
        replace(SATISFACTION, question={"fr": "Content ?", "en": "Pleased?"}),
        replace(SATISFACTION, niveaux=tuple(map(texte, ("Non", "Oui et non", "Oui")))),
        replace(SATISFACTION, niveaux=tuple(map(texte, ("Non", "Peu", "Bof", "Assez", "Oui")))),
    ],
)
def test_other_words_or_another_scale_stay_apart(other: Dimension) -> None:
    found = figures(
        answers("a-1", 5, 0, 10) + answers("b-1", 20, 2, 3),
        asking("a-1", SATISFACTION),
        asking("b-1", other),
    )
    padding = (0,) * (len(other.niveaux) - 3)
    assert shown(found) == [(("a-1",), (5, 0, 10)), (("b-1",), (20, 2, 3, *padding))]
    assert found.total.avis == 40


def test_each_wording_is_withheld_by_its_own_number_of_answers() -> None:
    found = figures(
        answers("a-1", 0, 0, 20) + answers("b-1", 10, 0, 0),
        asking("a-1", SATISFACTION),
        asking("b-1", replace(SATISFACTION, question=texte("Satisfait ?"))),
    )
    assert shown(found) == [(("a-1",), (0, 0, 20)), (("b-1",), None)]


def test_a_step_has_the_answers_of_its_months_alone() -> None:
    counts = [
        each
        for month in range(1, 13)
        for each in answers("a-1", 0, month, 20, mois=f"2026-{month:02}")
    ]
    found = figures(counts, asking("a-1", SATISFACTION))
    assert [t.mesures[0].effectifs for t in found.tranches] == [
        (0, month, 20) for month in range(1, 13)
    ]
    assert [t.en_cours for t in found.tranches] == [month == 12 for month in range(1, 13)]
    quarters = figures(
        counts, asking("a-1", SATISFACTION), filtre=Filtre(annee(TODAY), "trimestre")
    )
    assert [t.avis for t in quarters.tranches] == [66, 75, 84, 93]


def test_without_answers_there_is_nothing_to_show_and_nothing_breaks() -> None:
    found = figures([], asking("a-1", SATISFACTION))
    assert (found.total.avis, found.total.ouvertures) == (None, None)
    assert shown(found) == [(("a-1",), None)]
    assert found.total.taux_ouverture_avis is None
    assert len(found.tranches) == 12


def test_openings_alone_show_nothing() -> None:
    counts = [Count("2026-03", "a-1", "ouverture", 1, 500)]
    found = figures(counts, asking("a-1", SATISFACTION))
    assert (found.total.avis, found.total.ouvertures) == (None, None)
    assert shown(found) == [(("a-1",), None)]


def test_avis_without_a_counted_opening_have_no_rate() -> None:
    found = figures(answers("a-1", 0, 0, 20), asking("a-1", SATISFACTION))
    assert (found.total.avis, found.total.ouvertures) == (20, 0)
    assert found.total.taux_ouverture_avis is None


years = st.lists(st.tuples(*[st.integers(0, 30)] * 3), min_size=12, max_size=12)


@given(year=years, threshold=st.integers(1, 40))
def test_no_figure_rests_on_fewer_than_the_threshold_alone_or_by_subtraction(
    year: list[tuple[int, int, int]], threshold: int
) -> None:
    counts = [
        each
        for month, effectifs in enumerate(year, 1)
        for each in answers("a-1", *effectifs, mois=f"2026-{month:02}")
    ]
    rules = Rules(threshold, NATIONAL)
    found = figures(counts, asking("a-1", SATISFACTION), rules=rules)
    total, parts = found.total.mesures[0], [t.mesures[0] for t in found.tranches]
    for mesure in (total, *parts):
        assert (mesure.score is None) == (mesure.effectifs is None)
        assert mesure.effectifs is None or sum(mesure.effectifs) >= threshold
    if total.effectifs is None:
        assert all(part.effectifs is None for part in parts)
    elif any(part.effectifs is None for part in parts):
        residue = sum(total.effectifs) - sum(answered(part) for part in parts)
        assert residue >= threshold
    assert figures_as_dict(found)["seuil_public"] == threshold


def answered(mesure: Mesure) -> int:
    return sum(mesure.effectifs or ())


def of_bouton(asked: str, **counts: list[Count]) -> Figures:
    catalogue = Catalogue(1, {1: VILLE}, {1: CARTE}, {}, {"a-1": asking("a-1", SATISFACTION)})
    filtre = Filtre(annee(TODAY), bouton=asked)
    carte = replace(CARTE, questionnaire="a-1")
    return bouton_figures(carte, catalogue, counts, filtre, TODAY, RULES)


def test_a_bouton_is_shown_when_what_is_left_of_the_total_tells_nothing() -> None:
    counts = {"a": answers("a-1", 5, 5, 40), "b": answers("a-1", 0, 0, 30)}
    assert shown(of_bouton("a", **counts)) == [(("a-1",), (5, 5, 40))]
    assert of_bouton("b", **counts).total.avis == 30


@pytest.mark.parametrize("other", [[], answers("a-1", 1, 1, 1)])
def test_a_small_bouton_takes_another_with_it_even_when_it_is_empty(other: list[Count]) -> None:
    counts = {"a": answers("a-1", 0, 0, 50), "b": answers("a-1", 0, 0, 30), "c": other}
    assert of_bouton("a", **counts).total.avis == 50
    for hidden in ("b", "c"):
        assert of_bouton(hidden, **counts).total.avis is None
        assert all(m.effectifs is None for m in of_bouton(hidden, **counts).total.mesures)


def test_a_question_of_a_bouton_is_withheld_by_its_own_answers() -> None:
    few = [Count("2026-03", "a-1", "avis", 1, 40), Count("2026-03", "a-1", "satisfaction", 3, 12)]
    counts = {"a": few, "b": [few[0], few[1]._replace(n=2)]}
    assert of_bouton("a", **counts).total.avis == 40
    assert shown(of_bouton("a", **counts)) == [(("a-1",), None)]


def test_a_month_is_withheld_per_question_too() -> None:
    """Enough avis every month, but in March few answered the question."""
    counts = [
        each
        for month in range(1, 13)
        for each in (
            Count(f"2026-{month:02}", "a-1", "avis", 1, 50),
            Count(f"2026-{month:02}", "a-1", "satisfaction", 3, 3 if month == 3 else 20 + month),
        )
    ]
    for periode, avis, effectifs in (
        (mois(date(2026, 3, 1)), 50, None),
        (mois(date(2026, 1, 1)), 50, None),  # the smallest of the others
        (mois(date(2026, 2, 1)), 50, (0, 0, 22)),
        (trimestre(date(2026, 3, 1)), 150, None),
        (trimestre(date(2026, 4, 1)), 150, (0, 0, 75)),
    ):
        found = figures(counts, asking("a-1", SATISFACTION), filtre=Filtre(periode))
        assert (found.total.avis, found.total.mesures[0].effectifs) == (avis, effectifs)


def test_a_question_asked_only_before_the_period_is_not_shown() -> None:
    before = answers("b-1", 0, 0, 30, mois="2026-01")
    counts = before + answers("a-1", 0, 0, 30, mois="2026-03")
    other = replace(SATISFACTION, question=texte("Satisfait ?"))
    march = Filtre(mois(date(2026, 3, 1)))
    found = figures(counts, asking("a-1", SATISFACTION), asking("b-1", other), filtre=march)
    assert [m.dimension for m in found.total.mesures] == [SATISFACTION]


# Beside another period


def months_of(year: int, *effectifs: int, questionnaire: str = "a-1") -> list[Count]:
    """The same answers every month of a year."""
    return [
        each
        for month in range(1, 13)
        for each in answers(questionnaire, *effectifs, mois=f"{year}-{month:02}")
    ]


ASKED = asking("a-1", SATISFACTION)
OTHERWISE = asking("b-1", replace(SATISFACTION, question=texte("Satisfait ?")))
SINCE_LAST_YEAR = Filtre(annee(TODAY), comparer="precedente")


def test_each_question_is_compared_with_the_period_before() -> None:
    counts = months_of(2025, 10, 5, 15) + months_of(2026, 2, 4, 30)
    found = figures(counts, ASKED, filtre=SINCE_LAST_YEAR).comparaison
    assert found is not None
    assert (found.avant.periode, found.avant.avis) == (annee(date(2025, 1, 1)), 360)
    assert found.ecarts == (compare((120, 60, 180), (24, 48, 360)),)
    assert found.ecarts[0].significatif
    assert figures(counts, ASKED).comparaison is None


def test_chance_alone_is_no_difference() -> None:
    counts = months_of(2025, 10, 5, 15) + months_of(2026, 10, 4, 16)
    found = figures(counts, ASKED, filtre=SINCE_LAST_YEAR).comparaison
    assert found is not None
    [ecart] = found.ecarts
    assert (ecart.ecart, ecart.significatif) != (None, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (months_of(2025, 0, 0, 0), months_of(2026, 2, 4, 30)),
        (answers("a-1", 1, 2, 3, mois="2025-03"), months_of(2026, 2, 4, 30)),
        (months_of(2025, 2, 4, 30), answers("a-1", 1, 2, 3)),
        (months_of(2025, 2, 4, 30, questionnaire="b-1"), months_of(2026, 2, 4, 30)),
    ],
)
def test_what_is_withheld_or_asked_otherwise_on_one_side_is_not_compared(
    before: list[Count], after: list[Count]
) -> None:
    found = figures(before + after, ASKED, OTHERWISE, filtre=SINCE_LAST_YEAR)
    assert found.comparaison is not None
    assert found.comparaison.ecarts == (Ecart(None, None, False),)


worlds = st.lists(st.tuples(*[st.sampled_from((0, 3, 6, 40))] * 2), min_size=36, max_size=36)
others = st.sampled_from(["precedente", "annee"])
asked_for = st.sampled_from([mois, trimestre, annee, douze_mois])


@given(world=worlds, today=st.dates(date(2026, 1, 1), TODAY), around=asked_for, other=others)
def test_a_comparison_shows_what_each_period_shows_alone_and_no_more(
    world: list[tuple[int, int]],
    today: date,
    around: Callable[[date], Periode],
    other: Comparer,
) -> None:
    """What is known of all requests put together is then known: see test_publication.py."""
    counts = [
        each
        for i, (low, high) in enumerate(world)
        for each in answers("a-1", low, 0, high, mois=f"{2024 + i // 12}-{1 + i % 12:02}")
    ]
    filtre = Filtre(around(today), comparer=other)
    assert filtre.avant is not None
    catalogue = Catalogue(1, {1: VILLE}, {1: CARTE}, {}, {"a-1": ASKED})
    carte = replace(CARTE, questionnaire="a-1")

    def said(filtre: Filtre) -> Figures:
        return public_figures(carte, catalogue, counts, filtre, today, RULES)

    found = said(filtre)
    before, after = said(Filtre(filtre.avant)).total, said(Filtre(filtre.periode)).total
    assert found.comparaison is not None
    assert (found.total, found.comparaison.avant) == (after, before)
    sides = before.mesures[0].effectifs, after.mesures[0].effectifs
    none = sides[0] is None or sides[1] is None
    assert found.comparaison.ecarts == (
        Ecart(None, None, False) if none else compare(sides[0] or (), sides[1] or ()),
    )


# Where the words changed


def breaks(figures: Figures) -> list[tuple[str, Periode, tuple[str, ...], tuple[str, ...]]]:
    return [(r.dimension, r.periode, r.avant, r.apres) for r in figures.ruptures]


def test_a_break_is_marked_in_the_first_step_with_the_new_words() -> None:
    counts = [
        each
        for m in range(1, 13)
        for each in answers("a-1" if m < 6 else "b-1", 20 - m, 9, 9, mois=f"2026-{m:02}")
    ]
    found = figures(counts, ASKED, OTHERWISE)
    hidden = [t.periode.du.month for t in found.tranches if t.mesures[1].effectifs is None]
    assert hidden == [
        1,
        2,
        3,
        4,
        5,
        12,
    ]  # without December, that of nobody before June would follow
    assert breaks(found) == [("satisfaction", mois(date(2026, 6, 1)), ("a-1",), ("b-1",))]
    total = figures(counts, ASKED, OTHERWISE, filtre=Filtre(annee(TODAY)))
    assert breaks(total) == [("satisfaction", annee(TODAY), ("a-1",), ("b-1",))]


def test_a_break_within_a_step_and_the_way_back_are_marked_too() -> None:
    june, july = (answers("b-1", n, 9, 9, mois=f"2026-{m}") for n, m in ((20, "06"), (9, "07")))
    counts = months_of(2026, 9, 9, 9) + june + july
    assert breaks(figures(counts, ASKED, OTHERWISE)) == [
        ("satisfaction", mois(date(2026, 6, 1)), ("a-1",), ("b-1",)),
        ("satisfaction", mois(date(2026, 7, 1)), ("b-1",), ("a-1",)),
    ]


def test_a_new_questionnaire_with_the_same_words_is_no_break() -> None:
    same = asking("a-2", replace(SATISFACTION, dessin="visages"))
    counts = answers("a-1", 9, 9, 9) + answers("a-2", 9, 9, 9, mois="2026-06")
    assert breaks(figures(counts, ASKED, same)) == []


def test_a_break_since_the_other_period_is_marked() -> None:
    counts = months_of(2025, 9, 9, 9) + months_of(2026, 9, 9, 9, questionnaire="b-1")
    found = figures(counts, OTHERWISE, ASKED, filtre=SINCE_LAST_YEAR)
    assert breaks(found) == [("satisfaction", annee(TODAY), ("a-1",), ("b-1",))]
    assert found.comparaison is not None
    assert [m.effectifs for m in found.comparaison.avant.mesures] == [None, (108, 108, 108)]


def test_what_changed_within_the_other_period_breaks_nothing_in_this_one() -> None:
    halves = [
        each
        for m in range(1, 13)
        for each in answers("b-1" if m < 7 else "a-1", 9, 9, 9, mois=f"2025-{m:02}")
    ]
    counts = halves + months_of(2026, 9, 9, 9)
    for pas in (None, "mois"):
        filtre = replace(SINCE_LAST_YEAR, pas=pas)
        assert breaks(figures(counts, ASKED, OTHERWISE, filtre=filtre)) == []


def test_few_answers_to_the_new_words_mark_no_break_that_would_tell_of_them() -> None:
    counts = months_of(2026, 9, 9, 9) + answers("b-1", 1, 1, 1, mois="2026-06")
    assert breaks(figures(counts, ASKED, OTHERWISE)) == []


@given(year=years)
def test_nothing_beside_a_withheld_figure_tells_whether_anybody_came(
    year: list[tuple[int, int, int]],
) -> None:
    """What is said of a withheld month is the same, whoever came."""
    counts = [
        each
        for month, effectifs in enumerate(year, 1)
        for each in answers("a-1" if month % 2 else "b-1", *effectifs, mois=f"2026-{month:02}")
    ]
    found = figures_as_dict(figures(counts, ASKED, OTHERWISE))
    assert isinstance(found["periodes"], list)
    hidden = [m for p in found["periodes"] for m in p["dimensions"] if m["retenu"]]
    assert len({str(m) for m in hidden if m["questionnaires"] == ("a-1",)}) <= 1
    assert {m["questionnaires"] for m in hidden} <= {("a-1",), ("b-1",), ()}
    total = found["total"]
    assert isinstance(total, dict)
    if total["retenu"]:
        assert [m["questionnaires"] for m in total["dimensions"]] == [("a-1",)]
