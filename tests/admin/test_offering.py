"""What a démarche may choose from, and which names are taken."""

from __future__ import annotations

from dataclasses import replace

from admin_ui.questionnaire.offering import Offer, among, offer, parts
from collector.domain import Catalogue, Demarche, Structure
from collector.figures.mesures import same_question
from collector.store.questioning import Propriete
from tests.admin.drafts import SHIPPED, STANDARD

STRUCTURES = {
    1: Structure(1, "Ville"),
    2: Structure(2, "Service", parent=1),
    3: Structure(3, "Ailleurs"),
}
ECOLE = Demarche(1, "ecole", "Inscrire à l’école", 2, "service-2")
OWNED = {
    "ville-1": Propriete(1, "", ""),
    "service-1": Propriete(2, "", ""),
    "service-2": Propriete(2, "", ""),
    "service-10": Propriete(2, "", ""),
    "ailleurs-1": Propriete(3, "", ""),
}
MADE = {id: replace(STANDARD, id=id) for id in (*OWNED, "importe-1")}
CATALOGUE = Catalogue(1, STRUCTURES, {1: ECOLE}, {}, SHIPPED | MADE)


def offered(*asked: str) -> Offer:
    return offer(ECOLE, CATALOGUE, OWNED, SHIPPED.keys(), asked)


def ids(found: Offer) -> list[str]:
    return [each.id for each in found.all]


def test_the_newest_of_each_name_is_offered_ones_own_first_and_nothing_of_others() -> None:
    found = offered()
    assert [(s.nom, [q.id for q in made]) for s, made in found.structures] == [
        ("Service", ["service-10"]),
        ("Ville", ["ville-1"]),
    ]
    assert ids(found) == [*sorted(SHIPPED), "service-10", "ville-1"]


def test_what_a_demarche_has_asked_may_be_asked_again_whosever_it_is() -> None:
    found = offered("service-2", "importe-1", "ailleurs-1", "standard-1", "perdu-1")
    assert [each.id for each in found.anciens] == ["ailleurs-1", "importe-1", "service-2"]
    assert len(set(ids(found))) == len(ids(found))
    assert found.get("service-1") is None
    assert found.get("service-2") == MADE["service-2"]


def test_a_name_is_taken_unless_it_is_of_ones_own_structure() -> None:
    pris = among(ECOLE, CATALOGUE, OWNED, offered()).pris
    assert {"standard", "ville", "ailleurs", "importe"} <= set(pris)
    assert "service" not in pris


def test_each_question_is_there_to_take_once() -> None:
    found = list(parts(offered()).values())
    assert not [a for i, a in enumerate(found) for b in found[:i] if same_question(a, b)]
    assert {each.code for each in found} == {"satisfaction", "effort", "clarte", "aide", "delai"}
