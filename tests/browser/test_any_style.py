"""The style of the page and ours: neither reaches the other, and a person’s own reaches both."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from collector.releases import Releases
from tests.browser.stage import (
    LINK,
    Host,
    NewPage,
    Place,
    choose,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)
from tests.browser.test_contrast import TEXT, contrast

WIDE, TALL, SMALL = (
    {"width": 1280, "height": 720},
    {"width": 390, "height": 844},
    {"width": 320, "height": 256},
)

SHEETS = {
    "small root text": "html { font-size: 62.5% }",
    "all unset": "* { all: unset !important }",
    "controls not displayed": "button, div, dialog, form { display: none !important }",
    "wide letters": "* { letter-spacing: 3px !important }",
    "from top to bottom, right to left": "html { writing-mode: vertical-rl; direction: rtl }",
    "dark": "html { color-scheme: dark; background: #111; color: #eee }",
    "everything hidden": """main * { position: absolute !important; left: -9999px !important;
        height: 0 !important; visibility: hidden !important; opacity: 0 !important;
        clip-path: inset(50%) !important; transform: scale(0) !important;
        pointer-events: none !important; user-select: none !important }""",
    "a box that clips": """main { contain: strict; height: 20em; overflow: hidden;
        transform: rotate(2deg); filter: blur(0) }""",
    "a narrow column": "main { display: grid; width: 9em; font: 8px/1 monospace }",
}

AT = "(e) => e.getBoundingClientRect().x"
SEEN = """(button) => {
  const { width, height } = button.getBoundingClientRect();
  return { text: parseFloat(getComputedStyle(button).fontSize), width, height };
}"""


def page_with(place: Place, css: str) -> str:
    return place.on_a_page(head=f"<style>{css}</style>")


def see_the_button(page: Page) -> None:
    """The button is in sight, its text can be read and a finger can hit it."""
    expect(opener(page)).to_be_visible()
    seen = opener(page).evaluate(SEEN)
    assert seen["text"] >= 16
    assert min(seen["width"], seen["height"]) >= 24
    expect(opener(page)).to_be_in_viewport(ratio=1)


def see_the_whole_dialog(page: Page) -> None:
    """No edge of the dialog is out of the window, whatever its size."""
    for size in (TALL, SMALL, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        box = dialog(page).bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["y"] >= 0) == (True, True)
        assert box["x"] + box["width"] <= size["width"] + 0.5
        assert box["y"] + box["height"] <= size["height"] + 0.5


def use(page: Page, url: str) -> None:
    """A visit by somebody who looks where they click."""
    page.goto(url)
    see_the_button(page)
    open_dialog(page)
    see_the_whole_dialog(page)
    choose(page, "Bien")
    send_button(page).click()
    expect(thanks(page)).to_be_in_viewport()
    page.get_by_role("button", name="Fermer").click()
    expect(opener(page)).to_be_focused()


# The page's style


@pytest.mark.parametrize("css", SHEETS.values(), ids=SHEETS)
def test_an_avis_is_given_whatever_the_style_of_the_page(
    page: Page, place: Place, css: str
) -> None:
    use(page, page_with(place, css))
    assert place.notes() == [{"satisfaction": 3}]


def test_an_avis_is_given_on_a_page_without_a_doctype(page: Page, place: Place, host: Host) -> None:
    use(page, host.serve(f"<title>Ancien</title>{place.snippet()}", "text/html"))
    assert page.evaluate("document.compatMode") == "BackCompat"
    assert place.notes() == [{"satisfaction": 3}]


def test_french_reads_from_left_to_right_on_a_page_that_does_not(
    page: Page, place: Place, host: Host
) -> None:
    html = f'<!doctype html><html dir="rtl" lang="fr"><title>Page</title>{place.snippet()}</html>'
    page.goto(host.serve(html, "text/html"))
    see_the_button(page)
    open_dialog(page)
    see_the_whole_dialog(page)
    expect(dialog(page)).to_have_css("direction", "ltr")
    left, right = (level(page, label).evaluate(AT) for label in ("Mal", "Bien"))
    assert left < right
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_a_dark_page(new_page: NewPage, place: Place, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(page_with(place, SHEETS["dark"]))
    open_dialog(page)
    for part in (opener(page), dialog(page), page.locator("textarea"), send_button(page)):
        front, back = part.evaluate(
            "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        )
        assert contrast(hexadecimal(front), hexadecimal(back)) >= TEXT
    expect(dialog(page)).to_have_css("color-scheme", scheme)


def hexadecimal(rgb: str) -> str:
    """« #rrggbb » for « rgb(r, g, b) »; a transparent colour has four numbers, and fails."""
    red, green, blue = rgb.removeprefix("rgb(").removesuffix(")").split(", ")
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


# The person's own


CUT = """() => {
  const root = document.querySelector('mon-avis').shadowRoot;
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const cut = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const box = text.parentElement.closest('button, .avis-niveau, .avis-panneau');
    const scrolls = box.matches('.avis-panneau');
    const outer = box.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const beside = left < outer.left - 1 || right > outer.right + 1;
      const above = !scrolls && (top < outer.top - 1 || bottom > outer.bottom + 1);
      if (beside || above) cut.push(text.data);
    }
  }
  return cut;
}"""
ADOPT = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const root = document.querySelector('mon-avis').shadowRoot;
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}"""
# WCAG 2.2, 1.4.12
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important } p { margin-bottom: 2em !important }"""


def cut_text(page: Page) -> list[str]:
    """Every text that leaves its button, its level or the panel, in a large and a small window."""
    found: list[str] = []
    for size in (WIDE, SMALL):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += page.evaluate(CUT)
    return found


def test_a_person_who_spaces_text_out_is_obeyed(page: Page, place: Place) -> None:
    page.goto(page_with(place, SPACED))
    open_dialog(page)
    legend = page.get_by_text("Comment s’est passée cette démarche")
    for part in (opener(page), legend, page.locator("textarea"), send_button(page)):
        expect(part).to_have_css("letter-spacing", "1.92px")
        expect(part).to_have_css("word-spacing", "2.56px")
    assert cut_text(page) == []


def test_nothing_is_cut_when_the_browser_itself_spaces_text_out(page: Page, place: Place) -> None:
    page.goto(page_with(place, SPACED))
    open_dialog(page)
    # A style of the browser, unlike one of the page, reaches into every shadow root.
    page.evaluate(ADOPT, SPACED)
    expect(page.locator("h2.avis-titre")).to_have_css("letter-spacing", "2.64px")
    assert cut_text(page) == []
    send_button(page).click()
    page.locator(".avis-erreur").wait_for()
    choose(page, "Bien")
    assert cut_text(page) == []
    page.evaluate(ADOPT, "button { width: 4em; white-space: nowrap }")
    assert set(cut_text(page)) == {LINK, "Fermer", "Envoyer mon avis"}


SIDES = """(e) => ['Top', 'Right', 'Bottom', 'Left'].map(
  (side) => parseFloat(getComputedStyle(e)[`border${side}Width`]))"""


def test_in_forced_colours_shapes_say_what_colours_said(new_page: NewPage, place: Place) -> None:
    page = new_page(forced_colors="active", color_scheme="dark")
    use(page, place.on_a_page())
    page.reload()
    open_dialog(page)
    choose(page, "Bien")
    for part in (opener(page), dialog(page), page.locator("textarea"), send_button(page)):
        assert min(part.evaluate(SIDES)) >= 1
    chosen, other = (level(page, label).locator("..").evaluate(SIDES) for label in ("Bien", "Mal"))
    assert chosen > other
    face = page.locator("label.avis-niveau svg").first
    text = page.get_by_text("Mal", exact=True).evaluate("(e) => getComputedStyle(e).color")
    expect(face).to_have_css("color", text)


# Our style


WITNESSES = """
<h2 class="temoin avis-titre">Titre</h2>
<p class="temoin avis-surface avis-erreur">Un paragraphe</p>
<a class="temoin avis-lien" href="#">Un lien</a>
<button class="temoin avis-bouton">Un bouton</button>
<input class="temoin avis-radio" type="radio">
<dialog class="temoin avis-dialogue" open>Une fenêtre</dialog>
"""
COMPUTED = """() => [document.documentElement, ...document.querySelectorAll('.temoin')].map((e) => {
  const style = getComputedStyle(e);
  const ours = ['--avis-fond', '--avis-accent'].map((name) => style.getPropertyValue(name));
  return [e.localName, ...ours, ...[...style].map((name) => style.getPropertyValue(name))];
})"""


def test_our_style_does_not_reach_the_page(page: Page, place: Place) -> None:
    page.goto(place.host.page(WITNESSES))
    without = page.evaluate(COMPUTED)
    assert [name for name, *_ in without] == ["html", "h2", "p", "a", "button", "input", "dialog"]
    # Below, in a box of its own, so that nothing of the page has to make room.
    body = f'{WITNESSES}<div style="position: absolute; top: 40em">{place.snippet()}</div>'
    page.goto(place.host.page(body))
    expect(opener(page)).to_be_visible()
    assert page.evaluate(COMPUTED) == without
    open_dialog(page)
    choose(page, "Bien")
    page.get_by_role("button", name="Fermer").click()
    assert page.evaluate(COMPUTED) == without
    releases = Releases()
    page.add_style_tag(content=releases.file(releases.newest, "avis.css").content.decode())
    assert page.evaluate(COMPUTED) != without


# Paper


def test_on_paper_there_is_neither_button_nor_window(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    page.emulate_media(media="print")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_hidden()
    expect(page.get_by_text("Vous pouvez fermer cette page.")).to_be_visible()
    page.emulate_media(media="screen")
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


def test_an_avis_is_given_on_a_page_zoomed_by_its_style(page: Page, place: Place) -> None:
    use(page, page_with(place, "html { zoom: 2 }"))
    assert place.notes() == [{"satisfaction": 3}]
