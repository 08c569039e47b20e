"""Every page × every role × one's own démarche and another's. A page nobody listed here fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest

from admin_ui.gate import Page
from admin_ui.roles import POUVOIRS, Agent
from admin_ui.routes import ROUTES
from collector.comptes import ROLES, Compte, Droit, Role
from collector.domain import Bouton, Catalogue, Demarche, Structure
from tests.admin.visit import Visit, a_visit, an_admin_world, browser, run
from tests.world import World

# What it takes to open each page, said a second time: by whoever adds one, on purpose.
WANTED = {
    "anyone": """
        GET /connexion
        POST /connexion
        GET /connexion/code
        POST /connexion/code
        POST /deconnexion
        GET /mot-de-passe
        POST /mot-de-passe
        GET /lien/{jeton}
        POST /lien/{jeton}
        GET /oidc/depart
        GET /oidc/retour
        GET /oidc/sortie
        GET /alertes/arreter
        POST /alertes/arreter
        GET /apercu/f/{code}.json
        GET /apercu/f/{code}
        POST /apercu/avis
    """,
    "signed_in": """
        GET /compte
        POST /compte/nom
        POST /compte/mot-de-passe
        POST /compte/courriel
        POST /compte/session
        POST /compte/sessions
        GET /compte/code
        POST /compte/code
        POST /compte/sans-code
        POST /compte/lier
        POST /compte/delier
        GET /alertes
        GET /
    """,
    "voir": """
        GET /demarches/{slug}
        GET /demarches/{slug}/alertes
        POST /demarches/{slug}/alertes
    """,
    "telecharger": """
        GET /exports/avis.{format}
        GET /exports/scores.{format}
    """,
    "verbatims": """
        GET /demarches/{slug}/commentaires
        GET /demarches/{slug}/commentaires/{cle}
    """,
    "contacter": """
        GET /demarches/{slug}/contacts
        POST /demarches/{slug}/contacts/anciens
        GET /demarches/{slug}/contacts/{cle}/effacer
        POST /demarches/{slug}/contacts/{cle}/effacer
    """,
    "moderer": """
        POST /demarches/{slug}/commentaires
        POST /demarches/{slug}/commentaires/{cle}
        GET /demarches/{slug}/commentaires/etiquettes
        POST /demarches/{slug}/commentaires/etiquettes
        POST /demarches/{slug}/commentaires/etiquettes/nom
        POST /demarches/{slug}/commentaires/etiquettes/supprimer
    """,
    "regler": """
        GET /demarches/nouvelle
        POST /demarches/nouvelle
        GET /demarches/{slug}/reglages
        POST /demarches/{slug}/reglages
        GET /demarches/{slug}/reglages/archiver
        POST /demarches/{slug}/reglages/archiver
        POST /demarches/{slug}/reglages/desarchiver
        POST /demarches/{slug}/reglages/transferer
        GET /demarches/{slug}/boutons
        GET /demarches/{slug}/boutons/nouveau
        POST /demarches/{slug}/boutons/nouveau
        GET /demarches/{slug}/boutons/{code}
        POST /demarches/{slug}/boutons/{code}
        GET /demarches/{slug}/boutons/{code}/fermer
        POST /demarches/{slug}/boutons/{code}/fermer
        POST /demarches/{slug}/boutons/{code}/ouvrir
        GET /demarches/{slug}/boutons/{code}/integrer
        GET /demarches/{slug}/boutons/{code}/apercu
        GET /demarches/{slug}/boutons/{code}/verifier
        POST /demarches/{slug}/boutons/{code}/verifier
        GET /demarches/{slug}/questionnaire
        GET /demarches/{slug}/questionnaire/choix
        POST /demarches/{slug}/questionnaire/choix
        GET /demarches/{slug}/questionnaire/apercu
        POST /demarches/{slug}/questionnaire/apercu
        POST /demarches/{slug}/questionnaire/commencer
        GET /demarches/{slug}/questionnaire/brouillon
        POST /demarches/{slug}/questionnaire/brouillon
        GET /demarches/{slug}/questionnaire/publier
        POST /demarches/{slug}/questionnaire/publier
        GET /demarches/{slug}/questionnaire/abandonner
        POST /demarches/{slug}/questionnaire/abandonner
        POST /demarches/{slug}/alertes/crochets
        GET /demarches/{slug}/alertes/crochets/{id}
        POST /demarches/{slug}/alertes/crochets/{id}
        POST /demarches/{slug}/alertes/crochets/{id}/secret
        POST /demarches/{slug}/alertes/crochets/{id}/essai
        POST /demarches/{slug}/alertes/crochets/{id}/reessai
        POST /demarches/{slug}/alertes/crochets/{id}/fin
        GET /demarches/{slug}/annotations
        POST /demarches/{slug}/annotations
        GET /demarches/{slug}/annotations/{id}
        POST /demarches/{slug}/annotations/{id}
        GET /demarches/{slug}/annotations/{id}/retirer
        POST /demarches/{slug}/annotations/{id}/retirer
    """,
    "administrer": """
        GET /structures
        POST /structures
        GET /structures/{id}
        POST /structures/{id}
        GET /jetons
        POST /jetons
        POST /jetons/{id}/revoquer
        GET /journal
        GET /journal.{format}
        GET /etat
        GET /parametres
        GET /comptes
        POST /comptes
        GET /comptes/{id}
        POST /comptes/{id}/droit
        POST /comptes/{id}/sans-droit
        POST /comptes/{id}/lien
        POST /comptes/{id}/fermer
        POST /comptes/{id}/rouvrir
        POST /comptes/{id}/sans-code
        POST /comptes/{id}/adresse
    """,
}

AILLEURS = Structure(2, "Ailleurs")
OTHER = Demarche(4, "chez-les-autres", "Chez les autres", 2, "standard-1")
OTHER_BOUTON = Bouton("zzzzzz", 4, "Le leur")
OWN, THEIRS = "carte-de-stationnement", OTHER.slug
# What stands in the braces of a path, besides the démarche: nothing that exists.
NOTHING = {"jeton": "rien", "id": "999", "code": "nulnul", "cle": "rien", "format": "csv"}


def test_every_page_is_listed_here_with_what_it_takes() -> None:
    said = {(*line.split(), pouvoir) for pouvoir, lines in WANTED.items()
            for line in lines.strip().splitlines()}  # fmt: skip
    assert said == {(m, page.path, page.pouvoir) for page in ROUTES for m in page.methods}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("droits")) as made:

        async def elsewhere() -> None:
            await made.store.add_structure(AILLEURS)
            await made.store.add_demarche(OTHER)
            await made.store.add_bouton(OTHER_BOUTON)

        run(made, elsewhere)
        made.clock.advance(seconds=5)
        yield made


@pytest.fixture(scope="module")
def visits(world: World) -> dict[Role | None, Visit]:
    """Somebody of each role on the first structure, somebody without any right."""
    made: dict[Role | None, Visit] = {
        role: a_visit(world, role, 1 if role != "operateur" else None) for role in ROLES
    }
    made[None] = a_visit(world, None, courriel="personne@exemple.fr")
    return made


def path_of(page: Page, slug: str) -> str:
    """Fails where a path has something in braces that this test does not know."""
    return re.sub(
        r"\{(\w+)(:\w+)?\}",
        lambda found: slug if found[1] == "slug" else NOTHING[found[1]],
        page.path,
    )


GUARDED = [page for page in ROUTES if page.pouvoir not in ("anyone", "signed_in")]


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.methods[0]} {page.path}")
@pytest.mark.parametrize("role", [*ROLES, None])
def test_each_role_opens_what_it_may_and_nothing_of_others(
    world: World, visits: dict[Role | None, Visit], page: Page, role: Role | None
) -> None:
    for slug in (OWN, THEIRS):
        visit = visits[role]
        ask = visit.get if page.methods == ("GET",) else visit.post
        answer = ask(path_of(page, slug))
        status = answer.status_code
        assert "no-store" in answer.headers["cache-control"]
        pouvoirs = POUVOIRS[role] if role else frozenset()
        if "{slug}" in page.path and (role is None or (slug == THEIRS and role != "operateur")):
            assert status == 404
        elif page.pouvoir not in pouvoirs:
            assert status == 403
        else:
            named = "{" in page.path.replace("{slug}", "")
            assert status in (200, 303, 400, 404, 410, 422) if named else (200, 303, 422), status


@pytest.mark.parametrize(
    "page",
    [page for page in ROUTES if page.pouvoir != "anyone"],
    ids=lambda page: f"{page.methods[0]} {page.path}",
)
def test_who_is_not_signed_in_opens_nothing(world: World, page: Page) -> None:
    visit = Visit(browser(world), Compte(0, "", "", ""))
    ask = visit.get if page.methods == ("GET",) else visit.post
    answer = ask(path_of(page, OWN))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/admin/connexion?")


@pytest.mark.parametrize(
    "page",
    [page for page in ROUTES if page.methods == ("POST",)],
    ids=lambda page: page.path,
)
def test_no_form_from_another_site_does_anything(
    world: World, visits: dict[Role | None, Visit], page: Page
) -> None:
    for site in ("cross-site", "same-site"):
        answer = visits["operateur"].post(path_of(page, OWN), {}, **{"sec-fetch-site": site})
        assert answer.status_code == 403
        assert "autre_site" in answer.text


def test_every_method_that_is_not_get_is_post() -> None:
    assert {page.methods for page in ROUTES} == {("GET",), ("POST",)}


# The one function


CATALOGUE = Catalogue(
    1,
    {1: Structure(1, "Ville"), 2: Structure(2, "Service", parent=1), 3: Structure(3, "Autre")},
    {i: Demarche(i, f"d{i}", f"D{i}", i, "standard-1") for i in (1, 2, 3)},
    {},
    {},
)


def agent(*droits: Droit) -> Agent:
    return Agent(Compte(1, "a@exemple.fr", "A", ""), droits, CATALOGUE)


@pytest.mark.parametrize(
    ("droit", "seen"),
    [
        (Droit(1, 1, "lecteur", structure_id=1), {1, 2}),
        (Droit(1, 1, "lecteur", structure_id=2), {2}),
        (Droit(1, 1, "lecteur", demarche_id=3), {3}),
        (Droit(1, 1, "lecteur"), {1, 2, 3}),
    ],
)
def test_a_right_reaches_a_structure_with_its_children_a_demarche_or_all(
    droit: Droit, seen: set[int]
) -> None:
    assert set(agent(droit).demarches()) == seen


def test_a_right_gives_its_own_powers_and_no_more_where_it_hangs() -> None:
    both = agent(Droit(1, 1, "porteur", structure_id=2), Droit(2, 1, "lecteur", structure_id=1))
    assert both.may("regler", 2)
    assert both.may("voir", 1)
    assert not both.may("regler", 1)
    assert not both.may("voir", 99)
    assert set(both.structures("regler")) == {2}
    assert not both.operateur


def test_comments_are_granted_beside_a_role() -> None:
    assert not agent(Droit(1, 1, "analyste")).may("verbatims", 1)
    assert agent(Droit(1, 1, "analyste", verbatims=True)).may("verbatims", 1)
    assert not agent(Droit(1, 1, "analyste", verbatims=True)).may("moderer", 1)


@pytest.mark.parametrize("role", ROLES)
def test_addresses_are_granted_beside_any_role_and_come_with_none(role: Role) -> None:
    assert not agent(Droit(1, 1, role)).may("contacter", 1)
    granted = agent(Droit(1, 1, role, structure_id=1, contacts=True))
    assert granted.may("contacter", 1)
    assert not granted.may("contacter", 3)
    assert granted.may("verbatims", 1) == ("verbatims" in POUVOIRS[role])


def test_each_role_has_what_the_one_below_has() -> None:
    for above, below in product(ROLES, ROLES):
        if ROLES.index(above) < ROLES.index(below):
            assert POUVOIRS[above] > POUVOIRS[below]
