"""The pages of alerts: one's own, webhooks with their log, and stopping from a message."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from admin_ui.alertes import veille as rules
from admin_ui.alertes.alertes import MOST_CROCHETS
from admin_ui.alertes.crochet import Livreur
from admin_ui.alertes.desabonnement import Arret, address_of
from admin_ui.pieces import Pieces
from admin_ui.refusals import LinkOver
from collector.alertes import GENRES, Evenement
from collector.clock import instant
from collector.comptes import Compte
from tests.admin.recepteur import a_recepteur
from tests.admin.visit import Visit, a_visit, an_admin_world, browser, run
from tests.http.depot import said
from tests.world import CARTE, LONGUE, SECRET, World

HERE = f"/demarches/{CARTE.slug}/alertes"
ELSEWHERE = f"/demarches/{LONGUE.slug}/alertes"
URL = "https://crochet.exemple.fr/avis?jeton=cache"
SMTP = {"smtp_url": "smtp://127.0.0.1:9", "smtp_from": "avis@exemple.fr"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("alertes"), **SMTP) as made:
        yield made


@pytest.fixture(scope="module")
def lecteur(world: World) -> Visit:
    return a_visit(world, "lecteur", demarche_id=CARTE.id)


@pytest.fixture(scope="module")
def porteur(world: World) -> Visit:
    return a_visit(world, "porteur", structure_id=1)


def told(world: World, visit: Visit) -> set[str]:
    sql = f"select genre from abonnement where compte_id = {visit.compte.id}"
    return {str(genre) for (genre,) in world.rows(sql)}


def ticked(page: str) -> set[str]:
    found = re.findall(r'<input id="(\w+)" name="\w+" type="checkbox" value="oui" checked', page)
    return set(found)


def a_crochet(visit: Visit, url: str = URL, *genres: str) -> tuple[str, str]:
    """The address of a new webhook's page, and its secret."""
    given = {"url": url, **dict.fromkeys(genres or ("silence",), "oui")}
    answer = visit.post(f"{HERE}/crochets", given)
    assert answer.status_code == 200, answer.text
    [secret] = re.findall(r"<code>(jdmac_\w+)</code>", answer.text)
    [path] = re.findall(rf'href="/admin({HERE}/crochets/\d+)"', answer.text)
    return str(path), str(secret)


# One's own


def test_whoever_sees_the_figures_chooses_what_they_are_told(world: World, lecteur: Visit) -> None:
    assert ticked(lecteur.get(HERE).text) == set()
    answer = lecteur.post(HERE, {"silence": "oui", "resume_jour": "oui", "inconnu": "oui"})
    assert answer.headers["location"] == f"/admin{HERE}?fait=alertes_choisies"
    assert ticked(lecteur.get(HERE).text) == told(world, lecteur) == {"silence", "resume_jour"}
    assert "Demander une carte" in lecteur.get("/alertes").text
    lecteur.post(HERE, {})
    assert told(world, lecteur) == set()
    assert "aucune alerte" in lecteur.get("/alertes").text


def test_every_kind_is_offered(lecteur: Visit) -> None:
    offered = re.findall(r'<input id="(\w+)" name="\w+" type="checkbox"', lecteur.get(HERE).text)
    assert tuple(offered) == GENRES


def test_one_chooses_for_oneself_alone(world: World, lecteur: Visit, porteur: Visit) -> None:
    lecteur.post(HERE, {"silence": "oui"})
    assert ticked(porteur.get(HERE).text) == set()
    porteur.post(HERE, {"baisse": "oui"})
    assert told(world, lecteur) == {"silence"}


def test_without_a_mail_server_it_is_said_what_an_operator_has_to_do(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        page = a_visit(world, "porteur").get(HERE).text
    assert "JDMA_SMTP_URL" in page
    assert 'name="silence"' in page  # for a webhook, which needs none
    assert "Enregistrer mes alertes" not in page


# Stopping from a message


def stop(compte: Compte, genre: str = "silence") -> str:
    return address_of("", SECRET, Arret(CARTE.id, genre, compte.id)).removeprefix("/admin")


def test_from_a_message_one_stops_without_signing_in(world: World, lecteur: Visit) -> None:
    lecteur.post(HERE, {"silence": "oui", "baisse": "oui"})
    stranger = Visit(browser(world), lecteur.compte)
    path = stop(lecteur.compte)
    page = stranger.get(path)
    assert page.status_code == 200
    assert "Silence" in page.text
    assert told(world, lecteur) == {"silence", "baisse"}  # to look at it stops nothing
    for _ in range(2):
        assert "C’est fait" in stranger.post(path).text
        assert told(world, lecteur) == {"baisse"}
    last = world.rows("select qui, action from journal order by id desc limit 1")
    assert last == [(f"compte {lecteur.compte.id}", "alerte_arretee")]


def test_a_mail_program_stops_it_by_itself(world: World, lecteur: Visit) -> None:
    """RFC 8058: a POST that comes from no page."""
    lecteur.post(HERE, {"silence": "oui"})
    body = {"List-Unsubscribe": "One-Click"}
    path = f"/admin{stop(lecteur.compte)}"
    assert browser(world).post(path, data=body).status_code == 200
    assert told(world, lecteur) == set()


def test_no_other_form_comes_from_no_page(world: World, lecteur: Visit) -> None:
    lecteur.post(HERE, {"silence": "oui"})
    assert lecteur.client.post(f"/admin{HERE}", data={}).status_code == 403
    assert told(world, lecteur) == {"silence"}


@pytest.mark.parametrize("change", ["2", "é", "", "1.silence.1", "1.autre.1.x", "x" * 5000])
def test_an_address_that_is_not_ours_stops_nothing(
    world: World, lecteur: Visit, change: str
) -> None:
    lecteur.post(HERE, {"silence": "oui"})
    for ask in (lecteur.get, lecteur.post):
        answer = ask(f"/alertes/arreter?a={change}")
        assert answer.status_code == LinkOver.status
    assert lecteur.get("/alertes/arreter").status_code == LinkOver.status
    assert told(world, lecteur) == {"silence"}


# Webhooks


def test_a_porteur_adds_a_webhook_and_sees_its_secret_once(world: World, porteur: Visit) -> None:
    path, secret = a_crochet(porteur, URL, "silence", "baisse")
    for page in (porteur.get(HERE).text, porteur.get(path).text):
        assert URL in page
        assert secret not in page
    assert ticked(porteur.get(path).text) == {"silence", "baisse"}
    assert porteur.post(path, {"resume_mois": "oui"}).status_code == 303
    assert ticked(porteur.get(path).text) == {"resume_mois"}
    renewed = porteur.post(f"{path}/secret").text
    assert secret not in renewed
    assert re.search(r"<code>jdmac_\w{64}</code>", renewed)
    assert porteur.post(f"{path}/fin").status_code == 303
    assert porteur.get(path).status_code == 404
    said = str(world.rows("select action, sur from journal"))
    assert "crochet_secret_change" in said
    assert "crochet.exemple.fr" in said
    assert "jeton=cache" not in said  # an address may hold a secret
    assert secret not in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "", "silence": "oui"}, "Écrivez l’adresse"),
        ({"url": "http://exemple.fr/", "silence": "oui"}, "Il faut une adresse https://"),
        ({"url": "https://169.254.169.254/", "silence": "oui"}, "réseau privé"),
        ({"url": "https://exemple.fr/" + "x" * 2000, "silence": "oui"}, "2000 au plus"),
        ({"url": URL}, "Choisissez au moins une alerte"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_said_and_what_was_typed_stays(
    world: World, porteur: Visit, given: dict[str, str], words: str
) -> None:
    before = world.rows("select count(*) from crochet")
    answer = porteur.post(f"{HERE}/crochets", given)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{given["url"]}"' in answer.text
    assert ('name="silence" type="checkbox" value="oui" checked' in answer.text) is (
        "silence" in given
    )
    assert world.rows("select count(*) from crochet") == before


def test_there_are_not_more_webhooks_than_somebody_looks_after(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        porteur = a_visit(world, "porteur")
        for _ in range(MOST_CROCHETS):
            a_crochet(porteur)
        answer = porteur.post(f"{HERE}/crochets", {"url": URL, "silence": "oui"})
        assert answer.status_code == 422
        assert f"Il y en a déjà {MOST_CROCHETS}" in answer.text


def test_a_webhook_is_reached_by_the_address_of_its_own_demarche(porteur: Visit) -> None:
    path, _ = a_crochet(porteur)
    other = path.replace(HERE, ELSEWHERE)
    assert porteur.get(other).status_code == 404
    for gesture in ("", "/secret", "/essai", "/reessai", "/fin"):
        assert porteur.post(f"{other}{gesture}", {"envoi": "1"}).status_code == 404
    assert porteur.get(path).status_code == 200


def test_a_reader_sees_no_webhook(porteur: Visit, lecteur: Visit) -> None:
    path, _ = a_crochet(porteur)
    assert URL not in lecteur.get(HERE).text
    assert lecteur.get(path).status_code == 403
    assert lecteur.post(f"{path}/fin").status_code == 403


def test_an_address_is_shown_as_text(porteur: Visit) -> None:
    path, _ = a_crochet(porteur, 'https://exemple.fr/?"><script>alert(1)</script>')
    assert "<script>alert" not in porteur.get(HERE).text + porteur.get(path).text


# The log


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def livreur_of(world: World, livreur: Livreur) -> None:
    pieces = world.client.app_state["admin"]
    assert isinstance(pieces, Pieces)
    pieces.rondes.remise.livreur = livreur


def shown(visit: Visit, path: str, words: str) -> str:
    """The page, once it says that; fails when it does not in time."""
    end = time.monotonic() + 10
    while words not in (page := visit.get(path).text):
        assert time.monotonic() < end, page
        time.sleep(0.02)
    return page


def test_a_try_is_made_when_it_is_asked_for_and_seen_in_the_log(
    world: World, porteur: Visit, authority: trustme.CA
) -> None:
    with a_recepteur(authority, said(503), said(200)) as recepteur:
        livreur_of(world, recepteur.livreur())
        path, _ = a_crochet(porteur, recepteur.url)
        assert "Rien n’a encore été envoyé" in porteur.get(path).text
        answer = porteur.post(f"{path}/essai")
        assert answer.headers["location"] == f"/admin{path}?fait=essai_demande"
        page = shown(porteur, path, "la réponse est 503").replace("\u00a0", " ")
        assert "prochain essai le 22 novembre 2026 à 11 h 01" in page
        [envoi] = re.findall(r'name="envoi" value="(\d+)"', page)
        assert len(recepteur.received) == 1
        assert porteur.post(f"{path}/reessai", {"envoi": envoi}).status_code == 303
        page = shown(porteur, path, 'bon">accepté')
        assert "Essayer maintenant" not in page
        assert porteur.post(f"{path}/reessai", {"envoi": envoi}).status_code == 404
        first, second = recepteur.received
        assert first.corps == second.corps
    assert porteur.post(f"{path}/reessai", {"envoi": "x"}).status_code == 404


def test_what_was_not_sent_to_oneself_is_said(world: World, porteur: Visit) -> None:
    porteur.post(HERE, {"silence": "oui"})
    now, pieces = instant(world.clock.ms), world.client.app_state["admin"]
    before = rules.first(CARTE.id, "silence", now)
    donnees = {"dernier": "2026-11-01", "jours": 5, "seuil": 5, "pause": 2}
    event = Evenement("f" * 24, "silence", CARTE.id, now.recu_le, donnees)

    async def fails() -> None:
        await pieces.rondes._store.advance(before, before, event)
        await pieces.rondes.ronde()

    run(world, fails)
    page = porteur.get(HERE).text
    assert "message n’est pas parti\u00a0: le serveur de courriel est injoignable" in page
