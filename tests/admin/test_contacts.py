"""Addresses that people left, for those who were granted them: seen, deleted, and noted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from admin_ui.contacts.contacts import PER_PAGE
from collector.comptes import Droit, Role
from collector.domain import PIEGE, Avis, new_cle
from tests.admin.visit import Visit, a_compte, a_visit, an_admin_world, run
from tests.http.html import Element, parse
from tests.store.test_contract import a_state
from tests.world import AILLEURS, CARTE, NOON, World

PAGE = f"/demarches/{CARTE.slug}/contacts"
DAY = 86_400_000
NUMBERS = count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("contacts")) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_yet(world: World) -> None:
    run(world, lambda: world.store.forget_contacts(CARTE.id, "2100-01-01"))


def granted(world: World, role: Role, **right: Any) -> Visit:
    """Somebody of a role who was granted addresses too."""
    courriel = f"{role}-{len(right)}@mairie.example"
    compte = a_compte(world, None, courriel=courriel)
    droit = Droit(0, compte.id, role, donne_le="", donne_par="essai", contacts=True, **right)
    run(world, lambda: world.store.add_droit(droit))
    return a_visit(world, None, courriel=courriel)


@pytest.fixture(scope="module")
def porteur(world: World) -> Visit:
    return granted(world, "porteur", structure_id=1)


def leave(world: World, *avis: Avis) -> None:
    left = {i: f"n{i}@exemple.fr" for i in range(len(avis))}
    run(world, lambda: world.store.record(avis, contacts=left))


def states(n: int) -> list[Avis]:
    return [an_avis(ms=NOON + i * 60_000) for i in range(n)]


def an_avis(**changes: Any) -> Avis:
    """One that was not there before."""
    return a_state(next(NUMBERS), **changes)


def shown(page: Element) -> list[str]:
    return [each.text for each in page.all("strong", dir="ltr")]


def journal(world: World, action: str) -> list[dict[str, Any]]:
    sql = f"select sur from journal where action = '{action}' order by id"
    return [json.loads(sur) for (sur,) in world.rows(sql)]


# Seen


def test_the_latest_come_first_with_their_avis(world: World, porteur: Visit) -> None:
    said = "Trop de pièces."
    leave(world, *states(2), an_avis(ms=NOON + DAY, verbatim=said, ecarte=PIEGE))
    page = parse(porteur.get(PAGE).text)
    assert shown(page) == ["n2@exemple.fr", "n1@exemple.fr", "n0@exemple.fr"]
    first, *_ = page.all("li", **{"class": "commentaire"})
    assert said in first.text
    assert "Bien" in first.text
    assert "Écarté par le piège à robots" in first.text
    assert "3 adresses" in page.text


def test_each_look_is_noted_without_an_address(world: World, porteur: Visit) -> None:
    leave(world, *states(2))
    before = journal(world, "contacts_vus")
    porteur.get(PAGE)
    after = journal(world, "contacts_vus")
    assert after[len(before) :] == [{"demarche": CARTE.slug, "nombre": 2}]
    assert "exemple.fr" not in json.dumps(after)


def test_many_are_read_page_by_page(world: World, porteur: Visit) -> None:
    leave(world, *states(PER_PAGE + 2))
    first = parse(porteur.get(PAGE).text)
    assert len(shown(first)) == PER_PAGE
    link = first.one("a", rel="next").attrs["href"].removeprefix("/admin")
    rest = parse(porteur.get(link).text)
    assert shown(rest) == ["n1@exemple.fr", "n0@exemple.fr"]
    assert not list(rest.all("a", rel="next"))
    past = porteur.get(PAGE, apres=f"2026-01-01T00:00:00.000Z {new_cle(0)}")
    assert "Rien de plus ancien" in past.text
    assert shown(parse(porteur.get(PAGE, apres="n’importe quoi").text)) == shown(first)


def test_where_there_is_none_it_is_said_why(world: World, porteur: Visit) -> None:
    said = parse(porteur.get(PAGE).text).text
    assert "Aucune adresse." in said
    assert "n’en demande pas" in said


def test_comments_are_for_those_who_may_read_them(world: World, porteur: Visit) -> None:
    leave(world, an_avis(verbatim="Trop de pièces."))
    lecteur = granted(world, "lecteur", demarche_id=CARTE.id)
    assert "Trop de pièces." in porteur.get(PAGE).text
    page = lecteur.get(PAGE).text
    assert "n0@exemple.fr" in page
    assert "Trop de pièces." not in page


@pytest.mark.parametrize("role", ["operateur", "porteur", "lecteur"])
def test_without_the_grant_nobody_sees_them_nor_the_way_to_them(world: World, role: Role) -> None:
    avis = an_avis()
    leave(world, avis)
    visit = a_visit(world, role, None if role == "operateur" else 1)
    assert visit.get(PAGE).status_code == 403
    assert "/contacts" not in visit.get(f"/demarches/{CARTE.slug}").text
    cle = avis.cle
    assert visit.get(f"{PAGE}/{cle}/effacer").status_code == 403
    assert visit.post(f"{PAGE}/{cle}/effacer").status_code == 403
    assert visit.post(f"{PAGE}/anciens", {"avant": "2027-01-01", "confirme": ""}).status_code == 403
    assert run(world, lambda: world.store.count_contacts(CARTE.id)) == 1


def test_the_grant_is_for_where_it_hangs(world: World) -> None:
    elsewhere = granted(world, "analyste", demarche_id=AILLEURS.demarche_id)
    assert elsewhere.get("/demarches/dossier-long/contacts").status_code == 200
    assert elsewhere.get(PAGE).status_code == 404


# Deleted


def test_one_is_deleted_once_it_is_confirmed(world: World, porteur: Visit) -> None:
    avis = states(2)
    leave(world, *avis)
    cle = avis[0].cle
    [link] = [
        a.attrs["href"].removeprefix("/admin")
        for a in parse(porteur.get(PAGE).text).all("a")
        if cle in a.attrs["href"]
    ]
    asked = porteur.get(link)
    assert "Effacer cette adresse ?" in parse(asked.text).text
    assert "exemple.fr" not in asked.text
    assert run(world, lambda: world.store.count_contacts(CARTE.id)) == 2
    answer = porteur.post(link)
    assert answer.headers["location"] == f"/admin{PAGE}?fait=contact_efface"
    assert shown(parse(porteur.get(PAGE).text)) == ["n1@exemple.fr"]
    assert journal(world, "contact_efface") == [{"demarche": CARTE.slug, "cle": cle}]
    for again in (porteur.get(link), porteur.post(link)):
        assert again.headers["location"] == f"/admin{PAGE}?fait=contact_absent"
    assert len(journal(world, "contact_efface")) == 1


def test_the_older_ones_go_once_their_number_was_said(world: World, porteur: Visit) -> None:
    leave(world, *states(3), an_avis(ms=NOON + DAY))
    older = {"avant": "2026-11-23"}
    page = parse(porteur.post(f"{PAGE}/anciens", older).text)
    assert "Effacer ces 3 adresses ?" in page.text
    assert run(world, lambda: world.store.count_contacts(CARTE.id)) == 4
    [button] = page.one("main").all("button")
    sure = {**older, button.attrs["name"]: button.attrs["value"]}
    answer = porteur.post(f"{PAGE}/anciens", sure)
    assert answer.headers["location"] == f"/admin{PAGE}?fait=contacts_effaces"
    assert shown(parse(porteur.get(PAGE).text)) == ["n3@exemple.fr"]
    noted = {"demarche": CARTE.slug, "avant": "2026-11-23", "nombre": 3}
    assert journal(world, "contacts_effaces") == [noted]
    none = parse(porteur.post(f"{PAGE}/anciens", older).text)
    assert "Aucune adresse à effacer" in none.text
    assert not list(none.one("main").all("button"))


@pytest.mark.parametrize("typed", ["", "hier", "2026-02-30"])
def test_a_day_that_is_none_deletes_nothing(world: World, porteur: Visit, typed: str) -> None:
    leave(world, an_avis())
    answer = porteur.post(f"{PAGE}/anciens", {"avant": typed, "confirme": "oui"})
    assert answer.status_code == 422
    assert "Choisissez un jour" in answer.text
    assert run(world, lambda: world.store.count_contacts(CARTE.id)) == 1


# Granted


def test_an_operateur_grants_them_and_the_journal_says_so(world: World, tmp_path: Path) -> None:
    operateur = a_visit(world, "operateur")
    compte = a_compte(world, None, courriel="nouveau@exemple.fr")
    right = {"role": "analyste", "sur": f"d{CARTE.id}", "contacts": "oui"}
    operateur.post(f"/comptes/{compte.id}/droit", right)
    said = "analyste, avec les adresses laissées, sur « Demander une carte »"
    assert said in parse(operateur.get(f"/comptes/{compte.id}").text).text
    assert journal(world, "droit_donne")[-1] == {"compte": compte.id, "droit": said}
    assert a_visit(world, None, courriel="nouveau@exemple.fr").get(PAGE).status_code == 200
