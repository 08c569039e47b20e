"""Choice questions in a browser: what is asked shows by style alone, and is reached by keyboard."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import NewPage, Place, send_button, thanks, until
from tests.browser.test_accessibility import violations
from tests.browser.test_frame import as_high_as_the_form
from tests.browser.test_weight import Wire

PHONE, RELATIVE = "Au téléphone, avec l’administration", "Auprès d’un proche"
ALONE = "Nulle part : je n’en ai pas eu besoin"
REACHED, GOOD = "Avez-vous pu joindre quelqu’un ?", "L’aide reçue était…"


@pytest.fixture
def place(place: Place) -> Place:
    """A démarche that asks choices."""
    with closing(sqlite3.connect(place.server.path)) as con, con:
        sql = "update demarche set questionnaire = 'jdma-2024' where id = ?1"
        con.execute(sql, (place.demarche_id,))
        con.execute("update catalogue set version = version + 1")
    return place


def open_form(page: Page, place: Place, query: str = "") -> None:
    """Open the form, once the server asks the new questions: it looks once a second."""
    for _ in range(50):
        page.goto(f"{place.form}{query}")
        if page.locator("[type=checkbox]").count():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the server asks the old questions")


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name)


def asked(page: Page, question: str) -> Locator:
    """A question about the phone that shows."""
    return page.get_by_role("radiogroup", name=f"{PHONE} – {question}")


def test_what_is_asked_shows_without_a_script(new_page: NewPage, place: Place) -> None:
    page = new_page(java_script_enabled=False)
    open_form(page, place)
    expect(page.get_by_role("radiogroup")).to_have_count(2)
    box(page, PHONE).check()
    expect(asked(page, REACHED)).to_be_visible()
    expect(asked(page, GOOD)).to_be_hidden()
    asked(page, REACHED).get_by_role("radio", name="Oui").check()
    asked(page, GOOD).get_by_role("radio", name="Très bonne").check()
    asked(page, REACHED).get_by_role("radio", name="Non").check()
    expect(asked(page, GOOD)).to_be_hidden()
    box(page, ALONE).check()
    page.get_by_role("radio", name="Très bien").check()
    with page.expect_response(f"{place.form}*") as answer:
        send_button(page).click()
    assert answer.value.status == 422
    expect(page.locator("#avis-aide-erreur")).to_be_visible()
    expect(box(page, ALONE)).to_be_focused()
    expect(box(page, PHONE)).to_be_checked()
    box(page, ALONE).uncheck()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    # « Très bonne » was still ticked, where nobody saw it.
    assert place.notes() == [
        {"satisfaction": 3, "joint.telephone": 1, "aide": 1, "aide.telephone": 1}
    ]


def test_everything_is_reached_by_keyboard(page: Page, place: Place) -> None:
    open_form(page, place)
    box(page, PHONE).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(asked(page, REACHED).get_by_role("radio", name="Non")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(asked(page, REACHED).get_by_role("radio", name="Oui")).to_be_checked()
    page.keyboard.press("Tab")
    expect(asked(page, GOOD).get_by_role("radio", name="Très mauvaise")).to_be_focused()
    page.keyboard.press("Tab")
    expect(box(page, "Par e-mail, auprès de l’administration")).to_be_focused()


def test_a_browser_that_cannot_hide_shows_everything(new_page: NewPage, place: Place) -> None:
    page = new_page()
    page.route(
        "**/style/*.css", lambda route: route.fulfill(body=_without_has(route.fetch().text()))
    )
    open_form(page, place)
    expect(asked(page, GOOD)).to_be_visible()
    expect(page.get_by_role("radiogroup")).to_have_count(10)


def _without_has(style: str) -> str:
    """A style sheet as a browser reads it that does not know :has(): « @supports » says no."""
    assert "selector(:has(:checked))" in style
    return style.replace("selector(:has(:checked))", "selector(:inconnu(:checked))")


@pytest.mark.parametrize(("theme", "query"), [("light", "?lang=fr"), ("dark", "?lang=en&cadre=1")])
def test_axe_finds_nothing_where_choices_are_asked(
    new_page: NewPage, place: Place, theme: str, query: str
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": 320, "height": 900})
    open_form(page, place, query)
    page.locator("[name='choix.aide.telephone']").check()
    page.locator("[name='note.joint.telephone'][value='2']").check()
    expect(page.locator("[name='note.qualite.telephone']").first).to_be_visible()
    assert violations(page, "html") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("[name='choix.aide.aucune']").check()
    page.locator("[name='note.satisfaction']").first.check()
    page.get_by_role("button").last.click()
    expect(page.locator("#avis-aide-erreur")).to_be_visible()
    assert violations(page, "html") == []


def test_the_frame_grows_with_what_is_asked(page: Page, place: Place) -> None:
    open_form(page, place)
    snippet = place.snippet_with('isolation="cadre" affichage="integre"')
    page.goto(place.host.page(snippet))
    frame = page.frame_locator(".avis-cadre")
    frame.get_by_role("checkbox", name=PHONE).wait_for()
    until(page.frames[1], as_high_as_the_form(700))
    before = page.frames[1].evaluate("innerHeight")
    frame.get_by_role("checkbox", name=PHONE).check()
    until(page.frames[1], as_high_as_the_form(before + 50))
    frame.get_by_role("checkbox", name=PHONE).uncheck()
    until(page.frames[1], f"innerHeight === {before}")


def test_the_form_with_choices_is_light(new_page: NewPage, place: Place) -> None:
    open_form(new_page(), place)
    page = new_page()  # with nothing of it in a cache
    wire = Wire(page)
    page.goto(place.form, wait_until="networkidle")
    assert page.locator("[type=checkbox]").count()
    assert 2_000 < wire.octets <= 20_000
