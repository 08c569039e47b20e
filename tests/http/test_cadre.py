"""The form in a frame, from a link of the widget, and what a porteur is told of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2 as httpx
import pytest

from collector.releases import Releases
from tests.http.html import Element, parse
from tests.http.problems import problem
from tests.world import AILLEURS, FIN, NOON, SITE, World, a_world, an_avis

PAGE = f"/f/{FIN.code}"
DIAGNOSTIC = f"{PAGE}/diagnostic.json"


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made


def get(world: World, address: str, **headers: str) -> httpx.Response:
    return world.client.get(address, headers={"accept": "text/html", **headers})


def page(world: World, address: str) -> Element:
    return parse(get(world, address).text)


def give(world: World, address: str) -> httpx.Response:
    """Open the form, wait as long as a person does, and send it."""
    form = page(world, address).one("form")
    fields = {e.attrs["name"]: e.attrs.get("value", "") for e in form.all("input", type="hidden")}
    world.clock.advance(seconds=10)
    return world.client.post(
        form.attrs["action"], data={**fields, "note.satisfaction": "3"}, follow_redirects=False
    )


def affichages(world: World) -> list[str]:
    return [affichage for (affichage,) in world.rows("select affichage from avis")]


@pytest.mark.parametrize(
    ("asked", "kept", "affichage"),
    [
        ("", "", "page"),
        ("?affichage=lien", "&affichage=lien", "lien"),
        ("?affichage=dialogue", "", "page"),
        ("?cadre=1", "&cadre=1", "cadre"),
        ("?cadre=dialogue", "&cadre=dialogue", "cadre"),
        ("?cadre=%22%3E%3Cb%3E", "&cadre=1", "cadre"),
        ("?cadre=1&affichage=lien", "&cadre=1", "cadre"),
    ],
)
def test_how_a_form_is_shown_is_kept_to_its_end(
    world: World, asked: str, kept: str, affichage: str
) -> None:
    assert page(world, PAGE + asked).one("form").attrs["action"] == f"{PAGE}?lang=fr{kept}"
    answer = give(world, PAGE + asked)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}/merci?lang=fr{kept}"
    assert affichages(world) == [affichage]


def test_who_comes_from_a_widget_is_one_opening(world: World) -> None:
    def openings() -> int:
        # What is counted in memory is written with the next avis.
        assert world.post(an_avis()).status_code == 201
        return sum(world.histogram("ouverture").values())

    given = world.client.get(f"{PAGE}.json", headers={"origin": SITE}).json()
    get(world, f"{PAGE}?cadre=dialogue&cle={given['cle']}")
    assert openings() == 1
    get(world, f"{PAGE}?cadre=dialogue&cle=")
    get(world, f"{PAGE}?cle=une-autre")
    assert openings() == 3


def test_who_comes_from_a_widget_goes_on_with_the_same_avis(world: World) -> None:
    cle = an_avis()["cle"]
    assert world.post(an_avis(cle=cle, notes={"satisfaction": 1})).status_code == 201
    assert give(world, f"{PAGE}?satisfaction=3&cle={cle}").status_code == 303
    assert world.count() == 1
    assert world.histogram() == {3: 1}


@pytest.mark.parametrize("cle", ["", "x", '"><b>', "00000000-0000-4000-8000-000000000000", "é"])
def test_a_cle_that_is_none_is_left_out(world: World, cle: str) -> None:
    answer = get(world, f"{PAGE}?{urlencode({'cle': cle})}")
    made = parse(answer.text).one("input", name="cle").attrs["value"]
    assert made != cle
    assert UUID(made).version == 7


def test_another_language_is_in_the_same_frame(world: World) -> None:
    links = [link.attrs["href"] for link in page(world, f"{PAGE}?cadre=dialogue").all("a")]
    assert "?lang=en&cadre=dialogue&ouvert=1" in links


@pytest.mark.parametrize(
    ("address", "referer", "counted"),
    [
        ("?lang=en", f"http://127.0.0.1:8000{PAGE}?lang=fr&affichage=lien", 0),
        ("?lang=en", f"http://127.0.0.1:8000{PAGE}", 0),
        ("?lang=en&cadre=1&ouvert=1", "", 0),
        ("?lang=en&ouvert=1", "", 1),
        ("?lang=en", "", 1),
        ("?lang=en", f"{SITE}/fin", 1),
        ("?lang=en", f"{SITE}{PAGE}", 1),
        ("?lang=en", f"http://127.0.0.1:8000/f/{AILLEURS.code}", 1),
        ("?lang=en", f"http://127.0.0.1:8000{PAGE}/merci?lang=fr", 1),
    ],
)
def test_another_language_is_no_other_opening(
    world: World, address: str, referer: str, counted: int
) -> None:
    get(world, PAGE + address, referer=referer)
    # What is counted in memory is written with the next avis.
    assert world.post(an_avis()).status_code == 201
    assert sum(world.histogram("ouverture").values()) == counted


def test_only_a_page_in_a_frame_loads_a_script_and_it_is_ours(world: World) -> None:
    def loaded(page: Element) -> list[str]:
        return [each.attrs["src"] for each in page.all("script") if "src" in each.attrs]

    assert loaded(page(world, PAGE)) == []
    assert "script-src 'sha384-" in get(world, PAGE).headers["content-security-policy"]
    framed = get(world, f"{PAGE}?cadre=1")
    policy = framed.headers["content-security-policy"]
    assert "script-src 'self' http://127.0.0.1:8000 'sha384-" in policy
    [src] = loaded(parse(framed.text))
    assert src == f"/w/{Releases().newest}/cadre.js"
    assert world.client.get(src).status_code == 200


@pytest.mark.parametrize("address", [f"{PAGE}?cadre=1", f"{PAGE}/merci?cadre=1"])
def test_a_frame_speaks_to_the_sites_of_its_bouton_only(world: World, address: str) -> None:
    body = page(world, address).one("body").attrs
    assert body["data-origines"].split() == [SITE, "http://127.0.0.1:8000"]
    assert ("data-envoye" in body) == ("merci" in address)


def test_a_frame_in_a_panel_can_be_closed_from_inside(world: World) -> None:
    buttons = page(world, f"{PAGE}?cadre=dialogue").all("button", type="button")
    assert [button.text for button in buttons] == ["Fermer"]
    assert not list(page(world, f"{PAGE}?cadre=1").all("button", type="button"))


def test_the_results_leave_the_frame(world: World) -> None:
    def results(address: str) -> dict[str, str]:
        found = page(world, address).all("a")
        return next(a.attrs for a in found if "/resultats/" in a.attrs["href"])

    assert results(f"{PAGE}/merci?cadre=1")["target"] == "_blank"
    assert "target" not in results(f"{PAGE}/merci")


# Why it works here, or not


def lines(world: World, asked: str = "", address: str = DIAGNOSTIC, **headers: str) -> list[str]:
    answer = get(world, address + asked, **{"origin": SITE, **headers})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    found: list[str] = answer.json()["lignes"]
    return found


def test_a_page_where_all_is_well(world: World) -> None:
    newest = Releases().newest
    found = lines(world, f"?version={newest}&integrite=1&heure={NOON}")
    assert [line[0] for line in found] == ["✓"] * 6
    assert "ouvert." in found[0]
    assert SITE in found[1]
    assert newest in found[2]
    assert world.rows("select count(*) from agregat where dimension = 'ouverture'") == [(0,)]


def test_a_page_where_nothing_is(world: World) -> None:
    found = lines(world, "?version=0.1.0&integrite=0", origin="https://www.exemple.fr.evil.test")
    assert [line[0] for line in found] == ["✓", "✗", "✓", "✗", "✓"]
    assert "https://www.exemple.fr.evil.test" in found[1]
    assert "ajoutez-la" in found[1]
    assert "0.1.0 du widget marche toujours" in found[2]
    assert "reprenez les deux lignes" in found[3]


def test_a_bouton_nobody_knows(world: World) -> None:
    assert lines(world, address="/f/zz9999/diagnostic.json")[0].startswith("✗ ")


def test_a_bouton_without_sites_of_its_own(world: World) -> None:
    found = lines(world, address=f"/f/{AILLEURS.code}/diagnostic.json", origin="https://a.fr")
    assert found[1].startswith("✗ L’origine de cette page, https://a.fr,")


def test_what_a_program_asks_has_no_origin(world: World) -> None:
    answer = world.client.get(DIAGNOSTIC)
    assert not any("origine" in line for line in answer.json()["lignes"])


def test_it_is_said_in_english_to_whoever_asks_in_english(world: World) -> None:
    assert "is accepted." in lines(world, "?lang=en")[1]


@pytest.mark.parametrize("heure", ["", "hier", "-5", "1" * 400, "²"])
def test_a_clock_that_makes_no_sense_is_left_out(world: World, heure: str) -> None:
    assert not any("horloge" in line for line in lines(world, f"?heure={heure}"))


def test_a_clock_that_is_wrong_is_said(world: World) -> None:
    found = lines(world, f"?heure={NOON - 3_600_000}")
    assert any("60 min d’écart" in line for line in found)


def test_only_reading_is_allowed(world: World) -> None:
    problem(world.client.post(DIAGNOSTIC), 405, "methode_refusee")
