"""What a dashboard is asked for, and when people answer: pure."""

from __future__ import annotations

from datetime import date

import pytest

from admin_ui.tableau.demande import completed, parse_demande
from admin_ui.tableau.periodes import en_mots, etape, rapides
from admin_ui.tableau.rythme import par_heure, par_jour
from collector.asked.periode import Pas, Periode
from collector.catalogue import shipped_questionnaires
from collector.domain import Bouton, Catalogue
from collector.errors import BadFilter
from tests.world import CARTE, FIN, LONGUE, VILLE

TODAY = date(2026, 11, 22)
STANDARD = shipped_questionnaires()["standard-1"]
OTHER = Bouton("autre2", LONGUE.id, "D’une autre démarche")
CATALOGUE = Catalogue(
    1,
    {VILLE.id: VILLE},
    {CARTE.id: CARTE, LONGUE.id: LONGUE},
    {FIN.code: FIN, OTHER.code: OTHER},
    {STANDARD.id: STANDARD},
)
YEAR = [("du", "2025-12-01"), ("au", "2026-11-30")]


def days(du: str, au: str) -> Periode:
    return Periode(date.fromisoformat(du), date.fromisoformat(au))


@pytest.mark.parametrize(
    ("asked", "whole"),
    [
        ([], [*YEAR, ("pas", "mois"), ("comparer", "precedente")]),
        (
            [("bouton", "k7f3q2"), ("pas", "semaine")],
            [*YEAR, ("pas", "semaine"), ("comparer", "precedente"), ("bouton", "k7f3q2")],
        ),
        ([*YEAR, ("bouton", ""), ("pas", ""), ("comparer", "")], YEAR),
        ([("du", "2026-11-03")], [("du", "2026-11-03"), ("au", "2026-11-22")]),
        ([("au", "2025-03-10")], [("du", "2024-04-01"), ("au", "2025-03-10")]),
        ([("au", "hier")], [("du", "2025-12-01"), ("au", "hier")]),
        ([*YEAR, ("du", "2026-01-01")], [("du", "2026-01-01"), YEAR[1]]),
    ],
)
def test_an_address_is_completed_once(
    asked: list[tuple[str, str]], whole: list[tuple[str, str]]
) -> None:
    assert completed(asked, TODAY) == whole
    assert completed(whole, TODAY) == whole


def test_a_filter_is_understood_as_the_api_does() -> None:
    query = [*YEAR, ("bouton", FIN.code), ("note.effort", "1,2"), ("comparer", "annee")]
    demande = parse_demande(query, CARTE, CATALOGUE)
    assert demande.selection.demarches == (CARTE.id,)
    assert demande.selection.notes == (("effort", frozenset({1, 2})),)
    assert demande.avant == demande.selection_avant.periode == days("2024-12-01", "2025-11-30")
    assert demande.pas is None
    assert demande.is_part
    assert not parse_demande([*YEAR, ("pas", "mois")], CARTE, CATALOGUE).is_part
    assert dict(demande.words(pas="mois", bouton=None)) == {
        **dict(YEAR),
        "note.effort": "1,2",
        "comparer": "annee",
        "pas": "mois",
    }
    assert demande.adresse(comparer=None, bouton=None) == (
        "du=2025-12-01&au=2026-11-30&note.effort=1%2C2"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ("pas", "heure"),
        ("comparer", "hier"),
        ("bouton", OTHER.code),
        ("demarche", LONGUE.slug),
        ("statut", "tous"),
        ("q", "merci"),
        ("note.effort", "0"),
        ("questionnaire", "inconnu-1"),
    ],
)
def test_a_word_that_is_not_known_here_is_refused(wrong: tuple[str, str]) -> None:
    with pytest.raises(BadFilter) as refused:
        parse_demande([*YEAR, wrong], CARTE, CATALOGUE)
    assert refused.value.fautes()[0].champ == wrong[0]


def test_quick_periods_end_now() -> None:
    found = {each.nom: (str(each.periode.du), str(each.periode.au)) for each in rapides(TODAY)}
    assert found == {
        "7 jours": ("2026-11-16", "2026-11-22"),
        "30 jours": ("2026-10-24", "2026-11-22"),
        "3 mois": ("2026-09-01", "2026-11-30"),
        "12 mois": ("2025-12-01", "2026-11-30"),
        "Année 2026": ("2026-01-01", "2026-12-31"),
    }


@pytest.mark.parametrize(
    ("periode", "words"),
    [
        (days("2026-03-01", "2026-03-31"), "mars 2026"),
        (days("2026-01-01", "2026-12-31"), "2026"),
        (days("2026-11-16", "2026-11-22"), "du 16 au 22 novembre 2026"),
        (days("2026-10-24", "2026-11-22"), "du 24 octobre au 22 novembre 2026"),
        (days("2025-12-24", "2026-01-02"), "du 24 décembre 2025 au 2 janvier 2026"),
        (days("2026-11-01", "2026-11-01"), "1er novembre 2026"),
    ],
)
def test_a_period_is_said_as_people_say_it(periode: Periode, words: str) -> None:
    assert en_mots(periode).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("periode", "pas", "words"),
    [
        (days("2026-11-22", "2026-11-22"), "jour", "dim. 22 novembre 2026"),
        (days("2026-11-16", "2026-11-22"), "semaine", "du 16 au 22 novembre 2026"),
        (days("2026-03-01", "2026-03-31"), "mois", "mars 2026"),
        (days("2026-03-05", "2026-03-31"), "mois", "du 5 au 31 mars 2026"),
        (days("2026-04-01", "2026-06-30"), "trimestre", "2e trimestre 2026"),
        (days("2026-01-01", "2026-03-31"), "trimestre", "1er trimestre 2026"),
        (days("2026-05-01", "2026-06-30"), "trimestre", "du 1er mai au 30 juin 2026"),
        (days("2026-01-01", "2026-12-31"), "annee", "2026"),
    ],
)
def test_so_is_a_step(periode: Periode, pas: Pas, words: str) -> None:
    assert etape(periode, pas).replace("\u00a0", " ") == words


MONTH = days("2026-10-26", "2026-11-22")  # four weeks


def test_weekdays_are_told_where_there_is_enough() -> None:
    found = par_jour({"2026-11-02": 60, "2026-11-09": 30, "2026-11-22": 10}, MONTH, 100)
    assert found is not None
    assert (dict(found.parts)["lundi"], dict(found.parts)["dimanche"]) == (90, 10)
    assert (found.n, found.most) == (100, 90)
    assert par_jour({"2026-11-02": 99}, MONTH, 100) is None
    assert par_jour({"2026-11-02": 500}, days("2026-11-01", "2026-11-22"), 100) is None


def test_hours_are_those_of_paris_in_winter_and_in_summer() -> None:
    found = par_heure({"2026-07-01T10": 60, "2026-12-01T10": 30, "2026-07-01T23": 10}, 100)
    assert found is not None
    assert {nom.replace("\u00a0", " "): n for nom, n in found.parts if n} == {
        "12 h": 60,
        "11 h": 30,
        "1 h": 10,
    }
    assert par_heure({"2026-07-01T10": 99}, 100) is None
