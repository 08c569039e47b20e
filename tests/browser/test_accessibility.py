"""axe on every part of ours, in both themes and languages; and nothing lost on a small screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.conftest import launch
from tests.browser.stage import (
    Host,
    NewPage,
    Place,
    choose,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)

TAGS = (
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice",
)  # fmt: skip
EVERYTHING = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What another theme may get wrong: it changes nothing else."""

Show = Callable[[Page, Place], object]
"""Brings a page into the state to look at."""


def violations(page: Page, part: str, rules: Mapping[str, object] = EVERYTHING) -> list[str]:
    """« rule: element » for each violation in the elements of `part`, shadow roots included."""
    if not page.evaluate("'axe' in window"):  # half a megabyte
        page.evaluate(AXE_SCRIPT)
    # A frame of another origin does not answer, and axe would wait for it.
    options = {"runOnly": rules, "resultTypes": ["violations"], "iframes": False}
    found = page.evaluate("([part, options]) => axe.run(part, options)", [part, options])
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]
    ]


def show_closed(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    opener(page).wait_for()


def show_open(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)


def show_first_answer(page: Page, place: Place) -> None:
    show_open(page, place)
    choose(page, "Bien")


def show_error(page: Page, place: Place) -> None:
    show_open(page, place)
    send_button(page).click()
    page.locator(".avis-erreur").wait_for()


def show_failure(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(place.ailleurs))
    opener(page).click()
    page.locator(".avis-echec").wait_for()


def show_thanks(page: Page, place: Place) -> None:
    show_open(page, place)
    choose(page, "Bien")
    send_button(page).click()
    thanks(page).wait_for()


def show_form(page: Page, place: Place) -> None:
    page.goto(place.form)
    level(page, "Bien").check()


def show_form_in_english(page: Page, place: Place) -> None:
    page.goto(f"{place.form}?lang=en")


def show_form_error(page: Page, place: Place) -> None:
    page.goto(place.form)
    send_button(page).click()
    page.locator(".avis-erreur").wait_for()


def show_form_thanks(page: Page, place: Place) -> None:
    show_form(page, place)
    send_button(page).click()
    thanks(page).wait_for()


def show_results(page: Page, place: Place) -> None:
    place.record(8, satisfaction=3)
    place.record(4, satisfaction=1)
    page.goto(place.results)
    expect(page.locator(".page-n")).to_have_text("12")


def show_too_few_results(page: Page, place: Place) -> None:
    page.goto(place.results)


def show_results_in_english(page: Page, place: Place) -> None:
    place.record(12, satisfaction=2)
    page.goto(f"{place.results}?lang=en")
    expect(page.locator(".page-n")).to_have_text("12")


def show_printed_results(page: Page, place: Place) -> None:
    show_results(page, place)
    page.emulate_media(media="print")
    expect(page.locator(".page-affiche-note")).to_be_visible()


def show_list_in_english(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/resultats/?lang=en&tri=avis")


def show_method(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/resultats/methode")


def show_method_in_english(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/resultats/methode?lang=en")


def show_privacy(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/confidentialite")


def show_what_is_kept(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/confidentialite/en-bref?lang=en")


def show_privacy_in_english(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/confidentialite?lang=en")


def show_record_of_processing(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/confidentialite/registre")


def show_accessibility_in_english(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/accessibilite?lang=en")


def show_accessibility(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/accessibilite")


def show_list(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/resultats/")


def show_refusal(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/resultats/nulle-part")


def show_closed_form(page: Page, place: Place) -> None:
    page.goto(f"{place.server.url}/f/{place.ferme}")


WIDGET: list[Show] = [
    show_closed, show_open, show_first_answer, show_error, show_failure, show_thanks,
]  # fmt: skip
PAGES: list[Show] = [
    show_form, show_form_in_english, show_form_error, show_form_thanks,
    show_results, show_results_in_english, show_printed_results, show_too_few_results,
    show_list, show_list_in_english, show_method, show_method_in_english,
    show_refusal, show_closed_form, show_privacy, show_what_is_kept, show_accessibility,
    show_privacy_in_english, show_record_of_processing, show_accessibility_in_english,
]  # fmt: skip


def named(show: Show) -> str:
    return getattr(show, "__name__", "").removeprefix("show_")


THEMES = {"light": EVERYTHING, "dark": COLOURS}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("show", WIDGET, ids=named)
def test_axe_finds_nothing_in_the_widget(
    new_page: NewPage, place: Place, show: Show, theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, place)
    assert violations(page, "mon-avis", THEMES[theme]) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("show", PAGES, ids=named)
def test_axe_finds_nothing_on_our_pages(
    new_page: NewPage, place: Place, show: Show, theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, place)
    assert violations(page, "html", THEMES[theme]) == []


def test_axe_does_find_faults_in_a_shadow_root(page: Page, host: Host) -> None:
    page.goto(host.page("<mon-avis></mon-avis>"))
    page.evaluate(
        "document.querySelector('mon-avis').attachShadow({ mode: 'open' }).innerHTML ="
        "'<button></button><input><p style=\"color:#bbb;background:#fff\">Pâle</p>'"
    )
    found = violations(page, "mon-avis")
    rules = {rule.partition(":")[0] for rule in found}
    assert {"button-name", "color-contrast", "label"} <= rules
    assert {each.partition(":")[0] for each in violations(page, "mon-avis", COLOURS)} == {
        "color-contrast"
    }
    assert "'mon-avis', 'button'" in "".join(found)


def test_axe_does_find_faults_on_a_page(page: Page, host: Host) -> None:
    page.goto(host.serve("<title></title><h3>Sans langue</h3><img src=x>", "text/html"))
    found = {rule.partition(":")[0] for rule in violations(page, "html")}
    assert {"document-title", "html-has-lang", "image-alt", "landmark-one-main"} <= found


# Small screens and large text

SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
SPILLING = """() => {
  const roots = [document, document.querySelector('mon-avis')?.shadowRoot].filter(Boolean);
  const ours = roots.flatMap((root) => [...root.querySelectorAll('.avis-surface *')]);
  const spared = '.page-defile, .page-piege, .page-invisible, .page-carte table';
  return ours.filter((e) => !e.closest(spared)
      && e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.localName}.${e.className.baseVal ?? e.className}`);
}"""


@pytest.fixture(scope="module")
def large_text(playwright: Playwright) -> Iterator[Browser]:
    """The browser of a person who set text twice as large."""
    with launch(playwright, "--blink-settings=defaultFontSize=32") as browser:
        yield browser


@pytest.mark.parametrize("show", [*WIDGET, *PAGES], ids=named)
def test_nothing_spills_over_at_320_by_256(new_page: NewPage, place: Place, show: Show) -> None:
    page = new_page(viewport={"width": 320, "height": 256})
    show(page, place)
    assert (page.evaluate(SIDEWAYS), page.evaluate(SPILLING)) == (0, [])


@pytest.mark.parametrize("show", [show_error, show_form_error, show_results, show_list], ids=named)
def test_nothing_spills_over_with_text_twice_as_large(
    large_text: Browser, place: Place, show: Show
) -> None:
    with large_text.new_context(viewport={"width": 320, "height": 640}, locale="fr-FR") as context:
        page = context.new_page()
        show(page, place)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        assert page.evaluate(SPILLING) == []


TARGETS = """() => {
  const roots = [document, document.querySelector('mon-avis')?.shadowRoot].filter(Boolean);
  const sizes = roots.flatMap((root) => [...root.querySelectorAll(
    '.avis-surface :is(button, .avis-niveau, .avis-lien, textarea, .page-langue a)')]);
  return sizes.map((e) => [e.className, e.getBoundingClientRect().height])
    .filter(([, height]) => height > 0);
}"""


@pytest.mark.parametrize("show", [show_open, show_failure, show_form], ids=named)
def test_targets_are_large_enough_for_a_finger(page: Page, place: Place, show: Show) -> None:
    show(page, place)
    targets = page.evaluate(TARGETS)
    assert targets
    assert [target for target in targets if target[1] < 24] == []
    assert [name for name, height in targets if "avis-niveau" in name and height < 44] == []


def test_in_forced_colours_the_system_draws_the_radios(new_page: NewPage, place: Place) -> None:
    page = new_page(forced_colors="active")
    show_open(page, place)
    expect(level(page, "Bien")).to_have_css("appearance", "auto")
    page.emulate_media(forced_colors="none")
    expect(level(page, "Bien")).to_have_css("appearance", "none")
