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
from tests.examples import EXAMPLES, filled
from tests.ports import free_port

OUT = EXAMPLES / "captures"
SIZE = ViewportSize(width=1000, height=760)
# Wide enough to show the page beside the form.
THEME_SIZE = ViewportSize(width=1280, height=800)

# The bouton of the demonstration that each themed page speaks of.
THEMES = {
    "administration": "z8r4jc",
    "commune": "b6r4wn",
    "culture": "c7m2rv",
    "contraste": "h4n7bk",
}


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
    answer(page)
    page.screenshot(path=OUT / "dialogue.png")
    page.goto(f"{collector}/resultats/acte-de-naissance")
    page.screenshot(path=OUT / "resultats.png")


def answer(page: Page) -> None:
    page.get_by_role("button", name="Je donne mon avis").click()
    page.get_by_role("radio", name="Bien", exact=True).check()
    page.get_by_text("Votre réponse est enregistrée").wait_for()


def take_themes(page: Page, collector: str, site: str) -> None:
    """Each themed page, in the place of one of the demonstration: the boutons know its origin."""
    for theme, code in THEMES.items():
        text = (EXAMPLES / "themes" / f"{theme}.html").read_text("utf-8")
        page.goto(f"{site}/message-de-confirmation/")
        page.set_content(filled(text, collector, code))
        answer(page)
        page.screenshot(path=OUT / f"theme-{theme}.png")


# What a porteur sees, besides their list of démarches.
ADMIN = {
    "commentaires": "/admin/demarches/acte-de-naissance/commentaires",
    "integrer": "/admin/demarches/carte-de-stationnement/boutons/k7f3q2/integrer",
}


def take_admin(page: Page, collector: str, password: str) -> None:
    page.goto(f"{collector}/admin/")
    page.get_by_label("Adresse électronique").fill("porteur@exemple.fr")
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.screenshot(path=OUT / "demarches.png")
    for name, path in ADMIN.items():
        page.goto(collector + path)
        page.screenshot(path=OUT / f"{name}.png")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        a_demo(folder) as (collector, site),
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        take(browser.new_page(viewport=SIZE, locale="fr-FR"), collector, site)
        password = (Path(folder) / "mot-de-passe").read_text("ascii").strip()
        take_admin(browser.new_page(viewport=SIZE, locale="fr-FR"), collector, password)
        take_themes(browser.new_page(viewport=THEME_SIZE, locale="fr-FR"), collector, site)


if __name__ == "__main__":
    main()
