"""A page keeps the tag it was given: every release ever published still gives an avis."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from collector.releases import Releases
from tests.browser.stage import LINK, Place, Traffic, level, opener, send_button, thanks

RELEASES = Releases()


def tag(place: Place, version: str, integrity: str) -> str:
    """The two lines, as they were pasted when this version was the newest."""
    return (
        f'<script src="{place.server.url}/w/{version}/avis.js" integrity="{integrity}" '
        'crossorigin="anonymous" defer></script>\n'
        f'<mon-avis><a href="{place.form}">{LINK}</a></mon-avis>'
    )


@pytest.mark.parametrize("version", RELEASES.versions)
def test_an_old_release_still_gives_an_avis(page: Page, place: Place, version: str) -> None:
    integrity = RELEASES.file(version, "avis.js").integrity
    traffic = Traffic(page)
    page.goto(place.host.page(tag(place, version, integrity)))
    opener(page).click()
    level(page, "Bien").click()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram("avis") == {1: 1}
    assert {sent["widget"] for sent in traffic.posted()} == {version}


@pytest.mark.parametrize("version", RELEASES.versions)
def test_other_bytes_than_those_pasted_would_not_run(
    page: Page, place: Place, version: str
) -> None:
    other = RELEASES.file(version, "avis.css").integrity
    page.goto(place.host.page(tag(place, version, other)))
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    expect(opener(page)).to_have_count(0)
    assert not page.evaluate("Boolean(customElements.get('mon-avis'))")
