"""`isolation="cadre"`: the form in a frame, which the page's own scripts cannot read."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.stage import LINK, Host, NewPage, Place, comment, dialog, opener, until

CADRE = 'isolation="cadre"'
HEIGHT = "document.querySelector('mon-avis').shadowRoot.querySelector('iframe').offsetHeight"


def frame(page: Page) -> FrameLocator:
    return page.frame_locator(".avis-cadre")


def bien(page: Page) -> Locator:
    return frame(page).get_by_role("radio", name="Bien", exact=True)


def as_high_as_the_form(least: float) -> str:
    """The condition that a frame shows all it holds, more than so many pixels of it."""
    height = "document.documentElement.scrollHeight"
    return f"innerHeight > {least} && innerHeight === {height}"


def open_frame(page: Page) -> None:
    opener(page).click()
    bien(page).wait_for()


def give(page: Page) -> None:
    bien(page).check()
    frame(page).get_by_role("button", name="Envoyer mon avis").click()
    expect(frame(page).get_by_role("heading", name="Merci, votre avis")).to_be_visible()


@pytest.mark.parametrize("affichage", ["dialogue", "integre", "flottant"])
def test_an_avis_is_given_in_a_frame(page: Page, place: Place, affichage: str) -> None:
    page.add_init_script(
        "addEventListener('avis:envoye', ({ detail }) => { window.told = detail === null })"
    )
    page.goto(place.host.page(place.snippet_with(f'{CADRE} affichage="{affichage}"')))
    if affichage != "integre":
        opener(page).click()
    give(page)
    until(page, "window.told")
    assert place.notes() == [{"satisfaction": 3}]
    assert place.affichages() == ["cadre"]


def test_the_frame_is_as_high_as_the_form(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(f'{CADRE} affichage="integre"')))
    bien(page).wait_for()
    for width, least in ((1280, 700), (320, 1200)):
        page.set_viewport_size({"width": width, "height": 640})
        until(page.frames[1], f"innerWidth <= {width} && {as_high_as_the_form(least)}")


def test_a_frame_that_has_no_place_yet_says_no_height(page: Page, place: Place) -> None:
    """Its script may come before its size, now and then, when it opens again."""
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    until(page, f"{HEIGHT} > 700")
    height = page.evaluate(HEIGHT)
    page.evaluate(
        """() => {
          window.said = [];
          addEventListener('message', ({ data }) => said.push([data.type, data.hauteur ?? null]));
        }"""
    )
    iframe = page.locator(".avis-cadre")
    iframe.evaluate("frame => { frame.style.display = 'none'; frame.src = frame.src; }")
    until(page, "said.length")
    iframe.evaluate("frame => { frame.style.display = ''; }")
    until(page, "said.some(([type]) => type === 'hauteur')")
    said = page.evaluate("said")
    assert said[0] == ["pret", None]
    assert [each for each in said if each[0] != "pret"] == [["hauteur", height]]


def test_escape_and_fermer_work_from_inside(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    bien(page).focus()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    open_frame(page)
    frame(page).get_by_role("button", name="Fermer").click()
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()


@pytest.mark.parametrize("affichage", ["dialogue", "flottant"])
def test_focus_comes_into_the_frame_and_goes_back(
    new_page: NewPage, place: Place, affichage: str
) -> None:
    page = new_page(viewport={"width": 320, "height": 512})
    page.goto(place.host.page(place.snippet_with(f'{CADRE} affichage="{affichage}"')))
    come_in_and_go_back(page, frame(page).get_by_role("radio").first)


def come_in_and_go_back(page: Page, first: Locator) -> None:
    """Open and close the form by keyboard, and see where one is."""
    title = frame(page).get_by_role("heading", level=1)
    last = dialog(page).get_by_role("button", name="Fermer", exact=True)
    opener(page).focus()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    frame(page).get_by_role("link").last.focus()
    page.keyboard.press("Tab")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()


def test_in_the_flow_of_a_page_focus_stays_where_it_is(page: Page, place: Place) -> None:
    snippet = place.snippet_with(f'{CADRE} affichage="integre"')
    page.goto(place.host.page(f"<p><button>Ailleurs</button></p>{snippet}"))
    elsewhere = page.get_by_role("button", name="Ailleurs")
    elsewhere.focus()
    until(page.frames[0], f"{HEIGHT} > 700")
    expect(elsewhere).to_be_focused()
    page.keyboard.press("Tab")
    expect(frame(page).get_by_role("link", name="English")).to_be_focused()
    # What Escape closes elsewhere stays open here: whoever comes back is where they were.
    frame(page).get_by_role("button", name="Envoyer mon avis").click()
    missing = frame(page).get_by_role("radio").first
    expect(missing).to_be_focused()
    typed = comment(page.frames[1])
    typed.focus()
    page.keyboard.press("Escape")
    page.frames[1].evaluate("dispatchEvent(new Event('focus'))")
    expect(typed).to_be_focused()


def test_a_form_that_is_asked_for_below_the_window_comes(page: Page, place: Place) -> None:
    # Of a frame that is out of sight the browser observes no size.
    below = '<div style="height: 700px"></div>'
    snippet = place.snippet_with(f'{CADRE} affichage="integre"')
    page.goto(place.host.page(below + snippet))
    assert page.locator("mon-avis").evaluate("e => e.getBoundingClientRect().top > innerHeight")
    until(
        page,
        f"document.querySelector('mon-avis').shadowRoot.querySelector('iframe') && {HEIGHT} > 700",
    )


def test_another_language_in_a_frame_is_no_other_opening(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    frame(page).get_by_role("link", name="English").click()
    title = frame(page).get_by_role("heading", name="Give my feedback")
    expect(title).to_be_focused()
    frame(page).get_by_role("radio").last.check()
    frame(page).get_by_role("radio").first.check()
    frame(page).get_by_role("button", name="Send my feedback").click()
    expect(frame(page).get_by_role("heading", name="Thank you")).to_be_visible()
    assert (place.openings(), len(place.avis())) == (1, 1)


def test_another_language_of_a_page_is_no_other_opening(page: Page, place: Place) -> None:
    page.goto(place.form)
    page.get_by_role("link", name="English").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Send my feedback").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert (place.openings(), len(place.avis())) == (1, 1)


def test_what_was_typed_is_still_there_when_one_comes_back(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    bien(page).check()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    opener(page).click()
    expect(bien(page)).to_be_checked()


def test_a_click_beside_closes_only_an_untouched_form(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    page.mouse.click(5, 300)
    expect(dialog(page)).to_be_hidden()
    open_frame(page)
    page.evaluate(
        "() => { window.told = new Promise((resolve) => addEventListener('message', "
        "({ data }) => data.type === 'touche' && resolve())) }"
    )
    bien(page).check()
    page.evaluate("told")
    page.mouse.click(5, 300)
    expect(dialog(page)).to_be_visible()


def test_the_keyboard_comes_round_without_leaving_the_panel(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    for _ in range(16):
        page.keyboard.press("Tab")
        inside = page.evaluate("document.activeElement.localName")
        assert inside in ("mon-avis", "body"), "the page behind took the focus"
    # The last stop is ours, after the frame.
    last = dialog(page).get_by_role("button", name="Fermer", exact=True)
    last.focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(
        "document.querySelector('mon-avis').shadowRoot.activeElement.localName"
    ) == ("iframe")


def test_the_frame_can_keep_nothing_on_the_device(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    for store in ("localStorage", "sessionStorage", "document.cookie"):
        refused = page.frames[1].evaluate(
            f"() => {{ try {{ return String({store}) }} catch (e) {{ return e.name }} }}"
        )
        assert refused == "SecurityError"


def test_a_site_that_is_not_allowed_is_given_the_link(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE, place.ailleurs)))
    opener(page).click()
    expect(dialog(page).get_by_text("Ce site ne permet pas de répondre ici.")).to_be_visible()
    expect(dialog(page).get_by_role("link", name=LINK)).to_have_attribute(
        "href", f"{place.server.url}/f/{place.ailleurs}"
    )
    expect(page.locator(".avis-cadre")).to_have_count(0)


def test_a_page_without_frame_src_is_given_the_link(page: Page, place: Place) -> None:
    policy = f"default-src 'none'; script-src {place.server.url}; connect-src {place.server.url}"
    page.add_init_script(
        "addEventListener('avis:erreur', ({ detail }) => { window.cause = detail.cause })"
    )
    page.goto(place.host.page(place.snippet_with(CADRE), Content_Security_Policy=policy))
    opener(page).click()
    expect(dialog(page).get_by_role("link", name=LINK)).to_be_visible()
    assert page.evaluate("cause") == "csp"


def test_a_message_from_elsewhere_does_nothing(page: Page, place: Place, host: Host) -> None:
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    before = page.evaluate(HEIGHT)
    page.evaluate(
        "() => { for (const type of ['fermer', 'hauteur', 'envoye']) "
        "postMessage({ avis: 1, type, hauteur: 9 }, '*') }"
    )
    page.evaluate("new Promise(resolve => setTimeout(resolve))")
    expect(dialog(page)).to_be_visible()
    assert page.evaluate(HEIGHT) == before


def test_what_a_newer_frame_says_beyond_us_is_let_pass(page: Page, place: Place) -> None:
    page.add_init_script(
        "window.told = []; addEventListener('avis:envoye', () => { told.push('envoye') })"
    )
    page.goto(place.host.page(place.snippet_with(CADRE)))
    open_frame(page)
    page.evaluate(
        "() => { window.last = new Promise((resolve) => addEventListener('message', "
        "({ data }) => data.type === 'dernier' && resolve())) }"
    )
    say = "(type) => parent.postMessage({ avis: 1, type }, '*')"
    page.frames[1].evaluate(say, "nouveau")
    page.frames[1].evaluate(say, "dernier")
    page.evaluate("last")
    assert page.evaluate("told") == []
    page.frames[1].evaluate(say, "envoye")
    until(page, "told.length === 1")
    expect(dialog(page)).to_be_visible()


def test_a_frame_pasted_by_hand_works_without_any_script_of_ours(
    page: Page, place: Place, host: Host
) -> None:
    pasted = f'<iframe src="{place.form}?cadre=1" title="{LINK}" width="700" height="900"></iframe>'
    page.goto(host.page(pasted))
    inside = page.frame_locator("iframe")
    inside.get_by_role("radio", name="Bien", exact=True).check()
    expect(inside.get_by_role("button", name="Fermer")).to_have_count(0)
    inside.get_by_role("button", name="Envoyer mon avis").click()
    expect(inside.get_by_role("heading", name="Merci, votre avis")).to_be_visible()
    assert place.affichages() == ["cadre"]
