"""The pages that declare, as they are served, and the way to them from every page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.http.html import parse
from tests.store.test_contract import a_state
from tests.world import FIN, World, a_world

PAGES = {
    "/confidentialite": ("Vie privée", "Privacy"),
    "/confidentialite/en-bref": ("Ce qui est envoyé, ce qui est gardé", "What is sent"),
    "/confidentialite/registre": ("Fiche pour le registre", "Entry for the record"),
    "/accessibilite": ("Déclaration d’accessibilité", "Accessibility statement"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("declared"), responsable="Ville de Montclair") as world:
        yield world


@pytest.mark.parametrize("address", PAGES)
def test_a_declaration_is_read_in_french_and_in_english(world: World, address: str) -> None:
    for langue, title in zip(("fr", "en"), PAGES[address], strict=True):
        answer = world.client.get(address, params={"lang": langue}, headers={"accept": "text/html"})
        page = parse(answer.text)
        assert answer.status_code == 200
        assert page.one("h1").text.startswith(title)
        assert page.one("html").attrs["lang"] == langue
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_declaration_that_does_not_exist_is_not_found(world: World) -> None:
    answer = world.client.get("/confidentialite/autre", headers={"accept": "text/html"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "address",
    [f"/f/{FIN.code}", f"/f/{FIN.code}/merci", "/resultats/", "/resultats/methode", "/nulle-part"],
)
def test_every_page_leads_to_both(world: World, address: str) -> None:
    page = parse(world.client.get(address, headers={"accept": "text/html"}).text)
    (foot,) = page.all("footer")
    links = [each.attrs["href"] for each in foot.all("a")]
    assert links == ["/confidentialite?lang=fr", "/accessibilite?lang=fr"]
    assert "non conforme" in foot.text


def test_in_a_frame_they_open_beside_it(world: World) -> None:
    answer = world.client.get(f"/f/{FIN.code}?cadre=1", headers={"accept": "text/html"})
    (foot,) = parse(answer.text).all("footer")
    assert {each.attrs.get("target") for each in foot.all("a")} == {"_blank"}


def test_addresses_are_spoken_of_as_long_as_one_is_kept(world: World) -> None:
    """The questionnaire that asked for them may have been replaced since."""

    def spoken_of() -> bool:
        answer = world.client.get("/confidentialite", headers={"accept": "text/html"})
        return "laissées pour être recontacté" in answer.text

    avis = a_state(questionnaire="standard-contact-1")
    assert not spoken_of()
    asyncio.run(world.store.record([avis], {}, {0: "camille@exemple.fr"}))
    assert spoken_of()
    asyncio.run(world.store.forget_contact(avis.demarche_id, avis.cle))
    assert not spoken_of()
