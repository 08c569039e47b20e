"""The hosted form, without JavaScript: link, form, missing answer, thanks, and the way back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from collector.clock import Clock
from tests.browser.stage import (
    LINK,
    NewPage,
    Place,
    comment,
    level,
    send_button,
    thanks,
)
from tests.world import a_jeton


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page(java_script_enabled=False)


def a_minute_has_passed(page: Page, place: Place) -> None:
    """Make the form one that was opened a minute before: what it is for the collector."""
    before = a_jeton(place.ouvert, Clock().now().ms - 60_000)
    page.locator("[name=jeton]").evaluate("(field, jeton) => { field.value = jeton }", before)


def test_the_link_leads_through_a_missing_answer_to_thanks(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    page.get_by_role("link", name=LINK).click()
    comment(page).fill("Trop de <cases> à cocher.")
    with page.expect_response(place.form + "*") as answer:
        send_button(page).click()
    assert answer.value.status == 422
    expect(page).to_have_title("Il manque une réponse – Je donne mon avis – Demander une carte")
    expect(page.locator("p#avis-erreur-satisfaction")).to_be_visible()
    expect(level(page, "Mal")).to_be_focused()
    expect(comment(page)).to_have_value("Trop de <cases> à cocher.")
    assert place.avis() == []
    level(page, "Ni bien ni mal").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    expect(page).to_have_title("Merci, votre avis est enregistré. – Demander une carte")
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 2}, "Trop de <cases> à cocher.")


def test_going_back_and_sending_again_counts_once(page: Page, place: Place) -> None:
    page.goto(place.form)
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    page.go_back()
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram() == {3: 1}


def test_going_back_to_correct_replaces_what_was_sent(page: Page, place: Place) -> None:
    page.goto(place.form)
    level(page, "Mal").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    page.go_back()
    a_minute_has_passed(page, place)
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram() == {3: 1}


def test_reloading_the_thanks_counts_nothing(page: Page, place: Place) -> None:
    page.goto(place.form)
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    page.reload()
    expect(thanks(page)).to_be_visible()
    assert place.histogram("avis") == {1: 1}


def test_a_double_click_on_send_counts_once(page: Page, place: Place) -> None:
    page.goto(place.form)
    level(page, "Bien").check()
    send_button(page).dblclick()
    expect(thanks(page)).to_be_visible()
    assert place.histogram("avis") == {1: 1}


def test_two_visits_are_two_avis(page: Page, place: Place) -> None:
    for _ in range(2):
        page.goto(place.form)
        level(page, "Bien").check()
        send_button(page).click()
        expect(thanks(page)).to_be_visible()
    assert place.histogram("avis") == {1: 2}


def test_the_form_is_there_in_english_too(page: Page, place: Place) -> None:
    page.goto(place.form)
    page.get_by_role("link", name="English").click()
    page.get_by_role("radio", name="Well", exact=True).check()
    page.get_by_role("button", name="Send my feedback").click()
    expect(page.get_by_role("heading", name="Thank you, your feedback is saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert place.notes() == [{"satisfaction": 3}]


def test_a_link_may_bring_the_first_answer_along(page: Page, place: Place) -> None:
    page.goto(f"{place.form}?satisfaction=2")
    expect(level(page, "Ni bien ni mal")).to_be_checked()
    assert place.avis() == []


def test_a_closed_bouton_says_so_as_a_page(page: Page, place: Place) -> None:
    answer = page.goto(f"{place.server.url}/f/{place.ferme}")
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Cette démarche ne recueille plus d’avis"
    )
