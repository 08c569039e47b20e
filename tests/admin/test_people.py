"""Accounts, as an operator keeps them: on the pages and on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.admin.visit import Visit, a_compte, a_visit, an_admin_world, browser
from tests.durability.outside import jdma
from tests.world import World

PHRASE = "encore une phrase bien longue"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("comptes")) as made:
        yield made


@pytest.fixture(scope="module")
def operateur(world: World) -> Visit:
    return a_visit(world, "operateur")


def invited(operateur: Visit, **said: str) -> str:
    answer = operateur.post("/comptes", {"role": "lecteur", "sur": "tout", **said})
    assert answer.status_code == 200, answer.text
    [link] = re.findall(r"<code>http://127.0.0.1:8000/admin(/lien/[\w-]+)</code>", answer.text)
    return str(link)


def test_somebody_is_invited_chooses_a_password_and_sees_what_they_were_given(
    world: World, operateur: Visit
) -> None:
    link = invited(operateur, courriel="Nouvelle@Exemple.fr", nom="Dominique", sur="s1")
    compte = a_compte(world, None, courriel="nouvelle@exemple.fr")
    visit = Visit(browser(world), compte)
    said = {"nom": "Dominique", "mot_de_passe": PHRASE, "encore": PHRASE}
    assert visit.post(link, said).status_code == 303
    signed = visit.post("/connexion", {"courriel": compte.courriel, "mot_de_passe": PHRASE})
    assert signed.status_code == 303
    page = operateur.get(f"/comptes/{compte.id}").text
    assert "lecteur sur Ville de Montclair" in page
    assert visit.get("/comptes").status_code == 403


@pytest.mark.parametrize(
    ("said", "champ", "words"),
    [
        ({"courriel": "pas une adresse"}, "courriel", "adresse comme"),
        ({"courriel": "é@exemple.fr"}, "courriel", "sans accent"),
        ({"courriel": ""}, "courriel", "Écrivez une adresse"),
        ({"courriel": "a@b.fr\nbcc: c@d.fr"}, "courriel", "invisible"),
        ({"courriel": "operateur@exemple.fr"}, "courriel", "déjà un compte"),
        ({"role": "roi"}, "role", "Choisissez un rôle"),
        ({"sur": "s99"}, "sur", "Choisissez une structure"),
        ({"nom": "x" * 201}, "nom", "200 au plus"),
    ],
)
def test_what_is_mistyped_comes_back_with_a_sentence(
    operateur: Visit, said: dict[str, str], champ: str, words: str
) -> None:
    whole = {"courriel": "bon@exemple.fr", "role": "lecteur", "sur": "tout", **said}
    answer = operateur.post("/comptes", whole)
    assert answer.status_code == 422
    [sentence] = re.findall(rf'id="{champ}-erreur">([^<]*)<', answer.text)
    assert words in sentence


def test_a_right_is_given_once_and_taken_away(world: World, operateur: Visit) -> None:
    visit = a_visit(world, "lecteur", 1, courriel="droit@exemple.fr")
    path = f"/comptes/{visit.compte.id}"
    for _ in range(2):
        done = operateur.post(
            f"{path}/droit", {"role": "analyste", "sur": "d2", "verbatims": "oui"}
        )
        assert done.headers["location"].endswith("fait=droit_donne")
    page = operateur.get(path).text
    assert page.count("<li>analyste, avec les commentaires, sur « Déposer un dossier »") == 1
    [id] = re.findall(r'name="droit" value="(\d+)"', page.partition("analyste, avec")[2])
    assert operateur.post(f"{path}/sans-droit", {"droit": id}).status_code == 303
    assert operateur.post(f"{path}/sans-droit", {"droit": id}).status_code == 404
    assert "analyste, avec" not in operateur.get(path).text


def test_a_closed_account_is_out_at_once_and_can_come_back(world: World, operateur: Visit) -> None:
    visit = a_visit(world, "lecteur", 1, courriel="ferme@exemple.fr")
    assert visit.get("/compte").status_code == 200
    assert operateur.post(f"/comptes/{visit.compte.id}/fermer").status_code == 303
    assert visit.get("/compte").status_code == 303
    said = {"courriel": "ferme@exemple.fr", "mot_de_passe": "une phrase pour les essais"}
    assert visit.post("/connexion", said).status_code == 422
    assert operateur.post(f"/comptes/{visit.compte.id}/rouvrir").status_code == 303
    assert visit.post("/connexion", said).status_code == 303


def test_the_last_operateur_stays(world: World, operateur: Visit) -> None:
    path = f"/comptes/{operateur.compte.id}"
    assert "votre propre compte" in operateur.post(f"{path}/fermer").text
    [id] = re.findall(r'name="droit" value="(\d+)"', operateur.get(path).text)
    answer = operateur.post(f"{path}/sans-droit", {"droit": id})
    assert answer.status_code == 422
    assert "dernier compte d’opérateur" in answer.text
    assert operateur.get("/comptes").status_code == 200


def test_an_operateur_who_never_came_does_not_let_the_last_one_go(
    world: World, operateur: Visit
) -> None:
    said = {"courriel": "jamais@exemple.fr", "role": "operateur", "sur": "tout"}
    assert operateur.post("/comptes", said).status_code == 200
    path = f"/comptes/{operateur.compte.id}"
    [id] = re.findall(r'name="droit" value="(\d+)"', operateur.get(path).text)
    assert operateur.post(f"{path}/sans-droit", {"droit": id}).status_code == 422


@pytest.mark.parametrize("id", ["999", "rien", "1e3", "²", "1" * 40])
def test_an_account_that_is_not_there_is_404(operateur: Visit, id: str) -> None:
    assert operateur.get(f"/comptes/{id}").status_code == 404


def test_the_command_line_lets_the_first_operateur_in(world: World) -> None:
    base = f"--database=sqlite:///{world.path}"
    made = jdma(
        "compte", "create", "premier@exemple.fr", "--contacts", base,
        "--public-url=http://127.0.0.1:8000",
    )  # fmt: skip
    link = made.stdout.strip().removeprefix("http://127.0.0.1:8000/admin")
    visit = Visit(browser(world), a_compte(world, None, courriel="premier@exemple.fr"))
    said = {"nom": "Première", "mot_de_passe": PHRASE, "encore": PHRASE}
    assert visit.post(link, said).status_code == 303
    said = {"courriel": "premier@exemple.fr", "mot_de_passe": PHRASE}
    assert visit.post("/connexion", said).status_code == 303
    assert visit.get("/comptes").status_code == 200
    listed = jdma("compte", "list", base).stdout
    assert re.search(
        r"premier@exemple.fr +Première +opérateur, avec les adresses laissées ", listed
    )
    again = jdma("compte", "create", "premier@exemple.fr", base)
    assert again.returncode == 1
    assert again.stderr.startswith("jdma : premier@exemple.fr a déjà un compte")


def test_a_page_of_the_operator_does_not_speak_of_a_demarche(world: World) -> None:
    refused = a_visit(world, "porteur", 1, courriel="curieux@exemple.fr").get("/comptes")
    assert refused.status_code == 403
    assert "Votre rôle ne permet pas d’ouvrir cette page" in refused.text
    assert "cette démarche" not in refused.text
