"""Results in a real browser: what its policy says, what a printer gets, what a site embeds."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.stage import Host, NewPage, Place, Traffic, until


def said_by(page: Page) -> list[str]:
    """What the browser writes in its console from now on: refused scripts and styles among it."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", note)
    return said


def test_data_for_search_engines_breaks_no_policy(page: Page, place: Place) -> None:
    place.record(12, satisfaction=3)
    said = said_by(page)
    page.goto(place.results, wait_until="networkidle")
    assert page.locator('script[type="application/ld+json"]').count() == 1
    assert said == []
    # A script that is one would have been refused, and seen.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))"
    )
    until(page, "true")
    assert any("script-src" in each for each in said)


def test_results_are_one_page_and_one_sheet(page: Page, place: Place) -> None:
    place.record(12, satisfaction=3)
    traffic = Traffic(page)
    page.goto(place.results, wait_until="networkidle")
    asked = [each for each in traffic.to(place.server.url) if "favicon" not in each]
    assert len(asked) == 2
    assert len(traffic.requests) <= 3


def test_a_reception_desk_prints_one_page_with_the_mark_and_the_code(
    page: Page, place: Place
) -> None:
    place.record(12, satisfaction=3)
    page.goto(place.results)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", printed)  # A4, in points
    page.emulate_media(media="print")
    assert page.locator(".page-affiche-note").inner_text() == "10,0 sur 10"
    assert page.locator(".page-qr").is_visible()
    assert page.locator("h1").is_visible()
    assert not page.locator(".page-cartes").is_visible()
    assert place.results in page.locator(".page-affiche-source").inner_text()


def test_a_long_title_leaves_the_poster_on_one_page(page: Page, place: Place) -> None:
    place.record(12, satisfaction=3)
    titre = "Demander le remplacement temporaire d’un véhicule aménagé " * 4
    with closing(sqlite3.connect(place.server.path)) as database, database:
        database.execute("update demarche set titre = ? where slug = ?", (titre[:200], place.slug))
        database.execute("update catalogue set version = version + 1")
    page.goto(place.results)
    for _ in range(200):
        page.reload()  # the browser may keep a page for a minute, but for this
        if titre[:50] in page.locator("h1").inner_text():
            break
    assert titre[:50] in page.locator("h1").inner_text()
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_without_scripts_nothing_is_missing(new_page: NewPage, place: Place) -> None:
    place.record(12, satisfaction=3)
    page = new_page(java_script_enabled=False)
    page.goto(f"{place.server.url}/resultats/")
    page.get_by_role("textbox", name="Mots du titre").or_(page.locator("#q")).first.fill(place.slug)
    page.get_by_role("button", name="Afficher").click()
    page.locator(".page-liste a").first.click()
    page.get_by_role("link", name="English").click()
    assert "12 people answered" in page.locator(".page-chapeau").inner_text()


def test_any_site_may_show_the_badge_light_or_dark(
    new_page: NewPage, host: Host, place: Place
) -> None:
    place.record(12, satisfaction=3)
    colours = {}
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(host.page(f'<img src="{place.results}/badge.svg" alt="Satisfaction">'))
        size = page.evaluate("(async (i) => (await i.decode(), [i.naturalWidth, i.naturalHeight]))"
                             "(document.images[0])")  # fmt: skip
        assert size[0] > 200
        assert size[1] == 88
        page.goto(f"{place.results}/badge.svg")
        colours[scheme] = page.evaluate("getComputedStyle(document.querySelector('rect')).fill")
        widths = page.evaluate(
            "[...document.querySelectorAll('text')].map(e => [e.getComputedTextLength(),"
            " e.textLength.baseVal.value])"
        )
        assert all(abs(drawn - wanted) < 1 for drawn, wanted in widths)
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 28, 29)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_and_the_method_are_printed_as_they_are_read(
    new_page: NewPage, place: Place, scheme: str
) -> None:
    place.record(12, satisfaction=3)
    page = new_page(color_scheme=scheme)
    page.emulate_media(media="print")
    for address, shown in (("", ".page-liste a"), ("methode", "#retenu ~ p")):
        page.goto(f"{place.server.url}/resultats/{address}")
        assert page.locator(shown).first.is_visible()
        assert not page.locator(".page-recherche").is_visible()
    page.goto(place.results)  # a poster, where the rest would be too much
    assert not page.locator("#donnees").is_visible()
