"""Any page: however the script and the element come, go and come back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from collector.releases import Releases
from tests.browser.conftest import ARGS, WITH_WINDOWS
from tests.browser.stage import (
    LINK,
    Host,
    Place,
    Traffic,
    choose,
    comment,
    dialog,
    errors,
    give_an_avis,
    give_an_avis_by_the_link,
    open_dialog,
    opener,
    send_button,
    thanks,
)

# How the script comes


def as_module(place: Place) -> str:
    return place.script.replace("<script ", '<script type="module" ') + place.element


def before_the_parser_saw_the_element(place: Place) -> str:
    return place.script.replace(" defer", "") + place.element


def after_the_element(place: Place) -> str:
    return place.element + place.script.replace(" defer", "")


def twice(place: Place) -> str:
    return (
        place.script + place.snippet() + place.script.replace("<script ", '<script type="module" ')
    )


def by_a_tag_manager(place: Place) -> str:
    return f"""{place.element}<template>{place.script}</template><script>
    addEventListener('load', () => {{
      const script = document.createElement('script');
      const given = document.querySelector('template').content.querySelector('script');
      for (const {{ name, value }} of given.attributes) script.setAttribute(name, value);
      document.head.prepend(script);
    }});
    </script>"""


@pytest.mark.parametrize(
    "body",
    [
        as_module, before_the_parser_saw_the_element, after_the_element, twice,
        by_a_tag_manager,
    ],
    ids=lambda body: body.__name__,
)  # fmt: skip
def test_an_avis_is_given_however_the_script_comes(page: Page, place: Place, body: object) -> None:
    assert callable(body)
    uncaught = errors(page)
    page.goto(place.host.page(body(place)))
    give_an_avis(page)
    expect(page.locator("mon-avis")).to_have_count(1)
    assert uncaught == []
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize("first", ["older", "newer"])
def test_beside_another_release_the_first_one_serves(page: Page, place: Place, first: str) -> None:
    releases = Releases()
    published = releases.file(releases.versions[0], "avis.js").content.decode()
    older = published.replace(f'"{releases.versions[0]}"', '"0.0.1"')
    assert older != published
    at = place.host.serve(older, "text/javascript")
    scripts = [f'<script src="{at}" defer></script>', place.script]
    if first == "newer":
        scripts.reverse()
    uncaught = errors(page)
    traffic = Traffic(page)
    page.goto(place.host.page("".join(scripts) + place.element))
    give_an_avis(page)
    served = {avis["widget"] for avis in traffic.posted()}
    assert served == {"0.0.1" if first == "older" else releases.newest}
    assert uncaught == []
    assert place.notes() == [{"satisfaction": 3}]


def test_a_browser_that_is_too_old_keeps_the_link(page: Page, place: Place) -> None:
    uncaught = errors(page)
    page.add_init_script(
        "delete window.customElements; delete Document.prototype.adoptedStyleSheets"
    )
    page.goto(place.on_a_page())
    assert page.evaluate("performance.getEntriesByType('resource').length") > 0
    assert uncaught == []
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


# How the element comes and goes


def test_twenty_elements_speak_each_their_language(page: Page, place: Place, host: Host) -> None:
    traffic = Traffic(page)
    english = place.element.replace(LINK, "Give my opinion")
    body = f'{place.element * 10}<div lang="en">{english * 10}</div>'
    page.goto(host.page(place.script + body))
    elements = page.locator("mon-avis")
    expect(opener(page)).to_have_count(10)
    expect(page.get_by_role("button", name="Give my opinion")).to_have_count(10)
    assert traffic.to(f"{place.server.url}/f") == []
    give_an_avis(elements.nth(3))
    elements.nth(3).get_by_role("button", name="Fermer").click()
    last = elements.nth(19)
    last.get_by_role("button", name="Give my opinion").click()
    last.get_by_role("button", name="Send my feedback").click()
    last.locator("p.avis-erreur").wait_for()
    expect(last.get_by_role("radio").first).to_be_focused()
    last.get_by_role("radio").first.check()
    last.locator(".avis-note .avis-succes").wait_for()
    assert len(traffic.to(f"{place.server.url}/f")) == 2
    assert [avis["langue"] for avis in traffic.posted()] == ["fr", "fr", "en"]
    assert place.histogram() == {1: 1, 3: 1}


def test_a_body_that_is_swapped_brings_a_new_button_and_the_old_one_back(
    page: Page, place: Place
) -> None:
    uncaught = errors(page)
    page.goto(place.on_a_page())
    open_dialog(page)
    page.evaluate(
        "window.before = document.body; document.body.replaceWith(document.body.cloneNode(true))"
    )
    expect(dialog(page)).to_be_hidden()
    give_an_avis(page)
    page.evaluate("document.body.replaceWith(before)")
    expect(dialog(page)).to_be_hidden()
    give_an_avis(page, "Mal")
    assert uncaught == []
    assert place.histogram() == {1: 1, 3: 1}


def test_an_element_that_is_moved_keeps_what_was_typed(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    comment(page).fill("À moitié écrit")
    page.evaluate("document.body.prepend(document.querySelector('mon-avis'))")
    expect(dialog(page)).to_be_hidden()
    opener(page).click()
    expect(comment(page)).to_have_value("À moitié écrit")
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


def test_in_a_frame_of_another_site_the_dialog_fits_the_frame(
    page: Page, place: Place, host: Host
) -> None:
    outer = host.page(f'<iframe src="{place.on_a_page()}" width="360" height="480"></iframe>')
    page.goto(outer.replace("localhost", "127.0.0.1"))
    frame = page.frames[1]
    give_an_avis(frame)
    box = dialog(frame).bounding_box()
    around = page.locator("iframe").bounding_box()
    assert box is not None
    assert around is not None
    assert around["x"] <= box["x"]
    assert box["x"] + box["width"] <= around["x"] + around["width"]
    assert box["y"] + box["height"] <= around["y"] + around["height"]
    assert place.notes() == [{"satisfaction": 3}]


@pytest.fixture
def remembering(playwright: Playwright) -> Iterator[Browser]:
    """A browser that keeps the pages one leaves, as every browser with a window does."""
    path = next(filter(None, map(shutil.which, WITH_WINDOWS)))
    forgetting = ["--disable-back-forward-cache"]
    with playwright.chromium.launch(
        executable_path=path, args=ARGS, ignore_default_args=forgetting
    ) as browser:
        yield browser


def test_going_away_and_back_finds_the_form_as_it_was_left(
    remembering: Browser, place: Place, host: Host
) -> None:
    page = remembering.new_page(locale="fr-FR")
    page.add_init_script(
        "addEventListener('pageshow', (event) => { window.kept = event.persisted })"
    )
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Mal")
    comment(page).fill("Je reviens.")
    page.goto(host.page(""))
    # Not « load », which a page that was kept does not do again.
    page.go_back(wait_until="commit")
    assert page.evaluate("kept")
    expect(comment(page)).to_have_value("Je reviens.")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 1}, "Je reviens.")
    assert place.histogram() == {1: 1}


def test_a_page_without_custom_elements_keeps_the_link_and_sees_no_error(
    page: Page, place: Place
) -> None:
    uncaught = errors(page)
    page.add_init_script("delete window.customElements")
    page.goto(place.on_a_page())
    assert page.evaluate("typeof customElements") == "undefined"
    expect(opener(page)).to_have_count(0)
    assert uncaught == []
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]
