"""A newcomer's journey: from signing in to a figure in a file, by what is on the pages alone."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.admin.visit import PASSWORD
from tests.browser.stage import Host, NewPage, choose, open_dialog, send_button, thanks
from tests.browser.test_admin import COURRIEL, server
from tests.durability.outside import until
from tests.world import Server

__all__ = ["server"]  # a fixture


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Adresse électronique").fill(COURRIEL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(f"{server.url}/admin/")


def create(page: Page, origin: str) -> str:
    """A démarche and its bouton; the lines to paste."""
    page.get_by_role("link", name="Nouvelle démarche").first.click()
    page.get_by_label("Titre").fill("Louer la salle des fêtes")
    page.get_by_label("Structure").select_option(label="Ville de Montclair")
    page.get_by_role("button", name="Créer la démarche").click()
    page.get_by_role("link", name="Nouveau bouton").or_(
        page.get_by_role("link", name="Créer un bouton")
    ).first.click()
    page.get_by_label("Sites autorisés").fill(origin)
    page.get_by_role("button", name="Créer le bouton").click()
    if "/integrer" not in page.url:
        page.get_by_role("link", name="Intégrer").first.click()
    return page.locator("#lignes").inner_text()


def test_from_signing_in_to_the_same_figure_in_a_file(
    server: Server, host: Host, new_page: NewPage, tmp_path: Path
) -> None:
    porteur = new_page()
    sign_in(porteur, server)
    lines = create(porteur, host.origin)

    usager = new_page()
    usager.goto(host.page(lines))
    open_dialog(usager)
    choose(usager, "Ni bien ni mal")
    send_button(usager).click()
    thanks(usager).wait_for()

    porteur.get_by_role("link", name="Tableau de bord").click()
    note = porteur.locator(".carte strong").first
    expect(note).to_have_text("5,0")
    with porteur.expect_download() as download:
        porteur.get_by_role("link", name="CSV : Les chiffres").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name.startswith("scores_louer-la-salle-des-fetes_")
    rows = [*csv.DictReader(io.StringIO(path.read_text("utf-8")))]
    figures = [row for row in rows if row["dimension"] == "satisfaction" and row["n"] != "0"]
    assert [(row["n"], row["note_sur_10"]) for row in figures] == [("1", "5.0")]

    porteur.get_by_role("link", name="Boutons").click()
    porteur.get_by_role("link", name="Vérifier").first.click()
    seen = porteur.get_by_text(host.origin.removeprefix("http://"))

    def is_told() -> bool:
        porteur.reload()  # what arrives is written once a second
        return seen.count() > 0

    until(is_told)
