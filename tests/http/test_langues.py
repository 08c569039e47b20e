"""The languages of a form: those the operator turned on, as far as its questions speak them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import jsonschema_rs
import pytest

from collector.catalogue import shipped_questionnaires
from collector.config import resource
from collector.domain import Bouton, Demarche, sens
from collector.texts import Texts
from tests.http.html import Element, parse, plain
from tests.http.problems import problem
from tests.world import FIN, SITE, World, a_world

ALL = ("fr", "en", "es", "de", "it", "pt", "ar")
MORE = ALL[2:]
PAGE = f"/f/{FIN.code}"
SCHEMA = json.loads(resource("schemas", "formulaire.v1.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A collector with every language on."""
    with a_world(tmp_path_factory.mktemp("langues"), langues=",".join(ALL)) as made:
        yield made


def questions(world: World, address: str, accepted: str = "") -> dict[str, Any]:
    headers = {"origin": SITE, "accept-language": accepted}
    answer = world.client.get(address, headers=headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    jsonschema_rs.validate(SCHEMA, found)
    return found


def page(world: World, address: str = PAGE, accepted: str = "") -> Element:
    headers = {"accept": "text/html", "accept-language": accepted}
    return parse(world.client.get(address, headers=headers).text)


def spoken(found: Element) -> tuple[str, str]:
    html = found.one("html").attrs
    return html["lang"], html["dir"]


def languages_linked(found: Element) -> list[str]:
    return [link.attrs["hreflang"] for link in found.all("a") if "hreflang" in link.attrs]


def post(world: World, found: Element, langue: str, **fields: str) -> httpx.Response:
    """Send the form of a page, with Accept-Language of somebody who reads nothing of ours."""
    hidden = {e.attrs["name"]: e.attrs["value"] for e in found.all("input", type="hidden")}
    return world.client.post(
        f"{PAGE}?lang={langue}",
        data={**hidden, **fields},
        headers={"accept": "text/html", "accept-language": "ja"},
    )


# On


@pytest.mark.parametrize("langue", ALL)
def test_a_language_that_is_on_is_given_to_a_widget(open_to_all: World, langue: str) -> None:
    for found in (
        questions(open_to_all, f"{PAGE}.json?lang={langue}"),
        questions(open_to_all, f"{PAGE}.json", accepted=f"ja,{langue}-XX;q=0.9"),
    ):
        assert (found["langue"], found["sens"]) == (langue, sens(langue))
        assert found["langues"] == list(ALL)
        assert found["textes"] == Texts()[langue]
        asked = shipped_questionnaires()["standard-1"]
        assert [d["question"] for d in found["questionnaire"]["dimensions"]] == [
            d.question[langue] for d in asked.dimensions
        ]
        assert asked.commentaire
        assert found["questionnaire"]["commentaire"]["aide"] == asked.commentaire.aide[langue]


@pytest.mark.parametrize("langue", ALL)
def test_a_language_that_is_on_has_its_page(open_to_all: World, langue: str) -> None:
    found = page(open_to_all, f"{PAGE}?lang={langue}")
    asked = shipped_questionnaires()["standard-1"]
    assert spoken(found) == (langue, "rtl" if langue == "ar" else "ltr")
    assert found.one("h1").text == Texts()[langue]["titre"]
    assert [label.text for label in found.all("label", **{"class": "avis-niveau"})] == [
        plain(niveau[langue]) for d in asked.dimensions for niveau in d.niveaux
    ]
    assert found.one("form").attrs["action"] == f"{PAGE}?lang={langue}"


@pytest.mark.parametrize("langue", ALL)
def test_the_page_links_to_the_other_languages_in_their_own_words(
    open_to_all: World, langue: str
) -> None:
    found = page(open_to_all, f"{PAGE}?lang={langue}")
    others = [each for each in ALL if each != langue]
    assert languages_linked(found) == others
    for each in others:
        link = found.one("a", hreflang=each)
        assert (link.attrs["lang"], link.attrs["dir"]) == (each, sens(each))
        assert link.text == Texts()[each]["nom_langue"]
        assert spoken(page(open_to_all, PAGE + link.attrs["href"]))[0] == each


@pytest.mark.parametrize("langue", MORE)
def test_an_avis_is_thanked_and_kept_in_its_language(open_to_all: World, langue: str) -> None:
    before = open_to_all.count()
    found = page(open_to_all, f"{PAGE}?lang={langue}")
    open_to_all.clock.advance(seconds=10)
    answer = post(open_to_all, found, langue, **{"note.satisfaction": "3"})
    assert answer.headers["location"] == f"{PAGE}/merci?lang={langue}"
    thanks = page(open_to_all, answer.headers["location"])
    assert spoken(thanks) == (langue, sens(langue))
    assert thanks.one("h2").text == Texts()[langue]["merci_titre"]
    assert open_to_all.count() == before + 1
    assert open_to_all.rows("select langue from avis order by id desc limit 1") == [(langue,)]


@pytest.mark.parametrize("langue", MORE)
def test_a_missing_answer_is_asked_for_in_the_language_of_the_page(
    open_to_all: World, langue: str
) -> None:
    answer = post(open_to_all, page(open_to_all, f"{PAGE}?lang={langue}"), langue)
    assert answer.status_code == 422
    again, textes = parse(answer.text), Texts()[langue]
    assert spoken(again) == (langue, sens(langue))
    assert again.one("title").text.startswith(textes["erreur_titre"])
    assert again.one("p", **{"class": "avis-erreur"}).text == textes["erreur_obligatoire"]


def test_what_we_cannot_say_in_a_language_is_not_said_in_another(open_to_all: World) -> None:
    """Refusals speak French and English: in German the form says what holds of any of them."""
    found = page(open_to_all, f"{PAGE}?lang=de")
    open_to_all.clock.advance(days=2)
    answer = post(open_to_all, found, "de", **{"note.satisfaction": "3"})
    assert answer.status_code == 403
    again, textes = parse(answer.text), Texts()["de"]
    assert spoken(again) == ("de", "ltr")
    assert again.one("title").text.startswith(f"{textes['echec_titre']} – {textes['titre']}")
    said = f"{textes['echec_titre']} {textes['echec_serveur']}"
    assert again.one(role="alert").text == said
    english = post(open_to_all, found, "en", **{"note.satisfaction": "3"})
    assert parse(english.text).one("title").text.startswith("The form is too old")


def test_a_refusal_is_a_page_in_french_or_english(open_to_all: World) -> None:
    assert spoken(page(open_to_all, "/f/zzzz22?lang=ar", "ar,en;q=0.5")) == ("en", "ltr")
    assert spoken(page(open_to_all, "/f/zzzz22?lang=ar", "ar")) == ("fr", "ltr")
    answer = open_to_all.client.get("/f/zzzz22.json?lang=de")
    problem(answer, 404, "bouton_inconnu", "fr")


def test_a_title_stays_in_its_own_language_and_direction(open_to_all: World) -> None:
    titre = page(open_to_all, f"{PAGE}?lang=ar").one("p", **{"class": "avis-demarche"})
    assert titre.attrs["lang"] == "fr"
    assert titre.one("bdi").text == "Demander une carte"


# Off


@pytest.mark.parametrize("langue", MORE)
def test_a_language_that_is_off_is_neither_served_nor_listed(world: World, langue: str) -> None:
    found = questions(world, f"{PAGE}.json?lang={langue}", accepted=langue)
    assert (found["langue"], found["sens"], found["langues"]) == ("fr", "ltr", ["fr", "en"])
    assert found["textes"] == Texts()["fr"]
    html = page(world, f"{PAGE}?lang={langue}", langue)
    assert spoken(html) == ("fr", "ltr")
    assert languages_linked(html) == ["en"]
    assert spoken(page(world, f"{PAGE}/merci?lang={langue}", langue)) == ("fr", "ltr")


def test_english_may_be_off_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with a_world(tmp_path_factory.mktemp("fr"), langues="fr") as world:
        assert questions(world, f"{PAGE}.json?lang=en", "en")["langues"] == ["fr"]
        found = page(world, f"{PAGE}?lang=en", "en")
        assert spoken(found) == ("fr", "ltr")
        assert languages_linked(found) == []


# Questions that do not speak a language


def test_a_form_is_never_half_in_another_language(
    open_to_all: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The questions in simple words are in French and English only, whatever is turned on."""
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    simple = Demarche(0, "simple", "Une carte, simplement", 1, "standard-facile-1")
    id = asyncio.run(open_to_all.store.add_demarche(simple))
    asyncio.run(open_to_all.store.add_bouton(Bouton("f2g3h4", id, "Simple", origines=(SITE,))))
    address = "/f/f2g3h4"
    found = questions(open_to_all, f"{address}.json?lang=de", "ar")
    assert (found["langue"], found["langues"]) == ("fr", ["fr", "en"])
    assert found["textes"] == Texts()["fr"]
    html = page(open_to_all, f"{address}?lang=ar", "ar")
    assert spoken(html) == ("fr", "ltr")
    assert languages_linked(html) == ["en"]
    assert html.one("h1").text == Texts()["fr"]["titre"]
