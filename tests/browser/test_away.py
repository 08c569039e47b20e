"""A person who changes their mind, loses the network or goes away meanwhile is counted once."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from collector.clock import Clock
from collector.domain import Bouton
from tests.browser.stage import Host, Place, choose, dialog, level, opener
from tests.browser.test_bad_network import (
    AVIS,
    NO_NETWORK,
    Line,
    hurry,
    note,
    opened,
    see_it_stored,
)
from tests.world import Server, an_avis

TCP, ESTABLISHED = Path("/proc/net/tcp"), "01"


def test_a_mind_changed_while_it_is_being_sent_is_counted_once(page: Page, place: Place) -> None:
    opened(page, place)
    line = Line(page, AVIS)
    line.hold_one()
    with page.expect_request(AVIS):
        level(page, "Bien").click()
    level(page, "Mal").click()
    with page.expect_request(AVIS):
        line.release()
    see_it_stored(page)
    assert place.notes() == [{"satisfaction": 1}]
    assert place.histogram() == {1: 1}


def test_an_answer_given_offline_leaves_by_itself_once_online(page: Page, place: Place) -> None:
    hurry(page)
    opened(page, place)
    page.context.set_offline(True)
    level(page, "Bien").click()
    expect(note(page)).to_contain_text(NO_NETWORK)
    assert place.avis() == []
    page.context.set_offline(False)
    see_it_stored(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_questions_asked_for_offline_come_once_online(page: Page, place: Place) -> None:
    hurry(page)
    page.goto(place.on_a_page())
    page.context.set_offline(True)
    opener(page).click()
    expect(page.locator(".avis-etat")).to_contain_text("Notre service ne répond pas.")
    page.context.set_offline(False)
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram("ouverture") == {1: 1}


def test_a_window_closed_too_early_tells_the_rest_when_it_opens_again(
    page: Page, place: Place
) -> None:
    opened(page, place)
    line = Line(page, AVIS)
    line.hold_one()
    with page.expect_request(AVIS):
        level(page, "Bien").click()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    line.release()
    opener(page).click()
    see_it_stored(page)
    assert place.notes() == [{"satisfaction": 3}]


# The tab is closed while the answer waits for its turn to leave


@contextmanager
def a_jam(page: Page, host: Host, server: Server) -> Iterator[None]:
    """The collector stands still, and another tab uses all six connections a browser makes to it.

    Afterwards they are free again, and each of the six was answered.
    """
    other = page.context.new_page()
    other.goto(host.page(""))
    server.process.send_signal(signal.SIGSTOP)
    try:
        other.evaluate(
            "(url) => { window.asked = Promise.all(Array.from({ length: 6 },"
            "(_, rank) => fetch(`${url}?${rank}`, { mode: 'no-cors' }))); }",
            f"{server.url}/healthz",
        )
        if TCP.exists():  # elsewhere than on Linux, as soon as they are asked for
            until(lambda: unread(server) == 6)
        yield
        # By the time this came and went, whatever died with the tab is dead.
        other.evaluate("async () => { await fetch(location.href) }")
    finally:
        server.process.send_signal(signal.SIGCONT)
    other.evaluate("async () => { await asked }")


def unread(server: Server) -> int:
    """How many connections hold what the collector has not read."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    found = (line.split()[1:5] for line in TCP.read_text("ascii").splitlines()[1:])
    return sum(
        local.endswith(port) and state == ESTABLISHED and int(queues.partition(":")[2], 16) > 0
        for local, _, state, queues in found
    )


def until(true: Callable[[], bool], seconds: float = 8) -> None:
    """Return once it is so; fail when it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_tab_closed_while_sending_still_counts_once(page: Page, place: Place, host: Host) -> None:
    opened(page, place)
    with a_jam(page, host, place.server):
        with page.expect_request(AVIS):
            level(page, "Bien").click()
        page.close()
        assert place.avis() == []
    until(lambda: place.notes() == [{"satisfaction": 3}])
    assert place.histogram() == {3: 1}


def test_a_request_that_dies_with_its_tab_would_be_seen(
    page: Page, place: Place, host: Host
) -> None:
    page.goto(host.page(""))
    body = an_avis(Bouton(place.ouvert, place.demarche_id, ""), Clock().now().ms)
    send = "([url, body]) => { fetch(url, { method: 'POST', body }) }"
    with a_jam(page, host, place.server):
        with page.expect_request(AVIS):
            page.evaluate(send, [f"{place.server.url}/api/v1/avis", json.dumps(body)])
        page.close()
    assert place.avis() == []
