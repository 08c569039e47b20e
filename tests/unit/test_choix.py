"""Which public démarches are meant: by words, structure and territory."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.choix import Choix, chosen, fold, parse_choix, structures_shown
from collector.domain import Catalogue, Demarche, Structure
from collector.errors import BadFilter

ETAT = Structure(1, "Préfecture de l’Ain", territoire="01")
VILLE = Structure(2, "Ville de Bourg", parent=1, territoire="01053")
ECOLES = Structure(3, "Service des écoles", parent=2)
CORSE = Structure(4, "Ajaccio", territoire="2A004")
REUNION = Structure(5, "Saint-Denis", territoire="97411")
MUETTE = Structure(6, "Rien de public")
STRUCTURES = (ETAT, VILLE, ECOLES, CORSE, REUNION, MUETTE)


def demarche(id: int, titre: str, structure: Structure, publique: bool = True) -> Demarche:
    return Demarche(id, f"d-{id}", titre, structure.id, "q-1", publique=publique)


DEMARCHES = (
    demarche(1, "Permis de pêche", ETAT),
    demarche(2, "Carte de résident", VILLE),
    demarche(3, "Inscription à l’école", ECOLES),
    demarche(4, "Œuvres d’art", CORSE),
    demarche(5, "Carte de bus", REUNION),
    demarche(6, "Cachée", MUETTE, publique=False),
)
CATALOGUE = Catalogue(
    1, {each.id: each for each in STRUCTURES}, {each.id: each for each in DEMARCHES}, {}, {}
)


def found(**query: str) -> list[int]:
    return [each.id for each in chosen(CATALOGUE, parse_choix(query, CATALOGUE))]


def test_nothing_asked_is_every_public_demarche_by_title() -> None:
    assert parse_choix({}, CATALOGUE) == Choix()
    assert found() == [5, 2, 3, 1, 4]
    assert found(q="", structure=" ", territoire="", tri="", page="") == found()


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("carte", [5, 2]),
        ("CARTE resident", [2]),
        ("peche", [1]),
        ("pêche préfecture", [1]),
        ("ecoles", [3]),  # the structure
        ("d-4", [4]),
        ("oeuvres", [4]),
        ("œuvre", [4]),
        ("carte école", []),
        ("%", []),
        ("' or 1=1 --", []),
    ],
)
def test_words_are_found_in_titles_structures_and_slugs_whatever_the_accents(
    q: str, ids: list[int]
) -> None:
    assert found(q=q) == ids


@pytest.mark.parametrize("asked", ["2", "Ville de Bourg", "ville de bourg", " VILLE DE BOURG "])
def test_a_structure_is_meant_with_its_children(asked: str) -> None:
    assert found(structure=asked) == [2, 3]


def test_a_structure_stands_for_everything_below_it_and_nothing_above() -> None:
    assert found(structure="1") == [2, 3, 1]
    assert found(structure="3") == [3]
    assert found(structure="2", q="ecole") == [3]


@pytest.mark.parametrize(
    ("territoire", "ids"),
    [
        ("01053", [2, 3]),  # that of the nearest structure above that has one
        ("01", [2, 3, 1]),
        ("2A", [4]),
        ("2a004", [4]),
        ("2B", []),
        ("974", [5]),
        ("97411", [5]),
        ("75056", []),
        ("10", []),  # not the communes of the Ain
    ],
)
def test_a_departement_covers_its_communes(territoire: str, ids: list[int]) -> None:
    assert found(territoire=territoire) == ids


def test_a_territory_comes_from_above_and_may_be_nowhere() -> None:
    assert CATALOGUE.territoire_of(ECOLES.id) == "01053"
    assert CATALOGUE.territoire_of(MUETTE.id) is None


def test_structures_in_a_circle_hold_nobody_up() -> None:
    a, b = Structure(1, "A", parent=2), Structure(2, "B", parent=1)
    demarches = {1: demarche(1, "Une", a)}
    catalogue = Catalogue(1, {1: a, 2: b}, demarches, {}, {})
    assert catalogue.territoire_of(a.id) is None
    assert chosen(catalogue, Choix(structure=2)) == [demarches[1]]


def test_structures_to_choose_from_are_those_that_lead_somewhere() -> None:
    shown = [each.id for each in structures_shown(CATALOGUE)]
    assert shown == [4, 1, 5, 3, 2]  # by name


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * 201},
        {"structure": "Nulle part"},
        {"structure": "99"},
        {"structure": "6"},  # which shows nothing: as unknown as 99
        {"structure": "Rien de public"},
        {"structure": "-1"},
        {"territoire": "1"},
        {"territoire": "00"},
        {"territoire": "96"},
        {"territoire": "2C"},
        {"territoire": "1053"},
        {"territoire": "010530"},
        {"territoire": "0105é"},
        {"territoire": "٠١"},
        {"territoire": "Ain"},
        {"tri": "satisfaction"},
        {"tri": "-note"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "1.5"},
        {"page": "٢"},
        {"page": "9" * 5_000},
    ],
)
def test_what_makes_no_choice_is_named(query: Mapping[str, str]) -> None:
    with pytest.raises(BadFilter) as refused:
        parse_choix(query, CATALOGUE)
    assert [f.champ for f in refused.value.fautes()] == list(query)


@given(text=st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
