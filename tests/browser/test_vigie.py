"""What a comment should rather not hold is said as one types it, and holds nothing back."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.stage import Place, comment, errors, level, send_button, thanks
from tests.browser.test_every_mode import MODES, faults, lost, visit

TOLD = "#avis-alerte"
COURRIEL = "Votre commentaire semble contenir une adresse électronique. Ce que nous"
TELEPHONE = "Votre commentaire semble contenir un numéro de téléphone. Ce que nous"


@pytest.mark.parametrize("name", ["dialogue", "page"])
def test_it_is_said_as_long_as_it_is_there_and_holds_nothing_back(
    page: Page, place: Place, name: str
) -> None:
    inside = visit(page, place, MODES[name])
    told = inside.locator(TOLD)
    expect(told).to_have_role("status")
    comment(inside).press_sequentially("jean@exemple.fr")
    expect(told).to_contain_text(COURRIEL)
    said = told.inner_text()
    assert comment(inside).evaluate(DESCRIBED)[1:] == [said]
    assert faults(page, MODES[name], "open") == []
    page.set_viewport_size({"width": 320, "height": 256})
    assert lost(page, inside) == []
    comment(inside).fill("Reçu le 12/03/2026 pour 1 200 euros.")
    expect(told).to_have_text("")
    comment(inside).fill("Mon numéro : 06 12 34 56 78")
    expect(told).to_contain_text(TELEPHONE)
    level(inside, "Bien").check()
    send_button(inside).click()
    expect(thanks(inside)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize("name", ["dialogue", "page"])
def test_it_comes_into_sight_below_a_field_at_the_bottom(
    page: Page, place: Place, name: str
) -> None:
    page.set_viewport_size({"width": 1000, "height": 500})
    inside = visit(page, place, MODES[name])
    field, told = comment(inside), inside.locator(TOLD)
    field.focus()
    field.evaluate("(field) => field.scrollIntoView({ block: 'end' })")
    expect(told).not_to_be_in_viewport(ratio=1)
    page.keyboard.type("jean@exemple.fr")
    expect(told).to_contain_text(COURRIEL)
    expect(told).to_be_in_viewport(ratio=1)
    expect(field).to_be_in_viewport(ratio=1)


DESCRIBED = """(field) => field.getAttribute('aria-describedby').split(' ').map(
  (id) => field.getRootNode().getElementById(id).innerText)"""


@pytest.mark.parametrize("name", ["dialogue", "page"])
def test_every_kind_is_named_once(page: Page, place: Place, name: str) -> None:
    inside = visit(page, place, MODES[name])
    told = inside.locator(TOLD)
    comment(inside).fill("jean@exemple.fr, 06 12 34 56 78, FR76 3000 6000 0112 3456 7890 189")
    expect(told).to_contain_text(
        "une adresse électronique, un numéro de compte bancaire (IBAN) et un numéro de téléphone."
    )
    # A number ends with its line, and what is on the next one is another.
    comment(inside).fill("2 95 10 99 126 111 93\n06 12 34 56 78")
    expect(told).to_contain_text("un numéro de sécurité sociale et un numéro de téléphone.")
    comment(inside).fill("FR 76-3000-6000-0112-3456-7890-189")
    expect(told).to_contain_text("contenir un numéro de compte bancaire (IBAN). Ce que")
    # What looks like a card looks like any long number too.
    comment(inside).fill("Ma carte : 4970 1012 3456 7890.")
    expect(told).to_contain_text("contenir un numéro de carte bancaire. Ce que")
    expect(told).to_have_css("border-top-style", "solid")
    comment(inside).fill("Rien à ajouter.")
    expect(told).to_have_text("")
    expect(told).to_have_css("border-top-style", "none")


def test_a_page_in_a_frame_that_comes_back_says_it_of_what_was_typed(
    page: Page, place: Place
) -> None:
    inside = visit(page, place, MODES["integre-cadre"])
    expect(inside.locator(TOLD)).to_have_text("")
    comment(inside).fill("Écrivez-moi : jean@exemple.fr")
    send_button(inside).click()
    inside.locator("p.avis-erreur").wait_for()
    expect(inside.locator(TOLD)).to_contain_text(COURRIEL)


def test_a_pattern_that_the_browser_does_not_know_is_passed_over(page: Page, place: Place) -> None:
    unknown = {"genre": "courriel", "motif": "(?nouveau)"}
    telephone = {"genre": "telephone", "motif": "[0-9]{10}"}

    def with_the_unknown(route: Route) -> None:
        answer = route.fetch()
        body = {**answer.json(), "alertes": [unknown, telephone]}
        route.fulfill(response=answer, body=json.dumps(body))

    uncaught = errors(page)
    page.route("**/f/*.json*", with_the_unknown)
    inside = visit(page, place, MODES["dialogue"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    comment(inside).fill("jean@exemple.fr 0612345678")
    expect(inside.locator(TOLD)).to_contain_text(TELEPHONE)
    # And nothing leaves the page for what is said.
    assert (uncaught, asked) == ([], [])
