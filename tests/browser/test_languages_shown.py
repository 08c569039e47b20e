"""Every language that is shipped, shown: its words, its direction, and axe in two of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collector.domain import sens
from tests.browser.stage import Host, NewPage, Place, a_database
from tests.browser.test_every_mode import (
    MODES,
    PANELS,
    SMALL,
    Mode,
    faults_of_a_visit,
    heard,
    lost,
    send_an_answer,
    send_nothing,
    visit,
    words,
)
from tests.world import a_server

LANGUES = ("fr", "en", "es", "de", "it", "pt", "ar")
SHOWN = ("dialogue", "integre", "page")
TEXTES = Path(__file__).parents[2] / "schemas" / "textes"
AROUND = """(form) => ['lang', 'dir'].map(
  (name) => form.closest(`[${name}]`).getAttribute(name))"""

every_panel = pytest.mark.parametrize("mode", PANELS.values(), ids=PANELS)


@pytest.fixture(scope="module")
def places(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Place]]:
    """Démarches of a collector that serves every language."""
    path, made = a_database(tmp_path_factory.mktemp("langues"), host.origin, 60)
    with a_server(path, langues=",".join(LANGUES)) as server:
        yield (Place(server, host, id, slug) for id, slug in made.items())


def said(langue: str) -> dict[str, str]:
    """The words of a language, as they are shipped."""
    textes: dict[str, str] = json.loads((TEXTES / f"{langue}.json").read_text("utf-8"))
    return textes


@pytest.mark.parametrize("langue", LANGUES[2:])
@pytest.mark.parametrize("name", SHOWN)
def test_axe_finds_nothing_in_a_language_that_was_added(
    page: Page, place: Place, name: str, langue: str
) -> None:
    assert faults_of_a_visit(page, place, MODES[name], langue) == []


@pytest.mark.parametrize("langue", LANGUES)
def test_the_form_speaks_the_language_around_it(page: Page, place: Place, langue: str) -> None:
    inside = visit(page, place, MODES["dialogue"], langue)
    expect(page.get_by_role("dialog", name=said(langue)["titre"])).to_be_visible()
    assert inside.locator("form").evaluate(AROUND) == [langue, sens(langue)]
    send_an_answer(inside)
    heading = page.get_by_role("heading", name=said(langue)["merci_titre"])
    expect(heading).to_be_visible()
    close = page.get_by_role("button", name=said(langue)["fermer"], exact=True)
    expect(close).to_be_visible()


def test_a_language_nobody_serves_is_answered_in_french(page: Page, place: Place) -> None:
    for mode in PANELS.values():
        inside = visit(page, place, mode, "nl")
        assert inside.locator("form").evaluate(AROUND) == ["fr", "ltr"]


@every_panel
def test_arabic_is_read_and_written_from_right_to_left(
    page: Page, place: Place, mode: Mode
) -> None:
    inside = visit(page, place, mode, "ar")
    assert inside.locator("form").evaluate(AROUND) == ["ar", "rtl"]
    field = inside.locator("textarea")
    expect(field).to_have_css("direction", "rtl")
    expect(field).to_have_css("text-align", "start")
    first, last = (inside.get_by_role("radio").nth(rank).bounding_box() for rank in (0, 2))
    assert first is not None
    assert last is not None
    assert first["x"] > last["x"]


def test_a_framed_page_has_its_title_in_its_language(page: Page, place: Place) -> None:
    inside = visit(page, place, MODES["dialogue-cadre"], "ar")
    assert inside.evaluate("document.documentElement.dir") == "rtl"
    assert inside.evaluate("document.title").startswith(said("ar")["titre"])
    send_nothing(inside)
    assert inside.evaluate("document.title").startswith(said("ar")["erreur_titre"])
    send_an_answer(inside)
    assert inside.evaluate("document.title").startswith(said("ar")["merci_titre"])


@pytest.mark.parametrize("langue", ["ar", "de"])
def test_every_mode_asks_the_same_in_a_language_that_was_added(
    page: Page, place: Place, langue: str
) -> None:
    seen = {name: words(visit(page, place, mode, langue)) for name, mode in PANELS.items()}
    assert [name for name in PANELS if seen[name] != seen["page"]] == []
    assert seen["page"] != words(visit(page, place, MODES["page"], "fr"))
    assert len(heard(page)) > 15


@pytest.mark.parametrize("langue", ["ar", "de"])
@pytest.mark.parametrize("name", SHOWN)
def test_nothing_is_lost_at_320_by_256_in_a_language_that_was_added(
    new_page: NewPage, place: Place, name: str, langue: str
) -> None:
    page = new_page(viewport=SMALL)
    inside = visit(page, place, MODES[name], langue)
    assert lost(page, inside) == []
    send_nothing(inside)
    assert lost(page, inside) == []


ENDS = """(panel) => ['.avis-titre', '.avis-demarche'].map((name) => {
  const range = document.createRange();
  range.selectNodeContents(panel.querySelector(name));
  return Math.round(range.getBoundingClientRect().right);
})"""


@pytest.mark.parametrize("name", SHOWN)
def test_a_french_title_stands_on_the_side_arabic_starts_from(
    page: Page, place: Place, name: str
) -> None:
    inside = visit(page, place, MODES[name], "ar")
    around = inside.locator("dialog, section, header").last
    title, demarche = around.evaluate(ENDS)
    assert title == demarche
