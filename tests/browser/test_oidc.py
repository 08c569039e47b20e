"""A provider on another site, in a real browser: in, linked, out, and what is said otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collector.comptes import Compte, Droit
from collector.store.sqlite import SqliteStore
from tests.admin.fournisseur import CLIENT_ID, CLIENT_SECRET, ZOE, Fournisseur, a_provider
from tests.admin.visit import HASH, PASSWORD
from tests.browser.stage import NewPage
from tests.browser.test_accessibility import violations
from tests.ports import free_port
from tests.world import a_server, fill

MADE = "2026-11-22T10:00:00.000Z"
HEADING = "Connexion avec l’annuaire de la ville"
ALI = {**ZOE, "sub": "agent-13", "email": "ali@ville.fr", "given_name": "Ali"}


@dataclass
class Scene:
    """Zoé is invited; Ali has a password. The collector and the provider are two sites."""

    admin: str
    provider: Fournisseur


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    path, port = tmp_path_factory.mktemp("oidc") / "avis.db", free_port()
    with ThreadPoolExecutor(1) as pool:  # in this thread Playwright keeps an event loop running
        pool.submit(lambda: asyncio.run(people(path))).result()
    with a_provider() as provider:
        given = {
            "public_url": f"http://localhost:{port}",
            "totp": "personne",
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_label": "l’annuaire de la ville",
        }
        with a_server(path, port, **given):
            yield Scene(f"http://localhost:{port}/admin", provider)


async def people(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    for courriel, password in (("zoe@ville.fr", None), ("ali@ville.fr", HASH)):
        id = await store.add_compte(Compte(0, courriel, "", MADE, password))
        await store.add_droit(Droit(0, id, "lecteur", donne_le=MADE, donne_par="essai"))
    await store.close()


def leave(page: Page) -> None:
    page.get_by_role("link", name="Se connecter avec l’annuaire de la ville").click()


def assert_readable(page: Page) -> None:
    """By axe, in both themes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page, "html") == []


def test_one_comes_in_by_the_provider_and_leaves_it_too(page: Page, scene: Scene) -> None:
    scene.provider.behave(userinfo="jwt")
    page.goto(f"{scene.admin}/compte")
    assert_readable(page)
    leave(page)
    page.wait_for_url(f"{scene.admin}/compte")
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    assert_readable(page)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Vous êtes déconnecté")).to_be_visible()
    assert_readable(page)
    page.get_by_role("link", name="Se déconnecter aussi de l’annuaire de la ville").click()
    expect(page.get_by_role("status")).to_contain_text("ici et chez votre fournisseur d’identité")
    page.goto(f"{scene.admin}/compte")
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()


def test_an_account_with_a_password_is_linked_from_its_own_page(page: Page, scene: Scene) -> None:
    scene.provider.behave(personne=ALI)
    page.goto(f"{scene.admin}/connexion")
    leave(page)
    expect(page.get_by_role("heading", name="Un compte a déjà cette adresse")).to_be_visible()
    assert_readable(page)
    page.get_by_role("link", name="Revenir à la connexion").click()
    page.get_by_label("Adresse électronique").fill("ali@ville.fr")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.goto(f"{scene.admin}/compte")
    ours = page.locator("section", has=page.get_by_role("heading", name=HEADING))
    ours.get_by_label("Mot de passe actuel").fill(PASSWORD)
    ours.get_by_role("button", name="Lier l’annuaire de la ville").click()
    assert_readable(page)
    page.get_by_role("link", name="Continuer chez l’annuaire de la ville").click()
    expect(page.get_by_role("status")).to_contain_text("C’est fait")
    expect(ours.get_by_role("button", name="Ne plus l’ouvrir")).to_be_visible()


def test_an_answer_that_is_refused_leaves_a_way_back(new_page: NewPage, scene: Scene) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    scene.provider.behave(travers="nonce")
    page.goto(f"{scene.admin}/connexion")
    leave(page)
    expect(page.get_by_role("heading", name="Réponse refusée")).to_be_visible()
    assert_readable(page)
    scene.provider.behave()
    page.get_by_role("link", name="Revenir à la connexion").click()
    leave(page)
    page.goto(f"{scene.admin}/compte")
    expect(page.get_by_role("heading", name="Mon compte")).to_be_visible()
