"""What a trend draws: the published marks and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from collector.asked.filtre import Filtre
from collector.asked.periode import annee, mois
from collector.domain import Dimension
from collector.figures.comparaison import ruptures
from collector.figures.courbes import BOTTOM, LEFT, UNIT, WIDTH, courbes
from collector.figures.mesures import Mesure, Rules, Tranche
from collector.figures.shown import Figures
from collector.scores import NATIONAL, score
from tests.world import CARTE, VILLE

AVANT = Dimension("d", {"fr": "Avant ?"}, tuple({"fr": each} for each in "abc"))
APRES = replace(AVANT, question={"fr": "Après ?"})


def figures(*rows: tuple[tuple[int, ...] | None, ...]) -> Figures:
    """A month for each row; in it, counts for AVANT and perhaps for APRES, or None: withheld."""
    tranches = tuple(
        Tranche(mois(date(2026, rank, 1)), False, 1, 1, tuple(map(measured, (AVANT, APRES), row)))
        for rank, row in enumerate(rows, 1)
    )
    total = replace(tranches[0], periode=annee(date(2026, 1, 1)))
    breaks = ruptures([total], tranches)
    filtre = Filtre(total.periode, "mois")
    rules = Rules(11, NATIONAL)
    return Figures(CARTE, VILLE, AVANT, filtre, rules, total, tranches, None, breaks)


def measured(dimension: Dimension, effectifs: tuple[int, ...] | None) -> Mesure:
    return Mesure(dimension, ("q",), effectifs, score(effectifs) if effectifs else None)


def test_a_line_goes_through_the_marks_and_its_band_around_them() -> None:
    [courbe] = courbes(figures(((10, 0, 10),), ((0, 0, 20),), ((20, 0, 0),)))
    [ligne] = courbe.lignes
    assert ligne.trait == "M20 31L88 6L156 56"
    assert ligne.points == (("20", "31"), ("88", "6"), ("156", "56"))
    [start, *_] = re.findall(r"M20 ([\d.]+)L88 6L156 56L156 56L88 6L20 ([\d.]+)Z", ligne.bande)
    upper, lower = map(float, start)
    interval = score((10, 0, 10)).intervalle
    assert interval is not None
    assert abs(upper - (BOTTOM - UNIT * interval[1])) <= 0.05
    assert abs(lower - (BOTTOM - UNIT * interval[0])) <= 0.05
    assert courbe.ruptures == ()


def test_what_is_withheld_is_a_gap_and_nothing_is_drawn_across_it() -> None:
    [courbe] = courbes(figures(((0, 20, 0),), (None,), ((0, 20, 0),), ((0, 20, 0),)))
    [ligne] = courbe.lignes
    assert ligne.trait.count("M") == ligne.bande.count("M") == ligne.bande.count("Z") == 2
    assert len(ligne.points) == 3


def test_other_words_are_another_line_after_a_break() -> None:
    before, after = ((0, 20, 0), None), (None, (20, 0, 0))
    [courbe] = courbes(figures(before, before, after, after))
    assert [(x.question["fr"], len(x.points)) for x in courbe.lignes] == [
        ("Avant ?", 2),
        ("Après ?", 2),
    ]
    assert courbe.question == APRES.question
    step = WIDTH / 3
    assert [abs(float(x) - (LEFT + 1.5 * step)) <= 0.05 for x in courbe.ruptures] == [True]


def test_without_a_mark_nothing_is_drawn() -> None:
    assert courbes(figures((None,), (None,))) == []
    [courbe] = courbes(figures(((0, 20, 0),), (None,)))
    assert [len(ligne.points) for ligne in courbe.lignes] == [1]
