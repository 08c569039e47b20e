"""Structures, as an operator keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from admin_ui.exploitation.structures import tree
from collector.domain import Catalogue, Structure
from tests.admin.visit import Visit, a_visit, an_admin_world
from tests.world import World

SIRET = "21750001600019"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("structures")) as made:
        yield made


@pytest.fixture(scope="module")
def operateur(world: World) -> Visit:
    return a_visit(world, "operateur")


def add(operateur: Visit, nom: str, **more: str) -> str:
    """Add one; its number."""
    assert operateur.post("/structures", {"nom": nom, **more}).status_code == 303
    [id] = re.findall(rf'/admin/structures/(\d+)">{nom}<', operateur.get("/structures").text)
    return str(id)


def test_a_structure_is_added_below_another_and_changed(world: World, operateur: Visit) -> None:
    id = add(operateur, "Service des cartes", parent="1", siret="217 500 016 00019",
             territoire="2a004")  # fmt: skip
    kept = world.rows(f"select nom, siret, parent, territoire from structure where id = {id}")
    assert kept == [("Service des cartes", SIRET, 1, "2A004")]
    page = operateur.get("/structures").text
    assert page.index("Ville de Montclair") < page.index("Service des cartes")
    changed = {"nom": "Cartes & titres", "parent": "", "siret": "", "territoire": ""}
    assert operateur.post(f"/structures/{id}", changed).status_code == 303
    assert world.rows(f"select nom, siret, parent, territoire from structure where id = {id}") == [
        ("Cartes & titres", None, None, None)
    ]
    assert "Cartes &amp; titres" in operateur.get(f"/structures/{id}").text


@pytest.mark.parametrize(
    ("change", "champ", "words"),
    [
        ({"nom": " "}, "nom", "Écrivez le nom"),
        ({"nom": "x" * 201}, "nom", "200"),
        ({"nom": "Ville de Montclair"}, "nom", "déjà ce nom"),
        ({"siret": "21750001600018"}, "siret", "somme"),
        ({"siret": "2175"}, "siret", "14 chiffres"),
        ({"territoire": "99999"}, "territoire", "code INSEE"),
        ({"parent": "999"}, "parent", "de la liste"),
    ],
)
def test_what_is_mistyped_comes_back_with_a_sentence(
    world: World, operateur: Visit, change: dict[str, str], champ: str, words: str
) -> None:
    before = world.rows("select count(*) from structure")
    answer = operateur.post("/structures", {"nom": "Une autre", **change})
    assert answer.status_code == 422
    [sentence] = re.findall(rf'id="{champ}-erreur">([^<]*)<', answer.text)
    assert words in sentence
    assert world.rows("select count(*) from structure") == before


def test_no_structure_is_put_below_itself(operateur: Visit) -> None:
    above = add(operateur, "Au-dessus")
    below = add(operateur, "En dessous", parent=above)
    page = operateur.get(f"/structures/{above}").text
    assert f'<option value="{below}"' not in page
    for parent in (above, below):
        answer = operateur.post(f"/structures/{above}", {"nom": "Au-dessus", "parent": parent})
        assert answer.status_code == 422
        assert "ne peut pas dépendre" in answer.text


def test_a_tree_is_told_from_the_top_and_a_ring_ends() -> None:
    structures = {
        1: Structure(1, "B"), 2: Structure(2, "b2", parent=1), 3: Structure(3, "a1", parent=1),
        4: Structure(4, "A"), 5: Structure(5, "x", parent=6), 6: Structure(6, "y", parent=5),
    }  # fmt: skip
    found = tree(Catalogue(1, structures, {}, {}, {}))
    told = [(each.structure.nom, each.niveau) for each in found]
    assert told == [("A", 0), ("B", 0), ("a1", 1), ("b2", 1), ("x", 0), ("y", 0)]
