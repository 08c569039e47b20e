"""`make captures`: the pictures of the README, taken from a running demonstration."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser.conftest import launch
from tests.world import free_port

OUT = Path(__file__).parent.parent / "examples" / "captures"
SIZE = ViewportSize(width=1000, height=760)


@contextlib.contextmanager
def a_demo(folder: str) -> Iterator[tuple[str, str]]:
    """A demonstration of its own; addresses of the collector and of the procedure site."""
    port, site_port = free_port(), free_port()
    command = [sys.executable, "-m", "collector", "demo", "--dossier", folder]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--site-port", str(site_port)], stdout=subprocess.DEVNULL
    )
    collector, site = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{site_port}"
    try:
        wait(f"{collector}/readyz")
        yield collector, site
    finally:
        process.terminate()
        process.wait(15)


def wait(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url)
            return
        time.sleep(0.1)
    raise SystemExit(f"{url} ne répond pas.")


def take(page: Page, collector: str, site: str) -> None:
    page.goto(f"{site}/carte-de-stationnement/")
    page.screenshot(path=OUT / "page.png", full_page=True)
    page.get_by_role("button", name="Je donne mon avis").click()
    page.get_by_role("radio", name="Bien", exact=True).check()
    page.get_by_text("Votre réponse est enregistrée").wait_for()
    page.screenshot(path=OUT / "dialogue.png")
    page.goto(f"{collector}/resultats/acte-de-naissance")
    page.screenshot(path=OUT / "resultats.png")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        a_demo(folder) as (collector, site),
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        take(browser.new_page(viewport=SIZE, locale="fr-FR"), collector, site)


if __name__ == "__main__":
    main()
