"""Everything with the keyboard alone, and what the arrow keys send."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.stage import (
    Place,
    Traffic,
    comment,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_an_avis_is_given_without_a_pointer(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    press(page, "Tab")
    expect(opener(page)).to_be_focused()
    press(page, "Enter")
    expect(dialog(page).locator("h2.avis-titre")).to_be_focused()
    level(page, "Mal").wait_for()
    press(page, "Tab")
    expect(page.get_by_role("button", name="Fermer")).to_be_focused()
    press(page, "Tab")
    expect(level(page, "Mal")).to_be_focused()
    press(page, "ArrowLeft")
    expect(level(page, "Bien")).to_be_checked()
    press(page, "Tab")
    page.locator(".avis-note .avis-succes").wait_for()
    expect(level(page, "Très difficile")).to_be_focused()
    press(page, "Space", "Tab", "Tab")
    expect(comment(page)).to_be_focused()
    page.keyboard.type("Au clavier.")
    press(page, "Tab")
    expect(send_button(page)).to_be_focused()
    press(page, "Enter")
    expect(thanks(page)).to_be_visible()
    press(page, "Escape")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 3, "effort": 1}, "Au clavier.")


def test_arrows_go_round_within_their_question(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    level(page, "Mal").focus()
    for label in ("Ni bien ni mal", "Bien", "Mal", "Ni bien ni mal"):
        press(page, "ArrowRight")
        expect(level(page, label)).to_be_checked()
    press(page, "ArrowUp", "ArrowUp")
    expect(level(page, "Bien")).to_be_checked()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)


def test_arrowing_sends_only_where_it_rests(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    page.goto(place.on_a_page())
    open_dialog(page)
    level(page, "Mal").focus()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    page.locator(".avis-note .avis-succes").wait_for()
    assert [avis["notes"] for avis in traffic.posted()] == [{"satisfaction": 2}]
    assert place.notes() == [{"satisfaction": 2}]


def test_escape_sends_the_answer_that_was_still_under_the_arrows(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    level(page, "Mal").focus()
    with page.expect_response("**/api/v1/avis"):
        press(page, "ArrowLeft", "Escape")
    expect(opener(page)).to_be_focused()
    assert place.notes() == [{"satisfaction": 3}]


def test_tab_stays_in_the_dialog(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    for _ in range(12):
        press(page, "Tab")
        assert page.evaluate("document.activeElement.localName") in ("mon-avis", "body")
    expect(dialog(page)).to_be_visible()
