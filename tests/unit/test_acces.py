"""Who may see what, worked out of the tree of structures."""

from __future__ import annotations

from collector.acces import Portee, empreinte, new_jeton_api
from collector.domain import Catalogue, Demarche, Structure

STRUCTURES = {
    1: Structure(1, "Région"),
    2: Structure(2, "Ville", parent=1),
    3: Structure(3, "Service", parent=2),
    4: Structure(4, "Ailleurs"),
}
DEMARCHES = {id: Demarche(id, f"d{id}", f"D{id}", id, "standard-1") for id in STRUCTURES}
CATALOGUE = Catalogue(1, STRUCTURES, DEMARCHES, {}, {})


def test_a_structure_comes_with_all_below_it() -> None:
    assert CATALOGUE.with_children([2]) == {2, 3}
    assert CATALOGUE.with_children([1, 4]) == {1, 2, 3, 4}
    assert CATALOGUE.with_children([9]) == frozenset()


def test_a_ring_of_structures_ends() -> None:
    ring = {1: Structure(1, "A", parent=2), 2: Structure(2, "B", parent=1)}
    assert Catalogue(1, ring, {}, {}, {}).with_children([1]) == {1, 2}


def test_a_reach_is_what_it_names_and_no_more() -> None:
    assert Portee(tout=True).within(CATALOGUE) == {1, 2, 3, 4}
    assert Portee(structures=(2,)).within(CATALOGUE) == {2, 3}
    assert Portee(demarches=(4, 9)).within(CATALOGUE) == {4}
    assert Portee(structures=(3,), demarches=(1,)).within(CATALOGUE) == {1, 3}
    assert Portee().within(CATALOGUE) == frozenset()


def test_a_token_cannot_be_guessed_nor_read_back() -> None:
    tokens = {new_jeton_api() for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("jdma_") and len(token) >= 48 for token in tokens)
    assert all(token not in empreinte(token) for token in tokens)
