"""`?avis-diagnostic`: a porteur is told why the button works on a page, or not."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from collector.releases import Releases
from tests.browser.stage import Place, dialog, opener

ASKED = "?avis-diagnostic"


def told(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text=f"avis.js {Releases().newest}")


def test_a_page_where_all_is_well_says_so(page: Page, place: Place) -> None:
    page.goto(place.on_a_page() + ASKED)
    expect(told(page)).to_contain_text(
        f"L’origine de cette page, {place.host.origin}, est acceptée."
    )
    for line in ("Le collecteur répond.", "ouvert.", "integrity est là", "la plus récente"):
        expect(told(page)).to_contain_text(line)
    expect(told(page)).to_contain_text(f"frame-src {place.server.url}")
    expect(told(page)).not_to_contain_text("✗")
    # Nobody is about to answer: no opening is counted.
    assert place.openings() == 0


def test_nothing_is_said_to_those_who_did_not_ask(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    expect(opener(page)).to_be_visible()
    expect(told(page)).to_have_count(0)


def test_an_origin_that_is_missing_is_named(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(place.ailleurs) + ASKED)
    expect(told(page)).to_contain_text(
        f"✗ L’origine de cette page, {place.host.origin}, n’est pas de celles du bouton "
        "(https://www.exemple.fr) : ajoutez-la."
    )


def test_a_bouton_that_is_closed_or_unknown_is_named(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(place.ferme) + ASKED)
    expect(told(page)).to_contain_text("fermé : il ne recueille plus d’avis.")
    page.goto(place.on_a_page("zz9999") + ASKED)
    expect(told(page)).to_contain_text("✗ Le collecteur répond, mais ne connaît aucun bouton")


def test_a_missing_integrity_is_said(page: Page, place: Place) -> None:
    bare = f'<script src="{place.server.url}/w/1/avis.js" defer></script>'
    two_lines = place.snippet()
    element = two_lines[two_lines.index("<mon-avis>") :]
    page.goto(place.host.page(bare + element) + ASKED)
    expect(told(page)).to_contain_text("✗ L’attribut integrity manque")


def test_a_directive_that_is_missing_is_ready_to_be_copied(page: Page, place: Place) -> None:
    policy = f"default-src 'none'; script-src {place.server.url}"
    page.goto(place.on_a_page(Content_Security_Policy=policy) + ASKED)
    expect(told(page)).to_contain_text(f"✗ csp connect-src {place.server.url}")


def test_the_directive_of_a_frame_is_told_once_it_fails(page: Page, place: Place) -> None:
    policy = f"default-src 'none'; script-src {place.server.url}; connect-src {place.server.url}"
    url = place.host.page(place.snippet_with('isolation="cadre"'), Content_Security_Policy=policy)
    page.goto(url + ASKED)
    opener(page).click()
    expect(dialog(page).get_by_text("Ce site ne permet pas de répondre ici.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(told(page)).to_contain_text(f"✗ csp frame-src {place.server.url}")


def test_a_collector_that_does_not_answer_is_said(page: Page, place: Place) -> None:
    page.route("**/diagnostic.json*", lambda route: route.abort())
    page.goto(place.on_a_page() + ASKED)
    expect(told(page)).to_contain_text("✗ reseau")


def test_a_clock_that_is_wrong_is_said_and_costs_nothing(page: Page, place: Place) -> None:
    page.clock.set_fixed_time("2020-01-01T00:00:00Z")
    page.goto(place.on_a_page() + ASKED)
    expect(told(page)).to_contain_text("rien n’est perdu")
