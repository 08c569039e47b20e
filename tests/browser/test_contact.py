"""The question for an address, without a script, in a frame, in axe's eyes; the page that deletes
it; and the page of those who may see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from collector.clock import Clock
from collector.comptes import Compte, Droit
from collector.domain import PIEGE, Bouton, Demarche
from collector.releases import Releases, snippet
from collector.store.sqlite import SqliteStore
from tests.admin.visit import HASH, PASSWORD
from tests.browser.stage import Host, NewPage, opener
from tests.browser.test_accessibility import COLOURS, EVERYTHING, SIDEWAYS, SPILLING, violations
from tests.store.test_contract import a_state
from tests.world import Server, a_server, fill

AGENTE = "agente@exemple.fr"
CAMILLE = "camille@exemple.fr"
LONG = f"{'tres-longue-adresse.' * 3}@{'un-tres-long-domaine.' * 6}exemple.fr"
ECRIRE = Demarche(4, "ecrire", "Écrire à la mairie", 1, "standard-contact-1", publique=True)
CODE = "p5r7t9"


async def set_up(path: Path, origin: str) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    await store.add_demarche(ECRIRE)
    await store.add_bouton(Bouton(CODE, ECRIRE.id, "Fin", origines=(origin,)))
    known = {"demarche_id": ECRIRE.id, "questionnaire": ECRIRE.questionnaire}
    now = Clock().now().ms  # what is old is deleted
    batch = [
        a_state(
            1, ms=now - 60_000, verbatim="Trop de pièces demandées.", notes={"satisfaction": 1}
        ),
        a_state(2, ms=now, ecarte=PIEGE),
    ]
    batch = [avis._replace(**known) for avis in batch]  # type: ignore[arg-type]
    await store.record(batch, contacts={0: CAMILLE, 1: LONG})
    id = await store.add_compte(Compte(0, AGENTE, "Agente", Clock().now().recu_le, HASH))
    await store.add_droit(Droit(0, id, "porteur", structure_id=1, contacts=True))
    await store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("contact") / "avis.db"
    with ThreadPoolExecutor(1) as pool:  # in this thread Playwright keeps a loop running
        pool.submit(lambda: asyncio.run(set_up(path, host.origin))).result()
    with a_server(path, totp="personne") as started:
        yield started


def contacts(server: Server) -> int:
    with closing(connect(server.path)) as con:
        return int(con.execute("select count(*) from contact").fetchone()[0])


def address(page: Page) -> Locator:
    return page.get_by_label("Votre adresse électronique")


def consent(page: Page) -> Locator:
    return page.get_by_role("checkbox")


def send(page: Page) -> None:
    page.get_by_role("button", name="Envoyer mon avis").click()


def fill_in(page: Page, server: Server, courriel: str = CAMILLE) -> None:
    page.goto(f"{server.url}/f/{CODE}")
    page.get_by_role("radio").nth(2).check()
    page.locator("[type=email]").fill(courriel)


# Somebody who gives an avis


def test_without_a_script_an_address_is_left_mended_and_deleted(
    new_page: NewPage, server: Server
) -> None:
    page = new_page(java_script_enabled=False)
    before = contacts(server)
    fill_in(page, server)
    send(page)
    expect(page).to_have_title("Votre adresse est à corriger – Je donne mon avis – " + ECRIRE.titre)
    expect(consent(page)).to_be_focused()
    expect(consent(page)).to_have_accessible_description(
        "Elle est effacée au bout de 6 mois. Après l’envoi, un lien vous permettra de l’effacer "
        "vous-même, quand vous voudrez. Cochez cette case pour que nous gardions votre adresse. "
        "Sinon, videz le champ au-dessus."
    )
    expect(address(page)).to_have_value(CAMILLE)
    consent(page).check()
    send(page)
    expect(page.get_by_role("status")).to_contain_text("Merci")
    assert contacts(server) == before + 1
    page.get_by_role("link", name="Effacer mon adresse électronique").click()
    assert contacts(server) == before + 1
    page.get_by_role("button", name="Effacer mon adresse").click()
    expect(page.get_by_role("status")).to_contain_text("Votre adresse est effacée.")
    assert contacts(server) == before
    page.goto(page.url)
    expect(page.get_by_text("Votre adresse n’est plus là.")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_in_a_frame_the_link_opens_beside_and_works(page: Page, server: Server, host: Host) -> None:
    before = contacts(server)
    lines = snippet(server.url, Releases(), CODE)
    page.goto(host.page(lines.replace("<mon-avis>", '<mon-avis isolation="cadre">')))
    opener(page).click()
    frame = page.frame_locator(".avis-cadre")
    frame.get_by_role("radio", name="Bien", exact=True).check()
    frame.get_by_label("Votre adresse électronique").fill(CAMILLE)
    frame.get_by_role("checkbox").check()
    frame.get_by_role("button", name="Envoyer mon avis").click()
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Effacer mon adresse électronique").click()
    opened.value.get_by_role("button", name="Effacer mon adresse").click()
    expect(opened.value.get_by_role("status")).to_contain_text("Votre adresse est effacée.")
    assert contacts(server) == before


def look(page: Page) -> None:
    """Axe has nothing to say, in either theme, and nothing spills over."""
    page.emulate_media(color_scheme="light")
    assert violations(page, "html", EVERYTHING) == []
    assert (page.evaluate(SIDEWAYS), page.evaluate(SPILLING)) == (0, [])
    page.emulate_media(color_scheme="dark")
    assert violations(page, "html", COLOURS) == []


def test_axe_finds_nothing_all_along_and_nothing_spills_over(
    new_page: NewPage, server: Server
) -> None:
    page = new_page(viewport={"width": 320, "height": 256})
    fill_in(page, server, "camille@")
    send(page)
    expect(address(page)).to_be_focused()
    look(page)
    address(page).fill(CAMILLE)
    consent(page).check()
    send(page)
    page.get_by_role("link", name="Effacer mon adresse").wait_for()
    look(page)
    page.get_by_role("link", name="Effacer mon adresse").click()
    page.get_by_role("button").wait_for()
    look(page)
    page.get_by_role("button").click()
    page.get_by_role("status").filter(has_text="effacée").wait_for()
    look(page)


# Those who may see addresses


@pytest.fixture(scope="module")
def admin(browser: Browser, server: Server) -> Iterator[Page]:
    said = {"courriel": AGENTE, "mot_de_passe": PASSWORD}
    site = {"sec-fetch-site": "same-origin"}
    answer = httpx.post(f"{server.url}/admin/connexion", data=said, headers=site)
    value = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    allowed = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(locale="fr-FR", permissions=allowed)
    context.add_cookies([{"name": "jdma", "value": value, "url": server.url}])
    context.set_default_timeout(8_000)
    yield context.new_page()
    context.close()


def test_an_address_is_copied_by_a_button_that_says_so(admin: Page, server: Server) -> None:
    admin.goto(f"{server.url}/admin/demarches/ecrire/contacts")
    row = admin.get_by_role("listitem").filter(has_text="Trop de pièces demandées.")
    row.get_by_role("button", name="Copier").click()
    expect(row.get_by_role("status")).to_have_text("Copié.")
    assert admin.evaluate("navigator.clipboard.readText()") == CAMILLE


def test_axe_finds_nothing_on_the_page_of_addresses(admin: Page, server: Server) -> None:
    here = f"{server.url}/admin/demarches/ecrire/contacts"
    admin.set_viewport_size({"width": 320, "height": 640})
    admin.goto(here)
    assert violations(admin, "html", EVERYTHING) == []
    assert admin.evaluate(SIDEWAYS) == 0
    admin.emulate_media(color_scheme="dark")
    assert violations(admin, "html", COLOURS) == []
    admin.get_by_role("link", name="Effacer…").first.click()
    admin.get_by_role("heading", name="Effacer cette adresse ?").wait_for()
    assert violations(admin, "html", EVERYTHING) == []
    admin.goto(here)
    admin.get_by_label("Adresses laissées avant le").fill("2100-01-01")
    admin.get_by_role("button", name="Effacer…").click()
    admin.get_by_role("heading", name="adresses ?").wait_for()
    assert violations(admin, "html", EVERYTHING) == []
