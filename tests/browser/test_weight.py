"""What a visit costs: requests, bytes, and what moves under the eyes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.stage import (
    Host,
    Place,
    Traffic,
    choose,
    comment,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
    until,
)

SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => { for (const { value } of list.getEntries()) shift += value })
  .observe({ type: 'layout-shift', buffered: true });
"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Wire:
    """What really goes over the network, preflights included, which Playwright does not tell."""

    page: Page
    asked: list[str] = field(default_factory=list)
    octets: float = 0

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.on("Network.requestWillBeSent", self._ask)
        session.on("Network.loadingFinished", self._finish)
        session.send("Network.enable")

    def _ask(self, event: dict[str, Any]) -> None:
        self.asked.append(event["request"]["method"])

    def _finish(self, event: dict[str, Any]) -> None:
        self.octets += event["encodedDataLength"]


def test_a_visit_makes_no_more_requests_than_promised(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    wire = Wire(page)
    page.goto(place.on_a_page())
    expect(opener(page)).to_be_visible()
    loaded = traffic.to(place.server.url)
    assert [path.rpartition("/")[2] for path in loaded] == ["avis.js"]
    open_dialog(page)
    assert traffic.to(place.server.url)[1:] == [f"GET /f/{place.ouvert}.json"]
    choose(page, "Bien")
    level(page, "Très claires").click()
    comment(page).fill("Rien à redire.")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert traffic.to(place.server.url)[2:] == ["POST /api/v1/avis", "POST /api/v1/avis"]
    assert "OPTIONS" not in wire.asked


def test_a_preflight_would_be_seen(page: Page, place: Place) -> None:
    wire = Wire(page)
    page.goto(place.host.page(""))
    page.evaluate(
        "(url) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' } })"
        ".catch(() => {})",
        f"{place.server.url}/api/v1/avis",
    )
    assert "OPTIONS" in wire.asked


def test_the_hosted_form_is_light(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    wire = Wire(page)
    page.goto(place.form, wait_until="networkidle")
    # The page and its sheet; the third is /favicon.ico, which the browser asks for by itself.
    assert len(traffic.requests) <= 2
    assert 2_000 < wire.octets <= 20_000


def test_the_form_in_a_frame_is_light_too(page: Page, place: Place) -> None:
    traffic = Traffic(page)
    wire = Wire(page)
    page.goto(f"{place.form}?cadre=1", wait_until="networkidle")
    assert [path.rpartition("/")[2] for path in traffic.to(place.server.url)][-1] == "cadre.js"
    assert len(traffic.requests) <= 3
    assert 2_000 < wire.octets <= 20_000


def test_the_widget_is_light(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    expect(opener(page)).to_be_visible()
    size = page.evaluate(
        "performance.getEntriesByType('resource').find(e => e.name.endsWith('/avis.js'))"
        ".encodedBodySize"
    )
    assert 2_000 < size <= 8_192


def test_the_page_does_not_move(page: Page, place: Place) -> None:
    page.add_init_script(SHIFTS)
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    page.get_by_role("button", name="Fermer").click()
    expect(opener(page)).to_be_focused()
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("shift") <= 0.01


def test_a_page_that_moves_would_be_seen(page: Page, host: Host) -> None:
    page.add_init_script(SHIFTS)
    page.goto(host.page("<p>Bas de page</p>"))
    page.evaluate(TWO_FRAMES)
    page.evaluate(
        "document.body.prepend(Object.assign(document.createElement('div'),"
        "{ style: 'height: 300px' }))"
    )
    until(page, "shift > 0.01")
