"""Signing in through a provider, a real one on loopback: who comes in, who does not, and why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pyotp
import pytest

from admin_ui.connexion import codes
from admin_ui.connexion.links import new_link
from admin_ui.connexion.oidc_entry import by_siret
from collector.catalogue import FRESH_SECONDS
from collector.clock import instant
from collector.comptes import Compte, Droit
from collector.domain import Structure
from collector.store.admin import AdminStore
from tests.admin.fournisseur import CLIENT_ID, CLIENT_SECRET, ZOE, Fournisseur, a_provider
from tests.admin.visit import PASSWORD, Visit, a_compte, a_visit, an_admin_world, browser, run
from tests.world import NOON, World

ROOT = Path(__file__).parents[2]
SIRET = str(ZOE["siret"])
NOBODY = Compte(0, "", "", "")


@pytest.fixture(scope="module")
def provider() -> Iterator[Fournisseur]:
    with a_provider() as made:
        yield made


def with_provider(provider: Fournisseur, **given: str) -> dict[str, str]:
    return {
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        **given,
    }


@pytest.fixture(scope="module")
def shared(provider: Fournisseur, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("oidc"), **with_provider(provider)) as world:
        yield world


@pytest.fixture
def world(provider: Fournisseur, shared: World) -> World:
    """The shared one, a provider that behaves, and everybody unknown to it."""
    behave(provider)
    store = store_of(shared)

    async def forget() -> None:
        for compte in await store.comptes():
            await store.drop_identite(compte.id, provider.url)
            await store.move_compte(compte.id, f"{compte.id}@oublie.fr")

    run(shared, forget)
    shared.client.app_state["admin"].address_limit._renew()
    return shared


def store_of(world: World) -> AdminStore:
    store = world.store
    assert isinstance(store, AdminStore)
    return store


def behave(provider: Fournisseur, **changes: Any) -> None:
    provider.behave(**{"seconds": NOON // 1000, **changes})


def invited(world: World, courriel: str = "zoe@ville.fr", role: str | None = "lecteur") -> int:
    """An account that was made for somebody, who has not answered yet."""
    store, le = store_of(world), instant(world.clock.ms).recu_le

    async def make() -> int:
        id = await store.add_compte(Compte(0, courriel, "", le))
        if role is not None:
            await store.add_droit(Droit(0, id, role, donne_le=le, donne_par="essai"))  # type: ignore[arg-type]
        return id

    made: int = run(world, make)
    return made


def stranger(world: World) -> Visit:
    return Visit(browser(world), NOBODY)


def to_provider(visit: Visit, provider: Fournisseur, query: str = "") -> str:
    """Leave for the provider and sign in there; the address it sends the browser back to."""
    departure = visit.client.get(f"/admin/oidc/depart{query}")
    assert departure.status_code == 303, departure.text
    return at_provider(provider, departure.headers["location"])


def at_provider(provider: Fournisseur, address: str) -> str:
    assert address.startswith(f"{provider.url}/")
    answer = provider.http.get(address)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == "http://127.0.0.1:8000"
    return f"{back.path}?{back.query}"


def come_in(visit: Visit, provider: Fournisseur, query: str = "") -> httpx.Response:
    return visit.client.get(to_provider(visit, provider, query))


def is_in(visit: Visit) -> bool:
    return visit.get("/compte").status_code == 200


def last_entry(world: World) -> tuple[str, str, dict[str, Any]]:
    sql = "select qui, action, sur from journal order by id desc limit 1"
    [(qui, action, sur)] = world.rows(sql)
    return qui, action, json.loads(sur)


def refused(
    world: World, visit: Visit, answer: httpx.Response, code: str, status: int = 403
) -> None:
    """A page that says why, no session, a line in the journal that names no secret."""
    assert answer.status_code == status, answer.text
    assert f"oidc · {code}</p>" in answer.text
    assert "<h1>" in answer.text
    assert not is_in(visit)
    _, action, sur = last_entry(world)
    assert (action, sur) == ("connexion_refusee", {"methode": "oidc", "cause": code})


# Who comes in


def test_an_invitation_is_answered_by_coming_in_with_its_address(
    world: World, provider: Fournisseur
) -> None:
    id = invited(world)
    link = run(world, lambda: _a_link(world, id))
    visit = stranger(world)
    answer = come_in(visit, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")
    assert is_in(visit)
    assert "Zoé Le Goff" in visit.get("/compte").text
    assert last_entry(world) == (f"compte {id}", "connexion", {"methode": "oidc"})
    assert stranger(world).get(f"/lien/{link}").status_code == 410  # nobody else can answer it


async def _a_link(world: World, id: int) -> str:
    store = store_of(world)
    compte = await store.compte(id)
    assert compte is not None
    return await new_link(store, compte, "invitation", instant(world.clock.ms))


def test_who_came_in_once_comes_in_again_whatever_their_address_is_then(
    world: World, provider: Fournisseur
) -> None:
    id = invited(world)
    assert come_in(stranger(world), provider).status_code == 303
    behave(provider, personne={**ZOE, "email": "mariee@ville.fr", "email_verified": False})
    assert come_in(visit := stranger(world), provider).status_code == 303
    assert is_in(visit)
    assert last_entry(world)[0] == f"compte {id}"


def test_the_page_that_was_asked_for_comes_after(world: World, provider: Fournisseur) -> None:
    invited(world)
    visit = stranger(world)
    asked = visit.get("/compte?x=1").headers["location"]
    page = visit.client.get(asked).text
    assert 'href="/admin/oidc/depart?suite=%2Fadmin%2Fcompte%3Fx%3D1"' in page
    answer = come_in(visit, provider, "?suite=/admin/compte%3Fx%3D1")
    assert answer.headers["location"] == "/admin/compte?x=1"
    other = stranger(world)
    answer = come_in(other, provider, "?suite=https://mechant.test/")
    assert answer.headers["location"] == "/admin/"


@pytest.mark.parametrize(("alg", "userinfo"), [("ES256", "jwt"), ("PS256", "json")])
def test_each_way_to_sign_is_known(
    world: World, provider: Fournisseur, alg: str, userinfo: str
) -> None:
    behave(provider, alg=alg, userinfo=userinfo)
    invited(world)
    assert come_in(stranger(world), provider).status_code == 303


# Answers that are not believed

LIES: list[tuple[str, str, int, dict[str, Any]]] = [
    ("nonce", "nonce", 403, {}),
    ("emetteur", "emetteur", 403, {}),
    ("autre_iss", "emetteur", 403, {}),
    ("destinataire", "destinataire", 403, {}),
    ("pour_un_autre", "destinataire", 403, {}),
    ("expire", "expire", 403, {}),
    ("futur", "horloge", 403, {}),
    ("at_hash", "at_hash", 403, {}),
    ("sans_signature", "algorithme", 403, {}),
    ("cle_publique", "algorithme", 403, {}),
    ("autre_cle", "signature", 403, {}),
    ("cle_inconnue", "cle", 403, {}),
    ("autre_sujet", "sujet", 403, {}),
    ("autre_sujet", "sujet", 403, {"userinfo": "jwt"}),
    ("profil_en_clair", "forme", 403, {"userinfo": "jwt"}),
    ("profil_sans_signature", "algorithme", 403, {"userinfo": "jwt"}),
    ("profil_hs256", "algorithme", 403, {"userinfo": "jwt"}),
    ("sans_jeton", "forme", 403, {}),
    ("panne", "fournisseur", 502, {}),
    ("erreur", "fournisseur", 502, {}),
    ("annule", "annule", 403, {}),
]


@pytest.mark.parametrize(("travers", "code", "status", "more"), LIES, ids=str)
def test_an_answer_that_is_not_right_opens_nothing(
    world: World, provider: Fournisseur, travers: str, code: str, status: int, more: dict[str, Any]
) -> None:
    invited(world, role="operateur")
    visit = stranger(world)
    behave(provider, travers=travers, **more)
    refused(world, visit, come_in(visit, provider), code, status)
    behave(provider, **more)
    assert come_in(visit, provider).status_code == 303
    assert is_in(visit)


def test_a_level_lower_than_asked_is_not_enough(provider: Fournisseur, tmp_path: Path) -> None:
    given = with_provider(provider, oidc_acr="eidas1-mfa eidas2")
    with an_admin_world(tmp_path, **given) as world:
        invited(world)
        visit = stranger(world)
        behave(provider, acr="eidas1")
        refused(world, visit, come_in(visit, provider), "niveau")
        [departure] = [each for each in provider.asked() if each.startswith("authorize")]
        assert parse_qs(departure)["acr_values"] == ["eidas1-mfa eidas2"]
        behave(provider, acr="eidas1-mfa")
        assert come_in(visit, provider).status_code == 303


# Whose return it is


def test_a_return_counts_once(world: World, provider: Fournisseur) -> None:
    invited(world)
    visit = stranger(world)
    back = to_provider(visit, provider)
    kept = {**visit.client.cookies}
    assert visit.client.get(back).status_code == 303
    other = stranger(world)
    refused(world, other, other.client.get(back), "etat")
    other.client.cookies.update({"jdma-oidc": kept["jdma-oidc"]})  # a thief who has both
    refused(world, other, other.client.get(back), "fournisseur", 502)


def test_a_return_is_of_the_browser_that_left(world: World, provider: Fournisseur) -> None:
    invited(world)
    mallory, victim = stranger(world), stranger(world)
    back = to_provider(mallory, provider)
    refused(world, victim, victim.client.get(back), "etat")
    to_provider(victim, provider)  # the victim has one under way too
    refused(world, victim, victim.client.get(back), "etat")
    assert mallory.client.get(back).status_code == 303


def test_a_return_is_over_after_a_quarter_of_an_hour(provider: Fournisseur, tmp_path: Path) -> None:
    behave(provider)
    with an_admin_world(tmp_path, **with_provider(provider)) as world:
        invited(world)
        visit = stranger(world)
        back = to_provider(visit, provider)
        world.clock.advance(seconds=901)
        refused(world, visit, visit.client.get(back), "etat")


def test_what_a_browser_keeps_is_its_own_and_leaves_with_the_answer(
    provider: Fournisseur, tmp_path: Path
) -> None:
    behave(provider)
    given = with_provider(provider, public_url="https://avis.exemple.fr/sous")
    with an_admin_world(tmp_path, **given) as world:
        visit = stranger(world)
        departure = visit.get("/oidc/depart")
        [kept] = [each for each in departure.headers.get_list("set-cookie") if "oidc" in each]
        words = {each.strip().lower() for each in kept.split(";")[1:]}
        assert kept.startswith("__Host-jdma-oidc=")
        assert {"secure", "httponly", "path=/", "samesite=lax", "max-age=900"} <= words
        assert "no-store" in departure.headers["cache-control"]
        asked = parse_qs(urlsplit(departure.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://avis.exemple.fr/sous/admin/oidc/retour"]
        back = visit.get("/oidc/retour?code=a&state=b")
        [cleared] = [each for each in back.headers.get_list("set-cookie") if "oidc" in each]
        assert "max-age=0" in cleared.lower()


@pytest.mark.parametrize(("site", "leaves"), [
    ("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False),
])  # fmt: skip
def test_only_our_own_page_sends_somebody_away(world: World, site: str, leaves: bool) -> None:
    answer = stranger(world).client.get("/admin/oidc/depart", headers={"sec-fetch-site": site})
    assert (answer.headers["location"] == "/admin/connexion") is not leaves


def test_returns_are_counted_by_address(world: World) -> None:
    answers = [stranger(world).get("/oidc/retour?code=a&state=b") for _ in range(40)]
    said = {answer.status_code for answer in answers}
    assert said == {403, 503}
    noted = world.rows("select count(*) from journal where sur like '%etat%'")
    assert answers[-1].status_code == 503
    assert answers[-1].headers["retry-after"] == "60"
    assert "oidc · occupe" in answers[-1].text
    assert noted[0][0] < 40


# Which account


def test_an_address_does_not_take_over_an_account_that_somebody_uses(
    world: World, provider: Fournisseur
) -> None:
    a_compte(world, "operateur", courriel="zoe@ville.fr")
    visit = stranger(world)
    answer = come_in(visit, provider)
    refused(world, visit, answer, "local")
    assert "connectez-vous avec votre mot de passe" in answer.text
    refused(world, visit, come_in(visit, provider), "local")  # nor the second time


def test_an_account_made_at_a_provider_is_not_taken_over_by_another_identity(
    world: World, provider: Fournisseur
) -> None:
    invited(world)
    assert come_in(stranger(world), provider).status_code == 303
    behave(provider, personne={**ZOE, "sub": "agent-99"})
    visit = stranger(world)
    refused(world, visit, come_in(visit, provider), "local")


def test_an_address_nobody_vouches_for_is_nobodys(world: World, provider: Fournisseur) -> None:
    invited(world, role="operateur")
    for said in ({"email_verified": False}, {"email_verified": None}, {"email": "Zoé@ville"}):
        behave(provider, personne={**ZOE, **said})
        visit = stranger(world)
        refused(world, visit, come_in(visit, provider), "courriel")


def test_an_address_is_the_same_in_capitals(world: World, provider: Fournisseur) -> None:
    invited(world)
    behave(provider, personne={**ZOE, "email": "ZOE@Ville.FR"})
    assert come_in(stranger(world), provider).status_code == 303


def test_a_first_time_gives_an_account_and_no_right(world: World, provider: Fournisseur) -> None:
    visit = stranger(world)
    for _ in range(2):
        answer = come_in(visit, provider)
        refused(world, visit, answer, "sans_droit")
        assert "Votre compte est connu, il n’a encore aucun droit" in answer.text
        assert "zoe@ville.fr" in answer.text
    behave(provider, personne={**ZOE, "sub": "agent-99"})
    refused(world, visit, come_in(visit, provider), "local")  # it is Zoé's now, and nobody else's
    behave(provider)
    [(id, nom)] = world.rows("select id, nom from compte where courriel = 'zoe@ville.fr'")
    assert nom == "Zoé Le Goff"
    run(world, lambda: store_of(world).add_droit(Droit(0, id, "porteur", demarche_id=1)))
    assert come_in(visit, provider).status_code == 303
    assert is_in(visit)


def test_a_closed_account_stays_closed(world: World, provider: Fournisseur) -> None:
    id = invited(world)
    visit = stranger(world)
    run(world, lambda: store_of(world).close_compte(id, instant(NOON).recu_le))
    refused(world, visit, come_in(visit, provider), "ferme")
    run(world, lambda: store_of(world).close_compte(id, None))
    assert come_in(visit, provider).status_code == 303
    run(world, lambda: store_of(world).close_compte(id, instant(NOON).recu_le))
    assert not is_in(visit)
    refused(world, visit, come_in(visit, provider), "ferme")


# Linking


def start_link(visit: Visit, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return visit.post("/compte/lier", {"actuel-fournisseur": password}, **headers)


def way_on(answer: httpx.Response, provider: Fournisseur) -> str:
    """The link that a page leads on with."""
    assert answer.status_code == 200, answer.text
    _, found, after = answer.text.partition(f'href="{provider.url}/')
    assert found
    return f"{provider.url}/{after.partition(chr(34))[0]}".replace("&amp;", "&")


def test_who_is_signed_in_links_their_account(world: World, provider: Fournisseur) -> None:
    visit = a_visit(world, "porteur", courriel="zoe@ville.fr")
    assert "Lier 127.0.0.1" in visit.get("/compte").text
    back = at_provider(provider, way_on(start_link(visit), provider))
    answer = visit.client.get(back)
    assert answer.headers["location"] == "/admin/compte?fait=identite_liee"
    assert last_entry(world)[:2] == (f"compte {visit.compte.id}", "identite_liee")
    assert "Ne plus l’ouvrir avec 127.0.0.1" in visit.get("/compte").text
    other = stranger(world)
    assert come_in(other, provider).status_code == 303
    assert last_entry(world)[0] == f"compte {visit.compte.id}"
    # … until it is undone
    assert visit.post("/compte/delier").headers["location"].endswith("?fait=identite_deliee")
    assert not is_in(other)
    refused(world, other, come_in(other, provider), "local")


def test_an_account_is_linked_by_who_knows_its_password_from_its_own_page(
    world: World, provider: Fournisseur
) -> None:
    visit = a_visit(world, "porteur", courriel="lie@ville.fr")
    wrong = start_link(visit, "un autre")
    assert wrong.status_code == 422
    assert 'id="actuel-fournisseur-erreur">Ce n’est pas votre mot de passe.' in wrong.text
    assert start_link(visit, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert stranger(world).post("/compte/lier").status_code == 303  # to the page that signs in
    assert visit.client.cookies.get("jdma-oidc") is None
    # A sign-in, to which another site may lead a browser, links nothing
    invited(world)
    back = to_provider(stranger(world), provider)
    assert visit.client.get(back).status_code == 403
    assert world.rows(f"select * from identite where compte_id = {visit.compte.id}") == []


def test_an_account_is_linked_to_who_asked_or_not_at_all(
    world: World, provider: Fournisseur
) -> None:
    visit = a_visit(world, "porteur", courriel="ali@ville.fr")
    other = a_compte(world, "porteur", courriel="bo@ville.fr")
    for meanwhile in (None, other):
        sign_in(visit, visit.compte)
        back = at_provider(provider, way_on(start_link(visit), provider))
        visit.post("/deconnexion")
        if meanwhile:
            sign_in(visit, meanwhile)
        answer = visit.client.get(back)
        assert answer.status_code == 403
        assert "oidc · etat" in answer.text
    assert world.rows(f"select * from identite where emetteur = '{provider.url}'") == []


def sign_in(visit: Visit, compte: Compte) -> None:
    said = {"courriel": compte.courriel, "mot_de_passe": PASSWORD}
    assert visit.post("/connexion", said).status_code == 303


def test_an_identity_that_opens_an_account_opens_no_other(
    world: World, provider: Fournisseur
) -> None:
    invited(world)
    assert come_in(stranger(world), provider).status_code == 303
    visit = a_visit(world, "porteur", courriel="ali@ville.fr")
    answer = visit.client.get(at_provider(provider, way_on(start_link(visit), provider)))
    assert answer.status_code == 403
    assert "oidc · prise" in answer.text
    assert "Revenir à mon compte" in answer.text


def test_the_only_way_into_an_account_is_not_taken_away(
    world: World, provider: Fournisseur
) -> None:
    id = invited(world)
    visit = stranger(world)
    come_in(visit, provider)
    assert "c’est la seule façon d’y entrer" in visit.get("/compte").text
    assert visit.post("/compte/delier").headers["location"] == "/admin/compte"
    assert len(world.rows(f"select * from identite where compte_id = {id}")) == 1


# A second factor


def with_codes(world: World, id: int) -> pyotp.TOTP:
    secret = codes.new_secret()
    run(world, lambda: store_of(world).set_totp(id, secret, []))
    return pyotp.TOTP(secret)


def test_a_code_is_asked_for_where_the_provider_was_asked_for_nothing(
    world: World, provider: Fournisseur
) -> None:
    id = invited(world)
    totp = with_codes(world, id)
    visit = stranger(world)
    answer = come_in(visit, provider, "?suite=/admin/compte")
    assert answer.headers["location"] == "/admin/connexion/code?suite=%2Fadmin%2Fcompte"
    assert not is_in(visit)
    code = totp.at(world.clock.ms // 1000)
    answer = visit.post("/connexion/code", {"code": code, "suite": "/admin/compte"})
    assert answer.headers["location"] == "/admin/compte"
    assert last_entry(world) == (f"compte {id}", "connexion", {"methode": "oidc+totp"})
    assert "Se déconnecter aussi de 127.0.0.1" in visit.post("/deconnexion").text


def test_levels_that_were_asked_for_are_worth_a_code(provider: Fournisseur, tmp_path: Path) -> None:
    behave(provider, acr="eidas2")
    given = with_provider(provider, oidc_acr="eidas2", totp="tous")
    with an_admin_world(tmp_path, **given) as world:
        with_codes(world, invited(world))
        visit = stranger(world)
        assert come_in(visit, provider).headers["location"] == "/admin/"
        assert is_in(visit)


def test_who_owes_a_code_sets_it_up_where_no_level_was_asked_for(
    provider: Fournisseur, tmp_path: Path
) -> None:
    behave(provider)
    with an_admin_world(tmp_path, **with_provider(provider, totp="operateurs")) as world:
        invited(world, role="operateur")
        visit = stranger(world)
        assert come_in(visit, provider).status_code == 303
        assert visit.get("/compte").headers["location"] == "/admin/compte/code"


# Signing out


def test_one_signs_out_at_the_provider_too(world: World, provider: Fournisseur) -> None:
    invited(world)
    visit = stranger(world)
    come_in(visit, provider)
    answer = visit.post("/deconnexion")
    assert not is_in(visit)
    back = at_provider(provider, way_on(answer, provider))
    assert "end" in provider.asked()  # it has checked the token
    end = visit.client.get(back)
    assert end.headers["location"] == "/admin/connexion?fait=deconnecte_partout"
    assert visit.client.get(back).headers["location"] == "/admin/connexion"
    assert stranger(world).client.get(back).headers["location"] == "/admin/connexion"


def test_who_signed_in_with_a_password_signs_out_here(world: World) -> None:
    visit = a_visit(world, "porteur", courriel="local@ville.fr")
    assert visit.post("/deconnexion").headers["location"] == "/admin/connexion?fait=deconnecte"


def test_a_provider_where_one_cannot_sign_out_is_left_alone(
    provider: Fournisseur, tmp_path: Path
) -> None:
    behave(provider, sait={"end_session_endpoint": None})
    with an_admin_world(tmp_path, **with_provider(provider)) as world:
        invited(world)
        visit = stranger(world)
        come_in(visit, provider)
        assert visit.post("/deconnexion").headers["location"] == "/admin/connexion?fait=deconnecte"
        assert not is_in(visit)


# Rights by SIRET


@pytest.mark.parametrize("oui", ["oui", "non"])
def test_a_siret_gives_a_right_only_where_that_was_decided(
    provider: Fournisseur, tmp_path: Path, oui: str
) -> None:
    behave(provider)
    with an_admin_world(tmp_path, **with_provider(provider, oidc_siret=oui)) as world:
        run(world, lambda: world.store.add_structure(Structure(0, "Rennes", SIRET)))
        forget_the_catalogue(world)
        visit = stranger(world)
        answer = come_in(visit, provider)
        if oui == "non":
            refused(world, visit, answer, "sans_droit")
            return
        assert answer.status_code == 303
        assert world.rows("select role, structure_id, donne_par from droit") == [
            ("lecteur", 2, "siret")
        ]
        behave(provider, personne={**ZOE, "siret": "21690123100011"})
        refused(world, visit := stranger(world), come_in(visit, provider), "sans_droit")
        assert world.rows("select * from droit") == []


def test_who_unlinks_the_provider_leaves_its_rights_behind(
    provider: Fournisseur, tmp_path: Path
) -> None:
    behave(provider, personne={**ZOE, "email": "lie@ville.fr"})
    with an_admin_world(tmp_path, **with_provider(provider, oidc_siret="oui")) as world:
        run(world, lambda: world.store.add_structure(Structure(0, "Rennes", SIRET)))
        forget_the_catalogue(world)
        visit = a_visit(world, "porteur", 1, courriel="lie@ville.fr")
        visit.client.get(at_provider(provider, way_on(start_link(visit), provider)))
        assert come_in(stranger(world), provider).status_code == 303
        given = "select role, structure_id from droit order by id"
        assert world.rows(given) == [("porteur", 1), ("lecteur", 2)]
        assert visit.post("/compte/delier").headers["location"].endswith("?fait=identite_deliee")
        assert world.rows(given) == [("porteur", 1)]


def forget_the_catalogue(world: World) -> None:
    """Have it read anew, which happens by itself within a second."""
    live = world.client.app_state["parts"].catalogue
    live._checked = live._clock() - FRESH_SECONDS


def droit(id: int, structure_id: int | None, donne_par: str = "siret") -> Droit:
    return Droit(id, 1, "lecteur", structure_id, donne_par=donne_par)


@pytest.mark.parametrize(
    ("droits", "structures", "given", "taken"),
    [
        ([], set(), set(), []),
        ([], {5}, {5}, []),
        ([droit(1, 5)], {5}, set(), []),
        ([droit(1, 5)], {6}, {6}, [droit(1, 5)]),
        ([droit(1, 5)], set(), set(), [droit(1, 5)]),
        ([droit(1, 5, "compte 1")], {5}, set(), []),
        ([droit(1, 5, "compte 1"), droit(2, None, "compte 1")], set(), set(), []),
    ],
)  # fmt: skip
def test_rights_by_siret_follow_it_and_others_stay(
    droits: list[Droit], structures: set[int], given: set[int], taken: list[Droit]
) -> None:
    assert by_siret(droits, structures) == (given, taken)


# Without it


def test_without_a_provider_there_is_no_button_and_no_page(tmp_path: Path) -> None:
    with an_admin_world(tmp_path) as world:
        visit = a_visit(world, "porteur")
        assert "oidc" not in stranger(world).get("/connexion").text
        assert "/compte/lier" not in visit.get("/compte").text
        for path in ("/oidc/depart", "/oidc/retour?code=a&state=b", "/oidc/sortie"):
            assert visit.get(path).status_code == 404
        assert visit.post("/compte/lier").status_code == 404
        assert visit.post("/compte/delier").status_code == 404


def test_proconnect_is_called_by_its_name(tmp_path: Path) -> None:
    given = {"oidc_issuer": "https://auth.agentconnect.gouv.fr/api/v2", "oidc_client_id": "a"}
    with an_admin_world(tmp_path, **given, oidc_client_secret="b") as world:
        page = stranger(world).get("/connexion").text
    assert "S’identifier avec ProConnect</a>" in page
    assert "Qu’est-ce que ProConnect\u202f?" in page


def test_a_name_can_be_given(provider: Fournisseur, tmp_path: Path) -> None:
    given = with_provider(provider, oidc_label="l’annuaire <de> la ville")
    with an_admin_world(tmp_path, **given) as world:
        page = stranger(world).get("/connexion").text
    assert "Se connecter avec l’annuaire &lt;de&gt; la ville</a>" in page
    assert "ProConnect" not in page


def test_a_provider_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    nobody = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "a", "oidc_client_secret": "b"}
    with an_admin_world(tmp_path, **nobody) as world:
        answer = stranger(world).get("/oidc/depart")
    assert answer.status_code == 502
    assert "127.0.0.1 ne répond pas" in answer.text


WITHOUT_IT = """
from admin_ui.annexe import Admin
from collector.config import load
given = {"oidc_client_id": "a", "oidc_client_secret": "b"}
Admin(load(given, {}))
Admin(load({**given, "oidc_issuer": "https://a.fr"}, {}))
"""


def test_without_its_library_it_says_which_one_and_does_not_start(tmp_path: Path) -> None:
    """With every library of this environment but one."""
    for path in Path(httpx.__file__).parents[1].iterdir():
        if not path.name.startswith("joserfc"):
            (tmp_path / path.name).symlink_to(path)
    environ = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-S", "-c", WITHOUT_IT]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("collector.config.ConfigError: JDMA_OIDC_ISSUER demande")
    assert last.endswith("pip install 'je-donne-mon-avis[oidc]'.")
