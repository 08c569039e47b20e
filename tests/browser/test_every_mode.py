"""What holds for one way to the form holds for all: axe, keyboard, small screens, words, style."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Frame, Page, Playwright, expect

from tests.browser.conftest import launch
from tests.browser.stage import (
    LINK,
    Host,
    NewPage,
    Place,
    comment,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
    until,
)
from tests.browser.test_accessibility import COLOURS, EVERYTHING, SPILLING, violations
from tests.browser.test_any_style import ADOPT, SPACED, hexadecimal
from tests.browser.test_contrast import SHAPE, contrast
from tests.browser.test_keyboard import press

Inside = Page | Frame
"""Where the form is: the window, or the frame in it."""


@dataclass(frozen=True)
class Mode:
    """One way to the form: by an element with these attributes or, without one, on its own page."""

    attributes: str | None

    @property
    def framed(self) -> bool:
        return "cadre" in (self.attributes or "")

    @property
    def behind_a_button(self) -> bool:
        return self.attributes is not None and "integre" not in self.attributes

    def url(self, place: Place, langue: str = "fr") -> str:
        if self.attributes is None:
            return f"{place.form}?lang={langue}"
        return place.host.page(place.snippet_with(self.attributes), lang=langue)


MODES = {
    "dialogue": Mode('affichage="dialogue"'),
    "integre": Mode('affichage="integre"'),
    "flottant": Mode('affichage="flottant"'),
    "dialogue-cadre": Mode('affichage="dialogue" isolation="cadre"'),
    "integre-cadre": Mode('affichage="integre" isolation="cadre"'),
    "page": Mode(None),
}

every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
# Once open, the panel of the corner is that of the dialogue.
PANELS = {name: mode for name, mode in MODES.items() if name != "flottant"}
every_panel = pytest.mark.parametrize("mode", PANELS.values(), ids=PANELS)


def open_form(page: Page, mode: Mode) -> Inside:
    """Go through the button, if there is one, to the questions, in any language."""
    if mode.behind_a_button:
        page.locator(".avis-bouton").first.click()
    inside: Inside = page
    if mode.framed:
        page.locator(".avis-cadre").wait_for()
        inside = page.frames[1]
    inside.get_by_role("radio").first.wait_for()
    return inside


def visit(page: Page, place: Place, mode: Mode, langue: str = "fr") -> Inside:
    """Come to the page and to the form; where it is."""
    page.goto(mode.url(place, langue))
    return open_form(page, mode)


def send(inside: Inside) -> None:
    inside.locator("button[type=submit]").click()


def send_nothing(inside: Inside) -> None:
    send(inside)
    inside.locator("p.avis-erreur").first.wait_for()


def send_an_answer(inside: Inside) -> None:
    inside.get_by_role("radio").first.check()
    send(inside)
    inside.locator(".avis-fin").wait_for()


# axe


def dress(page: Page, mode: Mode, theme: str) -> None:
    """Dark or light, by the attribute against what the system says or, in a frame, by both."""
    sombre = theme == "sombre"
    direct = mode.attributes is not None and not mode.framed
    page.emulate_media(color_scheme="dark" if sombre != direct else "light")
    if mode.attributes is not None:
        page.locator("mon-avis").evaluate("(e, theme) => { e.setAttribute('theme', theme) }", theme)


def faults(page: Page, mode: Mode, state: str) -> list[str]:
    """Every violation in sight, and those of colours in the other theme too, in the element and
    inside its frame."""
    found: list[str] = []
    for theme, rules in (("clair", EVERYTHING), ("sombre", COLOURS)):
        dress(page, mode, theme)
        seen = [
            each
            for frame in page.frames[1:]
            for each in violations(cast(Page, frame), "html", rules)
        ]
        # Around a frame nothing changes any more once it is there.
        if not seen and (state in ("closed", "open") or not mode.framed):
            seen = violations(page, "html" if mode.attributes is None else "mon-avis", rules)
        found += [f"{state}, {theme}: {each}" for each in seen]
    return found


def faults_of_a_visit(page: Page, place: Place, mode: Mode, langue: str) -> list[str]:
    """The same from the page one comes to until the thanks."""
    page.goto(mode.url(place, langue))
    found = faults(page, mode, "closed") if mode.behind_a_button else []
    inside = open_form(page, mode)
    found += faults(page, mode, "open")
    send_nothing(inside)
    found += faults(page, mode, "error")
    send_an_answer(inside)
    return found + faults(page, mode, "thanks")


@pytest.mark.parametrize("langue", ["fr", "en"])
@every_mode
def test_axe_finds_nothing_from_the_button_to_the_thanks(
    page: Page, place: Place, mode: Mode, langue: str
) -> None:
    assert faults_of_a_visit(page, place, mode, langue) == []


def test_axe_finds_nothing_around_a_link_that_stays(page: Page, place: Place) -> None:
    page.goto(Mode('affichage="lien"').url(place))
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    assert violations(page, "mon-avis") == []


A_BUTTON_WITHOUT_A_NAME_AND_PALE_WORDS = """(form) => {
  const pale = document.createElement('p');
  pale.textContent = 'Pâle';
  Object.assign(pale.style, { color: '#777', background: '#888' });
  form.append(document.createElement('button'), pale);
}"""


def test_axe_does_find_faults_inside_the_frame(page: Page, place: Place) -> None:
    mode = MODES["dialogue-cadre"]
    inside = visit(page, place, mode)
    inside.locator("form").evaluate(A_BUTTON_WITHOUT_A_NAME_AND_PALE_WORDS)
    assert violations(page, "html") == []
    told = [each.partition(": [")[0] for each in faults(page, mode, "open")]
    assert told == [
        "open, clair: button-name",
        "open, clair: color-contrast",
        "open, sombre: color-contrast",
    ]


# Keyboard and focus


@every_panel
def test_arrows_go_round_a_question_and_tab_leaves_it(page: Page, place: Place, mode: Mode) -> None:
    inside = visit(page, place, mode)
    level(inside, "Mal").focus()
    for key, label in (
        ("ArrowLeft", "Bien"),
        ("ArrowRight", "Mal"),
        ("ArrowDown", "Ni bien ni mal"),
    ):
        press(page, key)
        expect(level(inside, label)).to_be_focused()
        expect(level(inside, label)).to_be_checked()
    press(page, "Tab")
    expect(level(inside, "Très difficile")).to_be_focused()
    press(page, "Shift+Tab")
    expect(level(inside, "Ni bien ni mal")).to_be_focused()
    expect(send_button(inside)).to_be_visible()


def test_the_form_of_the_corner_opens_and_closes_with_the_keyboard(
    page: Page, place: Place
) -> None:
    page.goto(MODES["flottant"].url(place))
    for closing in ("Escape", "Enter"):
        opener(page).focus()
        press(page, "Enter")
        expect(dialog(page)).to_be_visible()
        expect(dialog(page).locator("h2.avis-titre")).to_be_focused()
        press(page, "Tab")
        expect(page.get_by_role("button", name="Fermer", exact=True)).to_be_focused()
        press(page, closing)
        expect(dialog(page)).to_be_hidden()
        expect(opener(page)).to_be_focused()


def test_the_form_of_the_corner_keeps_what_was_typed(page: Page, place: Place) -> None:
    inside = visit(page, place, MODES["flottant"])
    page.mouse.click(5, 300)
    expect(dialog(page)).to_be_hidden()
    open_dialog(page)
    comment(inside).fill("À moitié écrit")
    page.mouse.click(5, 300)
    expect(dialog(page)).to_be_visible()
    press(page, "Escape")
    expect(opener(page)).to_be_focused()
    opener(page).click()
    expect(comment(page)).to_have_value("À moitié écrit")


@every_panel
def test_a_missing_answer_is_told_where_it_is_missing(page: Page, place: Place, mode: Mode) -> None:
    inside = visit(page, place, mode)
    question = inside.get_by_role("radiogroup").first
    expect(question).to_have_accessible_description("")
    send_nothing(inside)
    expect(question).to_have_accessible_description("Choisissez une réponse à cette question.")
    expect(question).to_have_attribute("aria-invalid", "true")
    expect(level(inside, "Mal")).to_be_focused()
    expect(send_button(inside)).to_be_enabled()
    assert place.avis() == []


@every_mode
def test_the_thanks_are_a_status_that_takes_the_focus(page: Page, place: Place, mode: Mode) -> None:
    inside = visit(page, place, mode)
    send_an_answer(inside)
    status = inside.get_by_role("status").filter(has=thanks(inside))
    expect(status).to_have_count(1)
    expect(status).to_be_focused()
    expect(thanks(inside)).to_be_in_viewport()
    assert place.notes() == [{"satisfaction": 1}]


# Small screens, large and spaced text

SMALL, NARROW = {"width": 320, "height": 256}, {"width": 320, "height": 640}

LOST = """() => {
  const root = document.querySelector('mon-avis')?.shadowRoot ?? document.body;
  const scrolling = [document.scrollingElement, ...root.querySelectorAll('.avis-panneau, form')];
  const lost = scrolling.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.localName);
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const box = text.parentElement?.closest('button, .avis-niveau');
    if (text.parentElement?.closest('.page-piege')) continue;
    const outer = box?.getBoundingClientRect() ?? { top: -Infinity, bottom: Infinity };
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const beside = left < (outer.left ?? 0) - 1 || right > (outer.right ?? innerWidth) + 1;
      if (beside || top < outer.top - 1 || bottom > outer.bottom + 1) lost.push(text.data.trim());
    }
  }
  return lost;
}"""
SPACE_OUT = ADOPT.replace(
    "document.querySelector('mon-avis').shadowRoot",
    "document.querySelector('mon-avis')?.shadowRoot ?? document",
)
ON_TOP = """(e) => {
  const { x, y, width, height } = e.getBoundingClientRect();
  return e.contains(e.getRootNode().elementFromPoint(x + width / 2, y + height / 2));
}"""


def lost(page: Page, inside: Inside) -> list[str]:
    """What is cut, spills over or makes anything scroll sideways, around the form and in it."""
    found: list[str] = []
    if inside is not page:
        # As high as what it shows: its height is told a moment after it has loaded.
        until(inside, "innerHeight >= document.documentElement.offsetHeight")
    for view in {page, inside}:
        found += view.evaluate(LOST) + view.evaluate(SPILLING)
    return found


def reach_the_end(page: Page, inside: Inside) -> None:
    """Get from the first question to the button that sends by Tab, and see it whole."""
    inside.get_by_role("radio").first.focus()
    for _ in range(12):
        press(page, "Tab")
        if inside.locator("button[type=submit]:focus").count():
            break
    expect(send_button(inside)).to_be_focused()
    expect(send_button(inside)).to_be_in_viewport(ratio=1)
    assert send_button(inside).evaluate(ON_TOP)


def lose_nothing(page: Page, inside: Inside) -> None:
    """From the questions to the thanks, by way of a missing answer."""
    assert lost(page, inside) == []
    reach_the_end(page, inside)
    send_nothing(inside)
    assert lost(page, inside) == []
    send_an_answer(inside)
    expect(thanks(inside)).to_be_in_viewport()
    assert lost(page, inside) == []


@pytest.fixture(scope="module")
def twice_as_large(playwright: Playwright) -> Iterator[Browser]:
    """The browser of a person who set text twice as large."""
    with launch(playwright, "--blink-settings=defaultFontSize=32") as browser:
        yield browser


@every_mode
def test_nothing_is_lost_at_320_by_256(new_page: NewPage, place: Place, mode: Mode) -> None:
    page = new_page(viewport=SMALL)
    lose_nothing(page, visit(page, place, mode))


@every_panel
def test_nothing_is_lost_with_text_twice_as_large(
    twice_as_large: Browser, place: Place, mode: Mode
) -> None:
    with twice_as_large.new_context(viewport=NARROW, locale="fr-FR") as context:  # type: ignore[arg-type]
        page = context.new_page()
        inside = visit(page, place, mode)
        expect(send_button(inside)).to_have_css("font-size", "32px")
        lose_nothing(page, inside)


@every_panel
def test_nothing_is_lost_with_text_spaced_out(new_page: NewPage, place: Place, mode: Mode) -> None:
    page = new_page(viewport=NARROW)
    inside = visit(page, place, mode)
    for view in {page, inside}:
        view.evaluate(SPACE_OUT, SPACED)
    expect(send_button(inside)).to_have_css("letter-spacing", "1.92px")
    assert lost(page, inside) == []
    reach_the_end(page, inside)
    send_nothing(inside)
    assert lost(page, inside) == []


def test_what_is_lost_would_be_seen(new_page: NewPage, place: Place) -> None:
    page = new_page(viewport=SMALL)
    inside = visit(page, place, MODES["dialogue-cadre"])
    inside.evaluate(SPACE_OUT, "button[type=submit] { width: 4em; white-space: nowrap }")
    assert lost(page, inside) == ["Envoyer mon avis"]
    inside.evaluate(SPACE_OUT, "textarea { width: 30em !important }")
    assert "textarea.avis-texte" in lost(page, inside)


TARGETS = """() => {
  const root = document.querySelector('mon-avis')?.shadowRoot ?? document.body;
  const all = root.querySelectorAll('button, a[href], textarea, .avis-niveau, input:not(label *)');
  const seen = [...all].filter((e) => e.checkVisibility() && !e.closest('.page-piege'));
  return seen.map((e) => {
    const { width, height } = e.getBoundingClientRect();
    return [e.innerText || e.localName, Math.min(width, height)];
  });
}"""


def targets(page: Page, inside: Inside) -> list[tuple[str, float]]:
    """Everything one can hit: what it says, and its smaller side."""
    return [tuple(each) for view in {page, inside} for each in view.evaluate(TARGETS)]


@every_mode
def test_every_target_is_large_enough_for_a_finger(page: Page, place: Place, mode: Mode) -> None:
    page.goto(mode.url(place))
    before = targets(page, page) if mode.behind_a_button else []
    inside = open_form(page, mode)
    found = targets(page, inside)
    assert {"Mal", "Envoyer mon avis", "textarea"} <= {name for name, _ in found}
    assert [target for target in before + found if target[1] < 24] == []


# Forced colours, no motion

BORDER = """(e) => {
  const { borderTopStyle, borderTopWidth, borderTopColor } = getComputedStyle(e);
  return [borderTopStyle, parseFloat(borderTopWidth) >= 1, borderTopColor];
}"""


@every_panel
def test_in_forced_colours_a_level_nobody_chose_has_its_outline(
    new_page: NewPage, place: Place, mode: Mode
) -> None:
    page = new_page(forced_colors="active")
    inside = visit(page, place, mode)
    radio = level(inside, "Ni bien ni mal")
    for scheme, canvas in (("light", "#ffffff"), ("dark", "#000000")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(radio).to_have_css("appearance", "auto")
        style, thick, colour = radio.locator("..").evaluate(BORDER)
        assert (style, thick) == ("solid", True)
        assert contrast(hexadecimal(colour), canvas) >= SHAPE


MOVING = """() => {
  const root = document.querySelector('mon-avis')?.shadowRoot ?? document;
  const parts = ['', '::before', '::after', '::backdrop'];
  const styles = [...root.querySelectorAll('*')].flatMap((e) => parts.map((part) => {
    const style = getComputedStyle(e, part);
    const { transitionDuration, animationName, scrollBehavior } = style;
    return [e.localName + part, transitionDuration, animationName, scrollBehavior].join(' ');
  }));
  return styles.filter((each) => !each.endsWith(' 0s none auto'));
}"""


@every_panel
def test_nothing_moves_by_itself(page: Page, place: Place, mode: Mode) -> None:
    inside = visit(page, place, mode)
    assert [view.evaluate(MOVING) for view in (page, inside)] == [[], []]
    inside.evaluate(SPACE_OUT, "button[type=submit] { transition: color 1s }")
    assert inside.evaluate(MOVING) == ["button 1s none auto"]


# Frames have names, pages have titles


@pytest.mark.parametrize("name", ["dialogue-cadre", "integre-cadre"])
def test_the_frame_says_what_it_is_and_its_page_says_thanks(
    page: Page, place: Place, name: str
) -> None:
    inside = visit(page, place, MODES[name])
    frame = page.locator(".avis-cadre")
    expect(frame).to_have_attribute("title", "Je donne mon avis – Demander une carte")
    assert inside.evaluate("document.title") == "Je donne mon avis – Demander une carte"
    send_nothing(inside)
    told = inside.evaluate("document.title")
    assert told == "Il manque une réponse – Je donne mon avis – Demander une carte"
    send_an_answer(inside)
    told = inside.evaluate("document.title")
    assert told == "Merci, votre avis est enregistré. – Demander une carte"
    expect(frame).to_have_attribute("title", told)


# One form, one wording, one style

WORDS = """(form) => [...form.children]
  .filter((e) => !e.matches('.page-piege'))
  .map((e) => e.innerText.replaceAll(/\\s+/g, ' ').trim())
  .filter(Boolean)"""
STYLED = ("fieldset", "legend", ".avis-niveau", ".avis-radio", ".avis-libelle", ".avis-aide",
          "textarea", ".avis-vie-privee", "button[type=submit]")  # fmt: skip
# What depends on how wide the form is, by a few pixels; and what browsers do in a dialog.
MEASURED = (
    r"^(user-select|width|height|(inline|block)-size|(perspective|transform)-origin|grid-template-)"
)
STYLES = """(form, [selectors, measured]) => selectors.map((selector) => {
  const style = getComputedStyle(form.querySelector(selector));
  const names = [...style].filter((name) => !name.match(measured) && !name.startsWith('--'));
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
})"""


def words(inside: Inside) -> list[str]:
    """What each part of the form says, in order."""
    found: list[str] = inside.locator("form").evaluate(WORDS)
    return found


def heard(inside: Inside) -> list[str]:
    """Roles and names in the order of assistive tools; a status that says nothing is not heard."""
    lines = inside.locator("form").aria_snapshot().splitlines()
    return [line for line in lines if line.strip() != "- status"]


def styles(inside: Inside) -> dict[str, dict[str, str]]:
    """Everything computed for one of each part, but sizes."""
    form = inside.locator("form")
    return dict(zip(STYLED, form.evaluate(STYLES, [STYLED, MEASURED]), strict=True))


@pytest.mark.parametrize("langue", ["fr", "en"])
def test_every_mode_asks_the_same_in_the_same_words(page: Page, place: Place, langue: str) -> None:
    seen, read = {}, {}
    for name, mode in MODES.items():
        inside = visit(page, place, mode, langue)
        seen[name], read[name] = words(inside), heard(inside)
    assert len(seen["page"]) > 5
    assert len(read["page"]) > 15
    assert [name for name in MODES if seen[name] != seen["page"]] == []
    assert [name for name in MODES if read[name] != read["page"]] == []


@pytest.mark.parametrize("width", [400, 1000])
def test_every_mode_looks_the_same(new_page: NewPage, place: Place, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 700})
    expected = styles(visit(page, place, MODES["page"]))
    assert len(expected["legend"]) > 200
    for name, mode in MODES.items():
        assert (name, styles(visit(page, place, mode))) == (name, expected)


def test_another_wording_or_another_look_would_be_seen(page: Page, place: Place) -> None:
    inside = visit(page, place, MODES["dialogue"])
    before = words(inside), heard(inside), styles(inside)
    inside.locator("legend").first.evaluate("(e) => { e.textContent += '!' }")
    inside.evaluate(SPACE_OUT, "legend { padding-top: 1px !important }")
    after = words(inside), heard(inside), styles(inside)
    assert [one == other for one, other in zip(before, after, strict=True)] == [False] * 3


# What the script costs

BUDGET_MS = 50
LOADS = 5


class Processor:
    """The time scripts take on a processor four times as slow; another program's does not count."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def script_ms(self) -> float:
        """Since the page was come to."""
        metrics: list[dict[str, Any]] = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(m["value"]) for m in metrics if m["name"] == "ScriptDuration")


@pytest.mark.parametrize("name", ["dialogue", "integre"])
def test_the_script_takes_little_of_a_slow_processor(page: Page, place: Place, name: str) -> None:
    processor = Processor(page)
    url = MODES[name].url(place)
    spent = []
    for _ in range(LOADS):
        page.goto(url)
        expect(opener(page).or_(level(page, "Bien"))).to_be_visible()
        spent.append(processor.script_ms())
    assert 0 < median(spent) <= BUDGET_MS


def test_a_script_that_takes_long_would_be_seen(page: Page, host: Host) -> None:
    processor = Processor(page)
    # Work, not a time: beside other programs little is done in that.
    busy = "<script>let sum = 0; for (let i = 0; i < 1e7; i += 1) sum += Math.sqrt(i);</script>"
    page.goto(host.page(busy))
    assert processor.script_ms() > BUDGET_MS


def test_the_link_under_the_thanks_is_large_enough_for_a_finger(page: Page, place: Place) -> None:
    inside = visit(page, place, MODES["page"])
    send_an_answer(inside)
    found = targets(page, inside)
    assert [" ".join(name.split()) for name, _ in found] == [
        "Voir les résultats de cette démarche", "Vie privée", "Accessibilité : non conforme",
    ]  # fmt: skip
    assert [target for target in found if target[1] < 24] == []


@pytest.mark.parametrize("name", ["dialogue-cadre", "integre-cadre"])
def test_a_theme_that_was_chosen_reaches_into_the_frame(
    new_page: NewPage, place: Place, name: str
) -> None:
    page = new_page(color_scheme="light")
    mode = MODES[name]
    inside = visit(page, place, Mode(f'{mode.attributes} theme="sombre"'))
    background = "(e) => getComputedStyle(e).backgroundColor"
    around = page.locator(".avis-dialogue, .avis-integre").evaluate(background)
    assert inside.locator("body").evaluate(background) == around


@pytest.mark.parametrize("viewport", [SMALL, NARROW], ids=["small", "narrow"])
def test_the_button_of_the_corner_is_seen_whole_with_text_twice_as_large(
    twice_as_large: Browser, place: Place, viewport: dict[str, int]
) -> None:
    with twice_as_large.new_context(viewport=viewport, locale="fr-FR") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(MODES["flottant"].url(place))
        opener(page).scroll_into_view_if_needed()
        expect(opener(page)).to_be_in_viewport(ratio=1)
        box = opener(page).bounding_box()
        assert box is not None
        # Some lines, not a letter on each.
        assert box["height"] < 256
