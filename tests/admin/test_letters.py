"""What leaves by e-mail: links, to who they are for, and nothing that says who has an account."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.admin.poste import Poste, a_poste
from tests.admin.visit import PASSWORD, Visit, a_compte, a_visit, an_admin_world, browser
from tests.durability.outside import until
from tests.world import World

ANOTHER = "une autre phrase, plus longue"


@pytest.fixture(scope="module")
def poste() -> Iterator[Poste]:
    with a_poste() as started:
        yield started


@pytest.fixture(scope="module")
def world(poste: Poste, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    given = {"smtp_url": poste.url, "smtp_from": "Avis <avis@exemple.fr>"}
    with an_admin_world(tmp_path_factory.mktemp("lettres"), **given) as made:
        yield made


def link_for(poste: Poste, courriel: str) -> str:
    """The last link that was sent to somebody, once it has come."""

    def links() -> list[str]:
        texts = [each.texte for each in poste.received if each.pour == [courriel]]
        return [found for text in texts for found in re.findall(r"/admin(/lien/[\w-]+)", text)]

    until(lambda: bool(links()))
    return links()[-1]


def test_a_forgotten_password_is_chosen_again_by_who_reads_the_mail(
    world: World, poste: Poste
) -> None:
    visit = a_visit(world, "lecteur", 1, courriel="oubli@exemple.fr")
    known = visit.post("/mot-de-passe", {"courriel": "Oubli@exemple.fr"})
    nobody = visit.post("/mot-de-passe", {"courriel": "personne@exemple.fr"})
    assert known.status_code == nobody.status_code == 303
    assert known.headers["location"] == nobody.headers["location"]
    link = link_for(poste, "oubli@exemple.fr")
    assert visit.get("/compte").status_code == 200
    said = {"mot_de_passe": ANOTHER, "encore": ANOTHER}
    assert visit.post(link, said).status_code == 303
    assert visit.get("/compte").status_code == 303
    signed = visit.post("/connexion", {"courriel": "oubli@exemple.fr", "mot_de_passe": ANOTHER})
    assert signed.status_code == 303
    assert [each.pour for each in poste.received].count(["personne@exemple.fr"]) == 0


def test_nobody_can_have_somebody_s_letter_box_filled(world: World, poste: Poste) -> None:
    a_compte(world, "lecteur", 1, courriel="harcele@exemple.fr")
    somebody = Visit(browser(world), a_compte(world, None, courriel="autre@exemple.fr"))
    for _ in range(5):
        answer = somebody.post("/mot-de-passe", {"courriel": "harcele@exemple.fr"})
        assert answer.status_code == 303  # whatever becomes of it
    until(lambda: not world.client.app_state["admin"].tasks)
    assert [each.pour for each in poste.received].count(["harcele@exemple.fr"]) == 3


def test_who_has_no_password_is_not_given_a_second_door(world: World, poste: Poste) -> None:
    operateur = a_visit(world, "operateur")
    said = {"courriel": "ailleurs@exemple.fr", "role": "lecteur", "sur": "tout"}
    assert operateur.post("/comptes", said).status_code == 200
    before = world.rows("select count(*) from lien")
    asked = operateur.post("/mot-de-passe", {"courriel": "ailleurs@exemple.fr"})
    assert asked.headers["location"] == "/admin/connexion?fait=lien_demande"
    visit = a_visit(world, "lecteur", 1, courriel="temoin@exemple.fr")
    visit.post("/mot-de-passe", {"courriel": "temoin@exemple.fr"})
    link_for(poste, "temoin@exemple.fr")  # what was asked before is done by now
    assert world.rows("select count(*) from lien")[0][0] == before[0][0] + 1


def test_an_invitation_leaves_by_mail(world: World, poste: Poste) -> None:
    operateur = a_visit(world, "operateur")
    said = {"courriel": "lettre@exemple.fr", "role": "lecteur", "sur": "tout"}
    assert "Le lien est parti à lettre@exemple.fr" in operateur.post("/comptes", said).text
    visit = Visit(browser(world), a_compte(world, None, courriel="lettre@exemple.fr"))
    assert "Bienvenue" in visit.get(link_for(poste, "lettre@exemple.fr")).text


def test_a_new_address_counts_once_it_was_read(world: World, poste: Poste) -> None:
    visit = a_visit(world, "lecteur", 1, courriel="avant@exemple.fr")
    said = {"actuel": PASSWORD, "courriel": "apres@exemple.fr"}
    assert visit.post("/compte/courriel", {**said, "actuel": "faux"}).status_code == 422
    assert visit.post("/compte/courriel", said).status_code == 303
    assert "avant@exemple.fr" in visit.get("/compte").text
    assert visit.post(link_for(poste, "apres@exemple.fr")).status_code == 303
    until(lambda: any(each.pour == ["avant@exemple.fr"] for each in poste.received))
    for courriel, status in (("avant@exemple.fr", 422), ("apres@exemple.fr", 303)):
        again = visit.post("/connexion", {"courriel": courriel, "mot_de_passe": PASSWORD})
        assert again.status_code == status


def test_a_letter_that_does_not_leave_is_said_and_the_link_shown(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with a_poste(replies={"RCPT": "550 inconnu"}) as deaf:
        given = {"smtp_url": deaf.url, "smtp_from": "avis@exemple.fr"}
        with an_admin_world(tmp_path_factory.mktemp("sourd"), **given) as world:
            operateur = a_visit(world, "operateur")
            said = {"courriel": "nul@exemple.fr", "role": "lecteur", "sur": "tout"}
            page = operateur.post("/comptes", said).text
            assert "refuse l’adresse (550)" in page
            assert "/admin/lien/" in page


def test_nobody_waits_as_long_as_who_mistyped(world: World) -> None:
    """Both work a password out, some 20 ms each: what takes none would take a tenth."""
    visits = [a_visit(world, "lecteur", 1, courriel=f"temps{i}@exemple.fr") for i in range(2)]
    times: dict[str, list[float]] = {"ici": [], "personne": []}
    for i in range(8):
        for who, courriel in (("ici", visits[i % 2].compte.courriel), ("personne", f"n{i}@e.fr")):
            start = time.perf_counter()
            visits[0].post("/connexion", {"courriel": courriel, "mot_de_passe": "faux"})
            times[who].append(time.perf_counter() - start)
    ratio = statistics.median(times["personne"]) / statistics.median(times["ici"])
    assert 0.4 < ratio < 2.5
