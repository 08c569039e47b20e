"""Questions that the widget's script does not draw: the framed page asks them, in every mode."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from collector.releases import Releases
from tests.browser.stage import (
    LINK,
    Host,
    Place,
    a_database,
    dialog,
    level,
    opener,
    send_button,
    thanks,
    until,
)
from tests.browser.test_accessibility import violations
from tests.browser.test_diagnostic import ASKED, told
from tests.browser.test_frame import come_in_and_go_back
from tests.browser.test_old_releases import tag
from tests.world import a_server, execute

BIEN, PROCHE = "Très bien", "Auprès d’un proche"
NOTES = {"satisfaction": 3, "aide": 1, "aide.proche": 1}


@pytest.fixture(scope="module")
def places(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Place]]:
    """Démarches whose questionnaire asks choices."""
    path, made = a_database(tmp_path_factory.mktemp("cadre"), host.origin, 30)
    execute(path, "update demarche set questionnaire = 'jdma-2024'")
    with a_server(path) as server:
        yield (Place(server, host, id, slug) for id, slug in made.items())


def frame(page: Page) -> FrameLocator:
    return page.frame_locator(".avis-cadre")


def give(page: Page) -> None:
    inside = frame(page)
    inside.get_by_role("radio", name=BIEN, exact=True).check()
    inside.get_by_role("checkbox", name=PROCHE).check()
    inside.get_by_role("button", name="Envoyer mon avis").click()
    expect(inside.get_by_role("heading", name="Merci, votre avis")).to_be_visible()


def policy(place: Place) -> str:
    """What a page allows that carries the widget as it comes."""
    there = place.server.url
    return f"default-src 'none'; script-src {there}; connect-src {there}"


@pytest.mark.parametrize("affichage", ["dialogue", "integre", "flottant"])
def test_the_framed_page_asks_and_counts_once(page: Page, place: Place, affichage: str) -> None:
    page.add_init_script("addEventListener('avis:envoye', () => { window.told = true })")
    page.goto(place.host.page(place.snippet_with(f'affichage="{affichage}"')))
    if affichage != "integre":
        opener(page).click()
    give(page)
    until(page, "window.told")
    assert place.notes() == [NOTES]
    assert place.affichages() == ["cadre"]
    assert (place.openings(), place.histogram("avis")) == (1, {1: 1})


def test_its_panel_is_that_of_a_frame_and_keeps_what_was_typed(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    opener(page).click()
    inside = frame(page)
    expect(inside.get_by_role("heading", name=LINK)).to_be_visible()
    expect(page.locator("mon-avis").get_by_role("heading")).to_have_count(0)
    assert violations(page, "mon-avis") == []
    inside.get_by_role("radio", name=BIEN, exact=True).check()
    inside.get_by_role("button", name="Fermer").click()
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    opener(page).click()
    expect(inside.get_by_role("radio", name=BIEN, exact=True)).to_be_checked()
    give(page)
    assert (place.openings(), place.histogram("avis")) == (1, {1: 1})


def test_focus_comes_into_the_frame_and_goes_back(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    come_in_and_go_back(page, frame(page).get_by_role("radio").first)


def test_a_page_that_allows_no_frame_has_the_link_and_counts_once(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(Content_Security_Policy=policy(place)) + ASKED)
    opener(page).click()
    expect(dialog(page).get_by_text("Ce site ne permet pas de répondre ici.")).to_be_visible()
    expect(told(page)).to_contain_text(f"✗ csp frame-src {place.server.url}")
    dialog(page).get_by_role("link").click()
    level(page, BIEN).check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert (place.openings(), place.histogram("avis")) == (1, {1: 1})


def test_in_the_flow_of_such_a_page_the_link_is_there_as_before(page: Page, place: Place) -> None:
    lines = place.snippet_with('affichage="integre"')
    page.goto(place.host.page(lines, Content_Security_Policy=policy(place)))
    page.get_by_role("link", name=LINK).click()
    level(page, BIEN).check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert (place.openings(), place.histogram("avis")) == (1, {1: 1})


def test_an_element_that_is_moved_gives_another_avis(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    opener(page).click()
    give(page)
    page.evaluate("document.body.append(document.querySelector('mon-avis'))")
    opener(page).click()
    give(page)
    assert place.notes() == [NOTES] * 2
    assert place.openings() == 2


def test_a_release_from_before_asks_the_scales(page: Page, place: Place) -> None:
    integrity = Releases().file("1.0.0", "avis.js").integrity
    page.goto(place.host.page(tag(place, "1.0.0", integrity)))
    opener(page).click()
    level(page, BIEN).click()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]
    assert (place.openings(), place.affichages()) == (1, ["dialogue"])
