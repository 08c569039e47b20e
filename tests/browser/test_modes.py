"""`affichage`: in the flow of the page, in a corner of the window, or the link alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import (
    LINK,
    Host,
    Place,
    Traffic,
    choose,
    comment,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)
from tests.browser.test_weight import SHIFTS, TWO_FRAMES

INTEGRE = 'affichage="integre"'
FLOTTANT = 'affichage="flottant"'
LIEN = 'affichage="lien"'
ONE_SCREEN = '<p style="height: 120vh">…</p>'


# integre


def test_the_form_stands_in_the_flow_and_one_click_counts(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(INTEGRE)))
    expect(opener(page)).to_have_count(0)
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]
    comment(page).fill("Rien à redire.")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert [avis[1:] for avis in place.avis()] == [(2, {"satisfaction": 3}, "Rien à redire.")]
    assert place.affichages() == ["integre"]


def test_a_form_far_below_is_asked_for_when_one_comes_near(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    page.goto(place.host.page(ONE_SCREEN * 3 + place.snippet_with(INTEGRE)))
    page.evaluate(TWO_FRAMES)
    assert [path for path in traffic.to(place.server.url) if ".json" in path] == []
    page.mouse.wheel(0, 20_000)
    expect(level(page, "Bien")).to_be_visible()
    assert traffic.to(place.server.url)[1:] == [f"GET /f/{place.ouvert}.json"]


def test_a_form_in_the_flow_moves_the_page_little(page: Page, place: Place) -> None:
    page.add_init_script(SHIFTS)
    page.goto(place.host.page(place.snippet_with(INTEGRE)))
    expect(level(page, "Bien")).to_be_visible()
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("shift") <= 0.1


def test_where_a_form_in_the_flow_cannot_be_the_link_is_there(page: Page, place: Place) -> None:
    policy = f"default-src 'none'; script-src {place.server.url}"
    url = place.host.page(place.snippet_with(INTEGRE), Content_Security_Policy=policy)
    page.goto(url)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    assert page.get_by_text("Ce site ne permet pas de répondre ici.").count() == 0
    page.get_by_role("link", name=LINK).click()
    expect(page).to_have_url(place.form)


def test_ouvrir_brings_one_to_the_form_in_the_flow(page: Page, place: Place) -> None:
    page.goto(place.host.page(ONE_SCREEN * 3 + place.snippet_with(INTEGRE)))
    page.evaluate("document.querySelector('mon-avis').ouvrir()")
    expect(level(page, "Bien")).to_be_in_viewport()


# flottant


def test_a_button_in_the_corner_opens_the_form_and_can_be_put_away(
    page: Page, place: Place
) -> None:
    page.goto(place.host.page(place.snippet_with(FLOTTANT) + ONE_SCREEN * 2))
    page.mouse.wheel(0, 5_000)
    expect(opener(page)).to_be_in_viewport()
    open_dialog(page)
    choose(page, "Bien")
    page.keyboard.press("Escape")
    assert place.affichages() == ["flottant"]
    page.get_by_role("button", name=f"Fermer : {LINK}").click()
    expect(opener(page)).to_be_hidden()
    expect(dialog(page)).to_be_hidden()


def test_a_button_in_the_corner_never_hides_what_has_the_focus(page: Page, place: Place) -> None:
    here = '<button style="position: fixed; bottom: 1em; right: 1em">À vous</button>'
    page.goto(place.host.page(f"<button>Loin</button>{place.snippet_with(FLOTTANT)}{here}"))
    corner = page.locator(".avis-coin")
    page.get_by_role("button", name="Loin").focus()
    page.evaluate(TWO_FRAMES)
    expect(corner).to_be_visible()
    page.get_by_role("button", name="À vous").focus()
    expect(corner).to_be_hidden()
    page.get_by_role("button", name="Loin").focus()
    expect(corner).to_be_visible()


def test_inside_a_frame_nothing_floats_and_the_link_is_there(
    page: Page, place: Place, host: Host
) -> None:
    inner = host.page(place.snippet_with(FLOTTANT))
    page.goto(host.page(f'<iframe src="{inner}" title="Fin" width="600" height="400"></iframe>'))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name=LINK)).to_be_visible()
    expect(frame.get_by_role("button", name=LINK)).to_have_count(0)


# lien


@pytest.mark.parametrize("attributes", [LIEN, 'affichage="autrement"'])
def test_the_link_says_the_language_and_where_one_comes_from(
    page: Page, place: Place, attributes: str
) -> None:
    page.goto(place.host.page(place.snippet_with(f'{attributes} lang="en"')))
    page.get_by_role("link", name=LINK).click()
    expect(page).to_have_url(f"{place.form}?lang=en&affichage=lien")
    page.get_by_role("radio", name="Well", exact=True).check()
    page.get_by_role("button", name="Send my feedback").click()
    expect(page).to_have_url(f"{place.form}/merci?lang=en&affichage=lien")
    assert place.affichages() == ["lien"]


DRESS = """(link) => ['fontFamily', 'fontSize', 'color', 'fontStyle'].map(
  (name) => getComputedStyle(link)[name])"""


@pytest.mark.parametrize("attributes", [LIEN, INTEGRE])
def test_a_link_that_stays_is_dressed_as_the_page_dresses_it(
    page: Page, place: Place, attributes: str
) -> None:
    dress = "<style>main { font: italic 20px monospace } a { color: rgb(120, 0, 0) }</style>"
    policy = f"script-src {place.server.url}; connect-src 'none'"
    lines = place.snippet_with(attributes) + '<p><a href="/">Accueil</a></p>'
    page.goto(place.host.page(lines, dress, Content_Security_Policy=policy))
    expect(page.locator("mon-avis").get_by_role("link", name=LINK)).to_be_visible()
    seen = [page.get_by_role("link", name=name).evaluate(DRESS) for name in (LINK, "Accueil")]
    assert seen == [["monospace", "20px", "rgb(120, 0, 0)", "italic"]] * 2


def test_a_level_already_chosen_goes_along_with_the_link(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    page.route("**/api/v1/avis", lambda route: route.fulfill(status=403, json={"code": "x"}))
    level(page, "Ni bien ni mal").click()
    way_out = dialog(page).get_by_role("link", name="Donner mon avis sur une page à part")
    way_out.click()
    expect(level(page, "Ni bien ni mal")).to_be_checked()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 2}]
