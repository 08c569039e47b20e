"""A real browser, a real collector, and a site on another origin."""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.stage import PLACES, Host, NewPage, Place, a_database
from tests.world import a_server

HERE = Path(__file__).parent
WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome")
# The shell first: the same engine without the furniture of windows opens a page twice as fast.
BROWSERS = ("chromium-headless-shell", *WITH_WINDOWS)
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=8_000)


def launch(playwright: Playwright, *args: str) -> Browser:
    """The browser of this machine. Without one, tests fail: they are never skipped."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"no browser here: one of {', '.join(BROWSERS)} is needed"
    return playwright.chromium.launch(executable_path=found, args=[*ARGS, *args])


# Started once for all that comes in a row here, and ended before a test of another folder:
# Playwright keeps an event loop running in this thread for as long as it lives, and the asyncio.run
# of other tests would refuse to start beside it.
_started = contextlib.ExitStack()


@functools.cache
def _playwright() -> Playwright:
    return _started.enter_context(sync_playwright())


@functools.cache
def _browser() -> Browser:
    return _started.enter_context(launch(_playwright()))


def _end() -> None:
    _started.close()
    _browser.cache_clear()
    _playwright.cache_clear()


@pytest.hookimpl(trylast=True)  # what tests have open is closed first
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or not nextitem.path.is_relative_to(HERE):
        _end()


def pytest_sessionfinish() -> None:
    """Also where the run was stopped halfway."""
    _end()


@pytest.fixture(scope="module")
def playwright() -> Playwright:
    return _playwright()


@pytest.fixture(scope="module")
def browser() -> Browser:
    return _browser()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Windows that share nothing, each of somebody who reads French; closed after the test."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> Page:
        context = browser.new_context(**{"locale": "fr-FR", **options})  # type: ignore[arg-type]
        context.set_default_timeout(8_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    thread = threading.Thread(target=host.server.serve_forever, daemon=True)
    thread.start()
    yield host
    host.server.shutdown()
    host.server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def places(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Place]]:
    path, made = a_database(tmp_path_factory.mktemp("collector"), host.origin, PLACES)
    with a_server(path) as server:
        yield (Place(server, host, id, slug) for id, slug in made.items())


@pytest.fixture
def place(places: Iterator[Place]) -> Place:
    """A démarche for this test alone, on the collector all of them share."""
    return next(places)
