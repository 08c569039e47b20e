"""An address left with an avis: posted, typed in the form, deleted by its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest

from collector.domain import Bouton, Demarche
from tests.http.html import Element, parse
from tests.http.test_form import BROWSER, fields_of, get, satisfied, send
from tests.world import NOON, SITE, World, a_world, an_avis

ECRIRE = Demarche(4, "ecrire", "Écrire à la mairie", 1, "standard-contact-1", publique=True)
BOUTON = Bouton("p5r7t9", 4, "Fin", origines=(SITE,))
PAGE = f"/f/{BOUTON.code}"
CAMILLE = "camille@exemple.fr"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("contact"), langues="fr,en,es,ar") as made:
        asyncio.run(made.store.add_demarche(ECRIRE))
        asyncio.run(made.store.add_bouton(BOUTON))
        made.client.app_state["parts"].catalogue.look_again()
        yield made


@pytest.fixture(autouse=True)
def nothing_yet(world: World) -> None:
    asyncio.run(world.store.forget_contacts(ECRIRE.id, "2100-01-01"))
    world.clock.ms = NOON


def a_body(courriel: str = CAMILLE, accord: object = True, **changes: Any) -> dict[str, Any]:
    contact = {"courriel": courriel, "accord": accord}
    known = {"questionnaire": "standard-contact-1", "contact": contact}
    return an_avis(BOUTON, NOON, **{**known, **changes})


def left(world: World) -> list[str]:
    return [courriel for (courriel,) in world.rows("select courriel from contact order by cle")]


def wrong(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422
    return {each["champ"]: each["attendu"] for each in answer.json()["erreurs"]}


# Posted


def test_a_201_promises_the_address_and_says_how_to_delete_it(world: World) -> None:
    answer = world.post(a_body())
    assert (answer.status_code, left(world)) == (201, [CAMILLE])
    link = answer.json()["effacement"]
    assert CAMILLE not in link
    assert world.client.post(urlsplit(link).path).status_code == 200
    assert left(world) == []


def test_who_knows_the_key_of_an_avis_alone_is_given_nothing_that_deletes_its_address(
    world: World,
) -> None:
    """Keys are in every file of avis: of those who read them, few may see addresses."""
    body = a_body(etape=2)
    link = world.post(body).json()["effacement"]
    other = {"courriel": "alix@exemple.fr", "accord": True}
    stranger = world.post({**body, "etape": 1, "contact": other})
    assert (stranger.status_code, stranger.json()) == (200, {"resultat": "deja_enregistre"})
    assert world.post(body).json()["effacement"] == link  # who lost the answer
    without = a_body()
    del without["contact"]
    world.post(without)
    assert "effacement" not in world.post({**without, "contact": other}).json()


def test_what_was_agreed_to_is_kept_with_it(world: World) -> None:
    body = a_body(langue="en")
    world.post(body)
    assert world.rows("select * from contact") == [
        (4, body["cle"], CAMILLE, "standard-contact-1", "en", "2026-11-22T10:00:00.000Z",
         "2026-11-22"),
    ]  # fmt: skip


def test_an_answer_about_an_avis_without_an_address_is_what_it_was(world: World) -> None:
    body = a_body()
    del body["contact"]
    assert world.post(body).json() == {"resultat": "enregistre"}
    assert left(world) == []


def test_the_body_is_the_whole_state(world: World) -> None:
    body = a_body()
    world.post(body)
    replayed = world.post({**body, "contact": {"courriel": "alix@exemple.fr", "accord": True}})
    assert (replayed.status_code, left(world)) == (200, [CAMILLE])
    world.post({**body, "etape": 2, "contact": {"courriel": "alix@exemple.fr", "accord": True}})
    assert left(world) == ["alix@exemple.fr"]
    without = {name: value for name, value in body.items() if name != "contact"}
    world.post({**without, "etape": 3})
    assert left(world) == []


def test_after_an_hour_it_is_too_late_for_an_address_too(world: World) -> None:
    body = a_body()
    world.post(body)
    world.clock.advance(seconds=3_601)
    late = world.post({**body, "etape": 2, "contact": {"courriel": "a@exemple.fr", "accord": True}})
    assert (late.status_code, left(world)) == (409, [CAMILLE])


@pytest.mark.parametrize(
    ("contact", "fields"),
    [
        ({"courriel": CAMILLE, "accord": False}, ["contact.accord"]),
        ({"courriel": "camille", "accord": True}, ["contact.courriel"]),
        ({"courriel": "", "accord": False}, ["contact.courriel", "contact.accord"]),
        ({"courriel": CAMILLE}, ["contact.accord"]),
        ({"accord": True}, ["contact.courriel"]),
        ({"courriel": CAMILLE, "accord": "oui"}, ["contact.accord"]),
        ({"courriel": CAMILLE, "accord": True, "nom": "C."}, ["contact.nom"]),
        ({"courriel": f"{'a' * 250}@b.fr", "accord": True}, ["contact.courriel"]),
        (CAMILLE, ["contact"]),
        (None, ["contact"]),
    ],
)
def test_without_consent_or_a_good_address_nothing_is_stored(
    world: World, contact: object, fields: list[str]
) -> None:
    before = world.count()
    said = wrong(world.post(a_body(contact=contact)))
    assert list(said) == fields
    assert all(said.values())
    assert (left(world), world.count()) == ([], before)


def test_where_nobody_asks_for_an_address_none_is_taken(world: World) -> None:
    said = wrong(world.post(an_avis(contact={"courriel": CAMILLE, "accord": True})))
    assert said == {"contact": "aucun contact : ce questionnaire ne demande pas d’adresse"}
    assert left(world) == []


def test_naming_a_questionnaire_that_asks_does_not_make_a_demarche_ask(world: World) -> None:
    body = an_avis(
        questionnaire="standard-contact-1", contact={"courriel": CAMILLE, "accord": True}
    )
    before = world.count()
    assert list(wrong(world.post(body))) == ["contact"]
    assert (left(world), world.count()) == ([], before)


def test_an_avis_set_aside_keeps_its_address(world: World) -> None:
    assert world.post(a_body(site_web="x")).status_code == 201
    assert left(world) == [CAMILLE]


# Typed


def opened(world: World, address: str = PAGE) -> tuple[Element, dict[str, str]]:
    page = parse(get(world, address).text)
    world.clock.advance(seconds=10)
    return page, satisfied({k: v for k, v in fields_of(page).items() if k != "contact.accord"})


def agreed(fields: dict[str, str], courriel: str = CAMILLE) -> dict[str, str]:
    return {**fields, "contact.courriel": courriel, "contact.accord": "oui"}


def field(page: Element, name: str) -> dict[str, str]:
    return page.one("input", name=name).attrs


def said_of(page: Element, attrs: dict[str, str]) -> str:
    """All that describes a field."""
    return " ".join(page.one(id=id).text for id in attrs["aria-describedby"].split())


def test_the_form_asks_with_consent_and_says_how_long(world: World) -> None:
    page, _ = opened(world)
    courriel, accord = field(page, "contact.courriel"), field(page, "contact.accord")
    assert (courriel["type"], courriel["autocomplete"]) == ("email", "email")
    assert (accord["type"], "checked" in accord) == ("checkbox", False)
    assert "required" not in {*courriel, *accord}
    assert "au bout de 6 mois" in said_of(page, accord)
    assert "aucune adresse conservée" not in page.text
    assert page.one("label", **{"for": courriel["id"]}).text == "Votre adresse électronique"


def test_a_form_that_asks_for_none_is_what_it_was(world: World) -> None:
    page = parse(get(world).text)
    assert not list(page.all("input", type="email"))
    assert "aucune adresse conservée" in page.text


def test_how_long_is_what_the_setting_says(tmp_path: Path) -> None:
    for months, said in (("1", "au bout d’un mois"), ("18", "au bout de 18 mois")):
        folder = tmp_path / months
        folder.mkdir()
        with a_world(folder, keep_contacts=months) as made:
            asyncio.run(made.store.add_demarche(ECRIRE))
            asyncio.run(made.store.add_bouton(BOUTON))
            made.client.app_state["parts"].catalogue.look_again()
            assert said in parse(get(made, PAGE).text).text


def test_an_address_that_is_typed_and_agreed_to_is_kept(world: World) -> None:
    _, fields = opened(world)
    answer = send(world, agreed(fields, f" {CAMILLE} "), PAGE)
    assert (answer.status_code, left(world)) == (303, [CAMILLE])
    assert CAMILLE not in answer.headers["location"]


def test_nothing_typed_and_nothing_ticked_is_an_avis_like_any_other(world: World) -> None:
    _, fields = opened(world)
    answer = send(world, fields, PAGE)
    assert (answer.status_code, left(world)) == (303, [])
    thanks = parse(get(world, answer.headers["location"]).text)
    assert "Personne ne vous répondra" in thanks.text
    assert not [a for a in thanks.all("a") if "/contact/" in a.attrs["href"]]


@pytest.mark.parametrize(
    ("typed", "ticked", "name", "said"),
    [
        ("camille@", True, "contact.courriel", "sans accent ni espace"),
        ("", True, "contact.courriel", "Vous avez coché la case"),
        (CAMILLE, False, "contact.accord", "Cochez cette case"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_stays(
    world: World, typed: str, ticked: bool, name: str, said: str
) -> None:
    _, fields = opened(world)
    fields |= {"contact.courriel": typed, "verbatim": "Trop long."}
    answer = send(world, agreed(fields, typed) if ticked else fields, PAGE)
    page = parse(answer.text)
    assert (answer.status_code, left(world)) == (422, [])
    assert page.one("title").text.startswith("Votre adresse est à corriger")
    attrs = field(page, name)
    assert "aria-invalid" in attrs
    assert "autofocus" in attrs
    assert said in said_of(page, attrs)
    assert len(list(page.all(autofocus=""))) == 1
    assert field(page, "contact.courriel")["value"] == typed
    assert ("checked" in field(page, "contact.accord")) == ticked
    assert page.one("textarea").text == "Trop long."
    assert send(world, agreed(fields), PAGE).status_code == 303
    assert left(world) == [CAMILLE]


@pytest.mark.parametrize("langue", ["fr", "en", "es", "ar"])
def test_every_language_asks_and_deletes_in_its_own_words(world: World, langue: str) -> None:
    page, fields = opened(world, f"{PAGE}?lang={langue}")
    assert page.one("html").attrs["lang"] == langue
    assert "6" in said_of(page, field(page, "contact.accord"))
    thanks = get(world, send(world, agreed(fields), f"{PAGE}?lang={langue}").headers["location"])
    link = link_of(thanks)
    assert f"lang={langue}" in link
    deletion = parse(get(world, link).text)
    assert deletion.one("html").attrs["lang"] == langue
    assert deletion.one("h1").text == next(
        a.text for a in parse(thanks.text).all("a") if "/contact/" in a.attrs["href"]
    )


# Deleted


def link_of(thanks: httpx.Response) -> str:
    [link] = [a for a in parse(thanks.text).all("a") if "/contact/" in a.attrs["href"]]
    return link.attrs["href"]


def sent(world: World, address: str = PAGE) -> str:
    """The link that thanks give."""
    _, fields = opened(world, address)
    return link_of(get(world, send(world, agreed(fields), address).headers["location"]))


def post(world: World, link: str) -> Element:
    answer = world.client.post(link, headers=BROWSER)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return parse(answer.text)


def test_a_page_whose_address_deletes_something_tells_nobody_its_address(world: World) -> None:
    _, fields = opened(world)
    thanks = get(world, send(world, agreed(fields), PAGE).headers["location"])
    link = link_of(thanks)
    deletion = get(world, link)
    deleted = world.client.post(link, headers=BROWSER)
    # As one that is right is, when the database does not answer.
    refused = world.client.get(link.replace("/contact/", "/contact/x"), headers=BROWSER)
    assert refused.status_code == 404
    told = [each.headers["referrer-policy"] for each in (thanks, deletion, deleted, refused)]
    assert told == ["strict-origin"] * 4
    assert get(world, PAGE).headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_thanks_do_not_promise_an_answer_and_give_the_link(world: World) -> None:
    _, fields = opened(world)
    thanks = get(world, send(world, agreed(fields), PAGE).headers["location"])
    page = parse(thanks.text)
    assert "sans que ce soit promis" in page.text
    assert "Personne ne vous répondra" not in page.text
    assert "Gardez ce lien" in page.text
    assert CAMILLE not in thanks.text


def test_opening_the_link_changes_nothing_and_the_button_deletes(world: World) -> None:
    link = sent(world)
    page = parse(get(world, link).text)
    assert left(world) == [CAMILLE]
    form = page.one("form")
    assert form.attrs["method"] == "post"
    assert [each.text for each in form.all("button")] == ["Effacer mon adresse"]
    assert "Votre adresse est effacée." in post(world, form.attrs["action"]).text
    assert left(world) == []
    assert "n’est plus là" in post(world, link).text
    again = parse(get(world, link).text)
    assert "n’est plus là" in again.text
    assert not list(again.all("button"))


def test_it_works_as_long_as_the_address_is_kept(world: World) -> None:
    link = sent(world)
    world.clock.advance(days=170)
    assert "Votre adresse est effacée." in post(world, link).text


def test_it_deletes_one_address_and_no_other(world: World) -> None:
    link = sent(world)
    world.clock.advance(seconds=60)
    sent(world)
    assert left(world) == [CAMILLE, CAMILLE]
    post(world, link)
    assert left(world) == [CAMILLE]


def test_a_frame_opens_the_link_outside(world: World) -> None:
    address = f"{PAGE}?cadre=1"
    _, fields = opened(world, address)
    thanks = parse(get(world, send(world, agreed(fields), address).headers["location"]).text)
    [link] = [a for a in thanks.all("a") if "/contact/" in a.attrs["href"]]
    assert (link.attrs["target"], link.attrs["rel"]) == ("_blank", "noopener")
    assert "cadre" not in link.attrs["href"]


def test_a_link_that_is_not_ours_opens_nothing(world: World) -> None:
    jeton = urlsplit(sent(world)).path.rpartition("/")[2]
    forged = ("A" if jeton[0] != "A" else "B") + jeton[1:]
    for ask in (world.client.get, world.client.post):
        answer = ask(f"/contact/{forged}", headers=BROWSER)
        assert answer.status_code == 404
    assert left(world) == [CAMILLE]


def test_thanks_show_no_link_that_is_not_theirs(world: World) -> None:
    jeton = urlsplit(sent(world)).path.rpartition("/")[2]
    assert link_of(get(world, f"{PAGE}/merci?contact={jeton}"))
    for address in (f"/f/k7f3q2/merci?contact={jeton}", f"{PAGE}/merci?contact={jeton[:-1]}"):
        thanks = get(world, address)
        assert thanks.status_code == 200
        assert "/contact/" not in thanks.text
