"""A bouton's pages in a real browser: the preview, copying, what is said while one types."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from collector.releases import Releases, snippet
from tests.browser.test_admin import address, server, signed_in
from tests.world import FIN, Server, rows

__all__ = ["server", "signed_in"]  # fixtures

BOUTON = "/demarches/{slug}/boutons/{code}"
KEPT = (
    "select count(*) from avis",
    "select coalesce(sum(n), 0) from agregat",
    "select coalesce(sum(n), 0) from presence",
)


def kept(server: Server) -> list[object]:
    return [rows(server.path, sql) for sql in KEPT]


@pytest.fixture
def complaints(signed_in: Page) -> Iterator[list[str]]:
    """What the browser has to say, a policy that forbids something included."""
    said: list[str] = []

    def listen(message: object) -> None:
        said.append(str(message))

    signed_in.on("console", listen)
    signed_in.on("pageerror", listen)
    yield said
    signed_in.remove_listener("console", listen)
    signed_in.remove_listener("pageerror", listen)


def answer(frame: FrameLocator) -> None:
    frame.get_by_text("Bien", exact=True).click()
    frame.get_by_role("button", name="Envoyer mon avis").click()
    expect(frame.get_by_text("Merci", exact=False).first).to_be_visible()


def test_a_preview_takes_an_answer_and_keeps_none(
    server: Server, signed_in: Page, complaints: list[str]
) -> None:
    before = kept(server)
    signed_in.goto(address(server, f"{BOUTON}/integrer"))
    frame = signed_in.frame_locator("iframe")
    frame.get_by_role("button", name="Je donne mon avis").click()
    answer(frame)
    signed_in.goto(address(server, f"{BOUTON}/integrer?mode=integre&theme=sombre&largeur=mobile"))
    signed_in.locator("iframe").scroll_into_view_if_needed()  # a form in a page waits for that
    answer(signed_in.frame_locator("iframe"))
    signed_in.goto(address(server, f"{BOUTON}/integrer?mode=lien"))
    signed_in.frame_locator("iframe").get_by_role("link", name="Je donne mon avis").click()
    told = signed_in.frame_locator("iframe").get_by_text("L’aperçu s’arrête là")
    expect(told).to_be_visible()
    signed_in.wait_for_timeout(1_100)  # longer than openings and what is seen wait to be written
    assert kept(server) == before
    assert complaints == []


def test_lines_are_copied_as_they_stand(browser: Browser, server: Server, signed_in: Page) -> None:
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in.goto(address(server, f"{BOUTON}/integrer?mode=flottant"))
    button = signed_in.get_by_role("button", name="Copier : les deux lignes")
    button.click()
    expect(signed_in.locator('[data-copie-dit="lignes"]')).to_have_text("Copié.")
    copied = signed_in.evaluate("navigator.clipboard.readText()")
    assert copied == snippet(server.url, Releases(), FIN.code, "flottant")


def test_a_short_name_follows_the_title_until_one_writes_another(
    server: Server, signed_in: Page
) -> None:
    signed_in.goto(address(server, "/demarches/nouvelle"))
    title, slug = signed_in.locator("#titre"), signed_in.locator("#slug")
    title.fill("Cœur & santé : l’été !")
    expect(slug).to_have_value("coeur-sante-l-ete")
    slug.fill("sante")
    title.fill("Autre titre")
    expect(slug).to_have_value("sante")


CASES = {
    "insee": {"01053": True, "2a004": True, "97411": True, "974": True, "20": False, "2C001": False,
              "1053": False, "Paris": False, "01000": False, "": True},
    "siret": {"732 829 320 00074": True, "35600000049837": True, "35600000000048": True,
              "73282932000075": False, "7328293200007": False, "35600000049838": False,
              "37282932000074": False},
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_a_code_that_is_wrong_is_said_when_its_field_is_left(
    server: Server, signed_in: Page, kind: str
) -> None:
    """The same codes as `tests/unit/test_saisie.py` takes and refuses."""
    path = address(server, "/demarches/{slug}/boutons/nouveau")

    def other_kind(route: Route) -> None:
        page = route.fetch()
        text = page.text().replace('data-controle="insee"', f'data-controle="{kind}"')
        route.fulfill(response=page, body=text)

    signed_in.route(path, other_kind)
    signed_in.goto(path)
    signed_in.unroute(path)
    field, said = signed_in.locator("#territoire"), signed_in.locator("#territoire-dit")
    for code, is_right in CASES[kind].items():
        field.fill(code)
        field.blur()
        expect(said).to_have_text("" if is_right else re.compile("^Il faut"))
    field.fill("73282932000075" if kind == "siret" else "2C001")
    field.blur()
    field.fill("73282932000074" if kind == "siret" else "2A001")
    expect(said).to_have_text("")
