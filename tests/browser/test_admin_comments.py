"""Comments with the keyboard and with a selection; axe, where a page has most to say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from collector.clock import Clock
from collector.comptes import Compte, Droit
from collector.moderation import MASQUE, MAX_ETIQUETTE
from collector.store.moderating import Par
from collector.store.sqlite import SqliteStore
from tests.admin.visit import HASH, PASSWORD
from tests.browser.test_accessibility import violations
from tests.store.test_contract import a_state
from tests.world import NOON, VILLE, Server, a_server, fill

COURRIEL = "porteur@exemple.fr"
TEXTS = ("Premier.", "Madame Durand a dit non. Madame Durand !", "شكراً لكم", "Quatrième.", "Cinq.")
BATCH = [
    a_state(n, ms=NOON + n * 60_000, verbatim=text, langue="ar" if "ش" in text else "fr")
    for n, text in enumerate(TEXTS)
]


async def set_up(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    await store.record(BATCH)
    le = Clock().now().recu_le
    id = await store.add_compte(Compte(0, COURRIEL, "Jeanne Martin", le, HASH))
    await store.add_droit(Droit(0, id, "porteur", structure_id=1, donne_le=le, donne_par="essai"))
    long = await store.add_etiquette(VILLE.id, "é" * MAX_ETIQUETTE)
    await store.attach(1, [BATCH[0].cle], VILLE.id, long)
    await store.withdraw(1, [BATCH[4].cle], "injure", Par("Jeanne Martin", le))
    await store.set_aside_all(1, [BATCH[4].cle], "spam")
    await store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("commentaires") / "avis.db"
    with ThreadPoolExecutor(1) as pool:  # in this thread Playwright keeps a loop running
        pool.submit(lambda: asyncio.run(set_up(path))).result()
    with a_server(path, totp="personne") as started:
        yield started


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    said = {"courriel": COURRIEL, "mot_de_passe": PASSWORD}
    site = {"sec-fetch-site": "same-origin"}
    answer = httpx.post(f"{server.url}/admin/connexion", data=said, headers=site)
    value = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    context = browser.new_context(locale="fr-FR")
    context.add_cookies([{"name": "jdma", "value": value, "url": server.url}])
    context.set_default_timeout(8_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def liste(server: Server) -> str:
    return f"{server.url}/admin/demarches/carte-de-stationnement/commentaires"


def test_keys_walk_through_the_list_and_from_one_comment_to_the_next(
    page: Page, liste: str
) -> None:
    page.goto(liste)
    page.keyboard.press("j")  # the focus is not in the list: the key is nobody's
    expect(page.locator("[data-ouvrir]:focus")).to_have_count(0)
    links = page.locator("[data-ouvrir]")
    links.first.focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    text = page.locator("[data-texte]")
    expect(text).to_have_text(TEXTS[2])
    for key, shown in (("j", 1), ("ArrowRight", 0), ("k", 1), ("ArrowLeft", 2)):
        expect(page.locator("#commentaire")).to_be_focused()
        page.keyboard.press(key)
        expect(text).to_have_text(TEXTS[shown])


def test_what_was_done_is_read_first_and_reading_on_goes_on_in_the_comment(
    page: Page, liste: str
) -> None:
    page.goto(liste)
    page.get_by_role("button", name="Appliquer").click()
    said = page.get_by_role("status").filter(has_text="Cochez d’abord")
    expect(said).to_be_focused()
    page.locator("[data-ouvrir]").nth(1).click()
    expect(page.locator("#commentaire")).to_be_focused()
    page.get_by_role("button", name="Lu, au suivant").click()
    expect(page.locator("[data-texte]")).to_have_text(TEXTS[1])
    expect(page.locator("#commentaire")).to_be_focused()
    page.get_by_role("button", name="Mettre à traiter").click()
    expect(page.get_by_role("status").filter(has_text="C’est noté")).to_be_focused()


def test_what_is_selected_is_masked_once_that_is_confirmed(page: Page, liste: str) -> None:
    page.goto(f"{liste}/{BATCH[1].cle}")
    button = page.get_by_role("button", name="Masquer la sélection")
    expect(button).to_be_hidden()
    page.evaluate(
        """() => {
            const text = document.querySelector("[data-texte] blockquote").firstChild;
            document.getSelection().setBaseAndExtent(text, 0, text, "Madame Durand".length);
        }"""
    )
    button.click()
    expect(page.locator("#passage")).to_be_focused()
    expect(page.locator("#passage")).to_have_value("Madame Durand")
    page.get_by_label("Données personnelles").check()
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.locator("blockquote")).to_have_text(f"{MASQUE} a dit non. {MASQUE} !")
    assert violations(page, "html") == []
    page.get_by_role("button", name="Masquer pour toujours").click()
    expect(page.locator("[data-texte]")).to_have_text(f"{MASQUE} a dit non. {MASQUE} !")


def test_axe_finds_nothing_where_there_is_most_to_say(page: Page, liste: str) -> None:
    for address in ("?q=le", f"/{BATCH[4].cle}"):
        page.goto(liste + address)
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true; }")
        assert violations(page, "html") == [], address


def test_a_label_without_a_space_fits_a_small_screen(page: Page, liste: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for address in ("", f"/{BATCH[0].cle}", "/etiquettes"):
        page.goto(liste + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_comment_is_written_as_it_was_whatever_its_direction(page: Page, liste: str) -> None:
    page.goto(f"{liste}/{BATCH[2].cle}")
    quote = page.locator("[data-texte] blockquote")
    assert quote.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert quote.evaluate("each => getComputedStyle(each).whiteSpace") == "pre-wrap"
    assert quote.get_attribute("lang") == "ar"
    page.goto(f"{liste}/{BATCH[0].cle}")
    assert quote.evaluate("each => getComputedStyle(each).direction") == "ltr"
