"""What a person is told when the network or the collector is bad, beside what is stored: the same.

The collector is real; `page.route` stands for the network before it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.stage import (
    NewPage,
    Place,
    Traffic,
    choose,
    comment,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)

AVIS = "**/api/v1/avis"
QUESTIONS = "**/f/*.json*"
NOT_STORED = "Votre avis n’est pas enregistré."
NO_NETWORK = "La connexion ne répond pas. Rien n’est perdu : vos réponses sont encore là."
NO_SERVICE = "Notre service ne répond pas bien en ce moment. Vos réponses sont encore là."
LIMIT = 8_000
"""Milliseconds the widget waits for an answer."""

Fate = Callable[[Route], object]
"""What becomes of one request."""


@pytest.fixture
def page(page: Page) -> Page:
    """A window in which time can be moved."""
    page.clock.install()
    hurry(page)
    return page


def hurry(page: Page) -> None:
    """Have the next page wait between its tries as little as it ever does."""
    page.add_init_script("Math.random = () => 0")


def answered(status: int, body: str = "{}", **headers: str) -> Fate:
    """The collector, or something that speaks in its name, answers this."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    shared = {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Retry-After",
        "content-type": "application/json",
    }
    return lambda route: route.fulfill(status=status, headers={**shared, **given}, body=body)


def gateway_error(route: Route) -> None:
    """A proxy answers in its own name: the page may not even read the status."""
    # Playwright would add a header that lets it, if there were none.
    headers = {"content-type": "text/html", "access-control-allow-origin": "https://ailleurs.fr"}
    route.fulfill(status=502, headers=headers, body="<h1>Bad Gateway</h1>")


def unanswered(route: Route) -> None:
    """Nothing ever comes back."""


def stored_and_unanswered(route: Route) -> None:
    assert route.fetch().status in (200, 201)


def stored_and_cut(route: Route) -> None:
    stored_and_unanswered(route)
    route.abort("connectionreset")


class Line:
    """The way to an address: what becomes of the next requests, and when they were made.

    Once the fates are used up, requests reach the collector.
    """

    def __init__(self, page: Page, address: str, *fates: Fate) -> None:
        self.page = page
        self.made: list[float] = []
        self.held: list[Route] = []
        self._fates = list(fates)
        page.route(address, self._meet)

    def hold_one(self) -> None:
        """Keep the next request until `release`."""
        self._fates.append(self.held.append)

    def release(self, fate: Fate = Route.continue_) -> None:
        """Let the request that is kept meet its fate."""
        while not self.held:
            self.page.wait_for_timeout(10)
        fate(self.held.pop())

    def _meet(self, route: Route) -> None:
        self.made.append(time.monotonic())
        if self._fates:
            self._fates.pop(0)(route)
        else:
            route.continue_()


def note(page: Page) -> Locator:
    """Where the fate of the first answer is told."""
    return page.locator(".avis-note")


def see_it_stored(page: Page) -> None:
    expect(note(page).locator(".avis-succes")).to_have_text(
        "Votre réponse est enregistrée. Vous pouvez la compléter, ou fermer."
    )
    expect(page.locator(".avis-echec")).to_have_count(0)


def try_again(page: Page) -> None:
    page.get_by_role("button", name="Réessayer").click()


def opened(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)


# Slow


def test_while_an_answer_is_on_its_way_nothing_is_claimed(page: Page, place: Place) -> None:
    opened(page, place)
    line = Line(page, AVIS)
    line.hold_one()
    with page.expect_request(AVIS):
        level(page, "Bien").click()
    page.clock.fast_forward(3_000)
    expect(note(page)).to_have_text("Enregistrement de votre réponse…")
    assert place.avis() == []
    line.release()
    see_it_stored(page)
    assert len(line.made) == 1
    assert place.notes() == [{"satisfaction": 3}]


def test_after_eight_silent_seconds_it_is_asked_again_then_told(page: Page, place: Place) -> None:
    opened(page, place)
    traffic = Traffic(page)
    Line(page, AVIS, unanswered, unanswered, unanswered)
    with page.expect_request(AVIS):
        level(page, "Bien").click()
    for _ in range(2):
        with page.expect_request(AVIS):
            page.clock.fast_forward(LIMIT)
    expect(note(page)).to_have_text("Enregistrement de votre réponse…")
    page.clock.fast_forward(LIMIT)
    expect(note(page)).to_contain_text(NO_NETWORK)
    assert place.avis() == []
    try_again(page)
    see_it_stored(page)
    assert len({avis["cle"] for avis in traffic.posted()}) == 1
    assert len(traffic.posted()) == 4
    assert place.notes() == [{"satisfaction": 3}]


def test_an_avis_stored_too_slowly_to_be_known_is_counted_once(page: Page, place: Place) -> None:
    opened(page, place)
    line = Line(page, AVIS)
    line.hold_one()
    with page.expect_request(AVIS):
        level(page, "Bien").click()
    line.release(stored_and_unanswered)
    page.clock.fast_forward(LIMIT)
    see_it_stored(page)
    assert len(line.made) == 2
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram() == {3: 1}


def test_questions_that_do_not_come_leave_the_link_and_a_second_try(
    page: Page, place: Place
) -> None:
    page.goto(place.on_a_page())
    Line(page, QUESTIONS, unanswered)
    with page.expect_request(QUESTIONS):
        opener(page).click()
    expect(page.locator(".avis-etat")).to_contain_text("Chargement")
    page.clock.fast_forward(LIMIT)
    failure = page.locator(".avis-etat .avis-echec")
    expect(failure).to_contain_text("Notre service ne répond pas.")
    expect(failure.get_by_role("link")).to_have_attribute("href", place.form)
    try_again(page)
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


# Cut and refused

PASSING = {
    "cut": [stored_and_cut, lambda route: route.abort("connectionreset")],
    "500": [answered(500, '{"code": "erreur"}')],
    "502 of a proxy": [gateway_error, gateway_error],
}


@pytest.mark.parametrize("fates", PASSING.values(), ids=PASSING)
def test_a_passing_trouble_is_not_even_noticed(page: Page, place: Place, fates: list[Fate]) -> None:
    opened(page, place)
    line = Line(page, AVIS, *fates)
    level(page, "Bien").click()
    see_it_stored(page)
    assert len(line.made) == len(fates) + 1
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram() == {3: 1}


LASTING = {
    "502 of a proxy": (gateway_error, NO_NETWORK),
    "503": (answered(503, '{"detail": "Une trace"}'), NOT_STORED + NO_SERVICE),
}


@pytest.mark.parametrize(("fate", "told"), LASTING.values(), ids=LASTING)
def test_a_lasting_trouble_is_told_after_three_tries_and_tried_again_on_demand(
    page: Page, place: Place, fate: Fate, told: str
) -> None:
    opened(page, place)
    line = Line(page, AVIS, fate, fate, fate)
    level(page, "Bien").click()
    expect(note(page).locator(".avis-echec")).to_contain_text(told)
    # What was chosen may come along.
    leads = re.compile(f"^{re.escape(place.form)}")
    expect(note(page).get_by_role("link")).to_have_attribute("href", leads)
    assert len(line.made) == 3
    assert place.avis() == []
    try_again(page)
    see_it_stored(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_a_collector_that_asks_for_a_second_is_given_a_second(
    new_page: NewPage, place: Place
) -> None:
    page = new_page()  # whose time is the real one
    hurry(page)
    opened(page, place)
    line = Line(page, AVIS, answered(429, retry_after="1"))
    level(page, "Bien").click()
    see_it_stored(page)
    first, second = line.made
    # By chance alone the widget would have waited 0.3 s.
    assert second - first >= 0.95
    assert place.notes() == [{"satisfaction": 3}]


def test_what_is_stored_and_what_is_not_are_told_apart(page: Page, place: Place) -> None:
    opened(page, place)
    choose(page, "Bien")
    Line(page, AVIS, answered(503, retry_after="60"))
    comment(page).fill("La suite")
    send_button(page).click()
    status = page.locator(".avis-etat")
    expect(status).to_contain_text("Votre première réponse est enregistrée, mais pas la suite.")
    assert [verbatim for *_, verbatim in place.avis()] == [None]
    expect(comment(page)).to_have_value("La suite")
    try_again(page)
    expect(thanks(page)).to_be_visible()
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 3}, "La suite")


IMPOSTORS = {
    "a page": answered(200, "<h1>Site en maintenance</h1>", content_type="text/html"),
    "other JSON": answered(200, '{"status": "ok"}'),
}


@pytest.mark.parametrize("impostor", IMPOSTORS.values(), ids=IMPOSTORS)
def test_only_the_collector_is_believed_when_it_says_yes(
    page: Page, place: Place, impostor: Fate
) -> None:
    opened(page, place)
    Line(page, AVIS, impostor, impostor, impostor)
    level(page, "Bien").click()
    expect(note(page).locator(".avis-echec")).to_contain_text(NOT_STORED)
    assert place.avis() == []
    try_again(page)
    see_it_stored(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_an_avis_whose_every_answer_is_lost_is_not_said_to_be_lost(
    page: Page, place: Place
) -> None:
    opened(page, place)
    Line(page, AVIS, stored_and_cut, stored_and_cut, stored_and_cut)
    level(page, "Bien").click()
    failure = note(page).locator(".avis-echec")
    expect(failure).to_contain_text("La connexion ne répond pas.")
    assert place.notes() == [{"satisfaction": 3}]
    expect(failure).not_to_contain_text(NOT_STORED)
    try_again(page)
    see_it_stored(page)
    assert place.histogram() == {3: 1}
