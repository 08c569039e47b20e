"""Every page of the administration in a real browser: axe in both themes, small screens, weight."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, Request

from admin_ui.questionnaire.brouillon import written
from admin_ui.routes import ROUTES
from collector.alertes import ESSAI, Crochet, Evenement
from collector.annotation import Annotation
from collector.clock import Clock
from collector.comptes import Compte, Droit
from collector.domain import Bouton, Demarche
from collector.store.contract import Purge
from collector.store.questioning import Ecrit
from collector.store.sqlite import SqliteStore
from tests.admin.drafts import a_draft
from tests.admin.visit import HASH, PASSWORD
from tests.browser.test_accessibility import violations
from tests.http.reading import some_avis
from tests.store.test_contract import a_state
from tests.world import CARTE, FIN, Server, a_server, fill

LONG = "Une démarche dont le titre n’en finit pas " * 5
COURRIEL = "operateur@exemple.fr"
MOST_BYTES, MOST_REQUESTS = 60_000, 6

PATHS = sorted(
    {
        page.path
        for page in ROUTES
        if page.methods == ("GET",) and "{format}" not in page.path and page.pouvoir != "anyone"
    }
)


async def people(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    long = await store.add_demarche(Demarche(0, "longue", LONG[:200], 1, "standard-1"))
    await store.add_bouton(Bouton("longue", long, LONG[:200]))
    await store.record(some_avis(80), {}, {0: "quelquun@exemple.fr"})
    le = Clock().now().recu_le
    for demarche_id in (CARTE.id, long):
        await store.save_draft(demarche_id, Ecrit(written(a_draft()), "compte 1", le))
    await store.add_annotation(Annotation(0, CARTE.id, "2026-11-02", LONG[:140], "essai", le))
    id = await store.add_compte(Compte(0, COURRIEL, LONG[:200], le, HASH))
    await store.add_droit(Droit(0, id, "operateur", donne_le=le, donne_par="essai", contacts=True))
    for demarche_id in (1, long):
        hook = Crochet(0, demarche_id, "https://exemple.fr/" + "x" * 180, "graine", le, "essai")
        event = Evenement(f"{demarche_id:024}", ESSAI, demarche_id, le, {})
        await store.send_to_crochet(event, await store.add_crochet(hook))
    await store.begin_purge(Purge(le, "essai", {}), "")
    # Kept today for the last time: what the next run deletes is told.
    year = Clock().now().ms - 365 * 86_400_000
    await store.record([a_state(n, ms=year, verbatim="Merci") for n in (101, 102)])
    await store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("admin") / "avis.db"
    with ThreadPoolExecutor(1) as pool:  # in this thread Playwright keeps a loop running
        pool.submit(lambda: asyncio.run(people(path))).result()
    with a_server(path, totp="personne") as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: Server) -> Iterator[Page]:
    """A window of an operateur, in a light theme at first."""
    said = {"courriel": COURRIEL, "mot_de_passe": PASSWORD}
    site = {"sec-fetch-site": "same-origin"}
    answer = httpx.post(f"{server.url}/admin/connexion", data=said, headers=site)
    assert answer.status_code == 303
    context = browser.new_context(locale="fr-FR")
    value = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    context.add_cookies([{"name": "jdma", "value": value, "url": server.url}])
    context.set_default_timeout(8_000)
    yield context.new_page()
    context.close()


def address(server: Server, path: str, slug: str = "carte-de-stationnement") -> str:
    known = {"slug": slug, "code": FIN.code, "id": "1", "cle": some_avis(1)[0].cle}
    code = {"longue": "longue"}.get(slug, FIN.code)
    if slug == "longue" and "/crochets/" in path:
        known["id"] = "2"
    return f"{server.url}/admin" + re.sub(
        r"\{(\w+)\}", lambda found: {**known, "code": code}[found[1]], path
    )


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_in_either_theme(server: Server, signed_in: Page, path: str) -> None:
    for theme in ("light", "dark"):
        signed_in.emulate_media(color_scheme=theme)
        answer = signed_in.goto(address(server, path))
        assert answer is not None
        assert answer.status == 200
        assert violations(signed_in, "html") == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_light_and_fits_a_small_screen(
    server: Server, signed_in: Page, path: str
) -> None:
    signed_in.set_viewport_size({"width": 320, "height": 640})
    of_one = "{cle}" in path or "annotations/{id}" in path
    slug = CARTE.slug if of_one else "longue"
    asked: list[Request] = []

    def heard(request: Request) -> None:
        asked.append(request)

    signed_in.on("request", heard)
    answer = signed_in.goto(address(server, path, slug), wait_until="load")
    signed_in.remove_listener("request", heard)
    assert answer is not None
    assert answer.status == 200
    wide = signed_in.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
    assert len(answer.body()) <= MOST_BYTES
    assert len(asked) <= MOST_REQUESTS
    signed_in.set_viewport_size({"width": 1280, "height": 800})


def test_axe_would_say_so(server: Server, signed_in: Page) -> None:
    signed_in.goto(address(server, "/compte"))
    signed_in.evaluate("document.querySelector('label').remove()")
    assert any("label" in each for each in violations(signed_in, "html"))
