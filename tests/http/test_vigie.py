"""The warning as one types: what page and widget are told of it, and what may run for it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from collector.config import resource
from collector.domain import Bouton, Demarche
from collector.privacy.masquage import alertes
from collector.releases import Releases
from collector.texts import Texts
from tests.http.html import Element, parse
from tests.world import FIN, SITE, World, a_world

PAGE = f"/f/{FIN.code}"
LANGUES = ("fr", "en", "es", "de", "it", "pt", "ar")
SCHEMA = json.loads(resource("schemas", "formulaire.v1.json").read_text("utf-8"))
TEXTE = {"fr": "Votre adresse ?", "en": "Your address?"}
ECRIRE: dict[str, Any] = {
    "id": "ecrire-1",
    "titre": TEXTE,
    "dimensions": [
        {"code": "satisfaction", "question": TEXTE, "niveaux": [TEXTE] * 3, "obligatoire": True}
    ],
    "contact": {"question": TEXTE, "aide": TEXTE, "accord": TEXTE},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, langues=",".join(LANGUES)) as made:
        yield made


def a_bouton_asking_more(world: World) -> str:
    """The code of a new bouton, whose questionnaire asks for an address and for no comment."""
    code = "n3w7q9"

    async def add() -> None:
        await world.store.add_questionnaire(ECRIRE["id"], json.dumps(ECRIRE))
        id = await world.store.add_demarche(Demarche(0, "ecrire", "Écrire", 1, ECRIRE["id"]))
        await world.store.add_bouton(Bouton(code, id, "Fin", origines=(SITE,)))

    asyncio.run(add())
    return code


def questions(world: World, code: str = FIN.code, langue: str = "fr") -> dict[str, Any]:
    answer = world.client.get(f"/f/{code}.json?lang={langue}", headers={"origin": SITE})
    found: dict[str, Any] = answer.json()
    jsonschema_rs.validate(SCHEMA, found)
    return found


def page(world: World, address: str = PAGE) -> tuple[Element, str]:
    """A page, and what its policy lets run."""
    answer = world.client.get(address, headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    return parse(answer.text), policy.partition("script-src ")[2].partition(";")[0]


def told(page: Element) -> Any:
    return json.loads(page.one("script", id="avis-alertes").raw)


# The words and the rules


@pytest.mark.parametrize("langue", LANGUES)
def test_every_kind_has_a_name_in_every_language(langue: str) -> None:
    textes = Texts()[langue]
    assert textes["alerte"].count("{genre}") == 1
    named = {name.removeprefix("alerte_") for name in textes if name.startswith("alerte_")}
    assert named == {each["genre"] for each in alertes()}


@pytest.mark.parametrize("langue", LANGUES)
def test_page_and_widget_are_told_the_same(world: World, langue: str) -> None:
    given = questions(world, langue=langue)
    assert given["alertes"] == alertes()
    of_page = told(page(world, f"{PAGE}?lang={langue}")[0])
    assert of_page["alertes"] == alertes()
    assert of_page["textes"].items() <= given["textes"].items()
    assert of_page["textes"] == {n: t for n, t in Texts()[langue].items() if "alerte" in n}


def test_where_no_comment_is_asked_for_nothing_is_told_and_nothing_runs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    code = a_bouton_asking_more(world)
    assert "alertes" not in questions(world, code)
    shown, scripts = page(world, f"/f/{code}")
    assert (list(shown.all("script")), scripts) == ([], "'none'")


# What may run


def test_the_script_in_the_page_is_the_released_one_and_the_policy_names_its_bytes(
    world: World,
) -> None:
    released = Releases().file(Releases().newest, "page.js")
    shown, scripts = page(world)
    [written] = [each.raw for each in shown.all("script") if not each.attrs]
    assert written.encode() == released.content
    digest = hashlib.sha384(written.encode()).digest()
    assert scripts == f"'sha384-{base64.b64encode(digest).decode()}'"


def test_a_form_travels_packed_and_a_page_that_repeats_what_was_typed_does_not(
    world: World,
) -> None:
    packed = {"accept": "text/html", "accept-encoding": "gzip"}
    plain = world.client.get(PAGE, headers={**packed, "accept-encoding": "identity"})
    answer = world.client.get(PAGE, headers=packed)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in plain.headers
    for each in (answer, plain):
        assert {"Accept-Language", "Accept-Encoding"} == set(each.headers["vary"].split(", "))
    hidden = parse(answer.text).one("form").all("input", type="hidden")
    fields = {each.attrs["name"]: each.attrs["value"] for each in hidden}
    back = world.client.post(PAGE, data={**fields, "verbatim": "À moi"}, headers=packed)
    assert (back.status_code, "content-encoding" in back.headers) == (422, False)


def test_a_page_that_comes_back_warns_too(world: World) -> None:
    hidden = page(world)[0].one("form").all("input", type="hidden")
    fields = {each.attrs["name"]: each.attrs["value"] for each in hidden}
    answer = world.client.post(PAGE, data={**fields, "verbatim": "Écrivez à jean@exemple.fr"})
    assert answer.status_code == 422
    assert told(parse(answer.text))["alertes"] == alertes()
    assert "script-src 'sha384-" in answer.headers["content-security-policy"]


# A questionnaire that asks more than the script draws


def test_a_form_says_that_it_is_to_be_shown_in_a_frame(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    assert "cadre" not in questions(world)
    code = a_bouton_asking_more(world)
    assert questions(world, code)["cadre"] is True
    asyncio.run(world.store.set_bouton_ouvert(code, False))
    assert "cadre" not in questions(world, code)
