"""Boutons: the list, a new one, its settings, open and closed; the lines to paste; what arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.domain import Bouton, Demarche, Vu
from collector.parse import Schema
from collector.releases import Releases, snippet
from tests.admin.test_demarches import XSS, erreurs, last_line, seen
from tests.admin.visit import Visit, a_visit, an_admin_world, browser, run
from tests.http.html import Element, parse, table_rows
from tests.http.test_vigie import ECRIRE
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, SITE, VILLE, World, an_avis

BOUTONS = f"/demarches/{CARTE.slug}/boutons"
ONE = f"{BOUTONS}/{FIN.code}"
HERE = "http://127.0.0.1:8000"
FIELDS = {"libelle": "Accusé de réception", "affichage": "flottant"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("boutons")) as world:
        yield world


@pytest.fixture
def world(shared: World) -> World:
    return shared


@pytest.fixture(scope="module")
def porteur(shared: World) -> Visit:
    return a_visit(shared, "porteur", VILLE.id)


def bouton(world: World, code: str) -> Bouton:
    found: Bouton = run(world, world.store.load_catalogue).boutons[code]
    return found


def added(world: World, code: str, **given: Any) -> Bouton:
    """A bouton of the first démarche, that the pages know already."""
    made = Bouton(**{"code": code, "demarche_id": 1, "libelle": f"Bouton {code}", **given})
    run(world, lambda: world.store.add_bouton(made))
    seen(world)
    return made


# The list


def test_each_bouton_says_where_it_may_stand_and_when_it_was_last_used(
    world: World, porteur: Visit
) -> None:
    assert world.post(an_avis()).status_code == 201
    page = parse(porteur.get(BOUTONS).text)
    rows = {row[0].partition(" ")[0]: row for row in table_rows(page.one("table"))[1:]}
    fin, courriel = rows["Fin"], rows["Courrielm4t8zc"]
    assert fin[1:4] == [SITE, "ouvert", "22 novembre 2026"]
    assert courriel[1:4] == ["aucun : le lien seul marche", "ouvert", "aucun"]
    assert AILLEURS.libelle not in page.text


def test_a_bouton_of_another_demarche_is_none_of_this_one(porteur: Visit) -> None:
    for page in ("", "/fermer", "/integrer", "/apercu", "/verifier"):
        assert porteur.get(f"{BOUTONS}/{AILLEURS.code}{page}").status_code == 404
    for page in ("", "/fermer", "/ouvrir", "/verifier"):
        assert porteur.post(f"{BOUTONS}/{AILLEURS.code}{page}", FIELDS).status_code == 404


def test_a_long_list_is_searched_and_has_pages(world: World, porteur: Visit) -> None:
    for i in range(55):
        run(world, lambda i=i: world.store.add_bouton(
            Bouton(f"liste{i:02}", 3, f"Mairie {i:02}", territoire=f"010{i:02}")))  # fmt: skip
    seen(world)
    address = "/demarches/brouillon/boutons"
    first = parse(porteur.get(address).text)
    assert len(list(first.all("tr"))) == 51
    assert "Page 1 sur 2" in first.text
    assert len(list(parse(porteur.get(address, page="2").text).all("tr"))) == 6
    found = parse(porteur.get(address, q="MAIRIE 01007").text)
    assert [each.one("a").text for each in found.all("th", scope="row")] == ["Mairie 07"]
    assert "Aucun bouton pour cette recherche." in porteur.get(address, q=XSS).text


# A new one, and its settings


def test_a_new_bouton_shows_what_to_paste(world: World, porteur: Visit) -> None:
    given = {
        **FIELDS, "origines": "https://www.exemple.fr\r\n\r\nhttps://WWW.ville.fr:443",
        "territoire": "2a004",
    }  # fmt: skip
    answer = porteur.post(f"{BOUTONS}/nouveau", given)
    assert answer.status_code == 303
    code = answer.headers["location"].split("/")[-2]
    made = bouton(world, code)
    assert replace(made, code="") == Bouton(
        "", 1, "Accusé de réception", "flottant",
        ("https://www.exemple.fr", "https://www.ville.fr"), "2A004",
    )  # fmt: skip
    assert last_line(world) == ("bouton_cree", {"demarche": CARTE.slug, "bouton": code})
    page = parse(porteur.get(answer.headers["location"].removeprefix("/admin")).text)
    assert "Voici ce qu’il faut coller" in page.one("p", role="status", **{"class": "fait"}).text
    assert page.one("pre", id="lignes").text == " ".join(
        snippet(HERE, Releases(), code, "flottant").split()
    )


def take_a_number(world: World) -> None:
    """A bouton of the démarche has the number « prise »."""
    if "numero2" not in run(world, world.store.load_catalogue).boutons:
        added(world, "numero2", externe="prise")


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("libelle", "", "Écrivez à quoi vous reconnaîtrez ce bouton"),
        ("libelle", "x" * 201, "il en faut 200 au plus"),
        ("affichage", "popup", "Il faut dialogue, integre, flottant ou lien."),
        ("affichage", "", "Choisissez un affichage."),
        ("origines", "https://www.exemple.fr/page", "sans rien après."),
        ("origines", "www.exemple.fr", "« www.exemple.fr » : il faut https://nom-du-site"),
        ("origines", "*", "« * » : il faut https://nom-du-site"),
        ("origines", XSS, "il faut https://nom-du-site"),
        ("origines", "\n".join(f"https://a{i}.fr" for i in range(51)), "au plus 50 sites."),
        ("territoire", "75", ""),
        ("territoire", "2C001", "Il faut le code INSEE"),
        ("territoire", "Paris", "ce n’est pas le code postal"),
        ("externe", "prise", "Un autre bouton de cette démarche a déjà ce numéro."),
        ("externe", XSS, "il faut des lettres, des chiffres"),
    ],
)
def test_each_field_that_is_wrong_says_so(
    world: World, porteur: Visit, champ: str, valeur: str, phrase: str
) -> None:
    take_a_number(world)
    before = world.rows("select count(*) from bouton")
    answer = porteur.post(f"{BOUTONS}/nouveau", {**FIELDS, champ: valeur})
    if not phrase:  # the negative twin: what is right is taken
        assert answer.status_code == 303
        return
    assert phrase in erreurs(answer)[champ]
    assert world.rows("select count(*) from bouton") == before
    assert XSS not in answer.text


def test_settings_of_a_bouton_are_changed(world: World, porteur: Visit) -> None:
    before = added(world, "change", origines=(SITE,), ouvert=False)
    form = parse(porteur.get(f"{BOUTONS}/change").text)
    assert form.one("textarea", id="origines").raw.strip() == SITE
    take_a_number(world)
    fields = {**FIELDS, "origines": "", "territoire": "974", "externe": "4242"}
    taken = porteur.post(f"{BOUTONS}/change", {**fields, "externe": "prise"})
    assert "a déjà ce numéro" in erreurs(taken)["externe"]
    answer = porteur.post(f"{BOUTONS}/change", fields)
    assert answer.headers["location"].endswith("/boutons/change?fait=enregistre")
    assert bouton(world, "change") == replace(
        before, libelle="Accusé de réception", affichage="flottant", origines=(),
        territoire="974", externe="4242",
    )  # fmt: skip
    action, sur = last_line(world)
    assert (action, sur["champs"]) == (
        "bouton_change", ["libelle", "affichage", "origines", "territoire", "externe"],
    )  # fmt: skip


def test_no_label_runs_as_a_script_anywhere(world: World, porteur: Visit) -> None:
    answer = porteur.post(f"{BOUTONS}/nouveau", {**FIELDS, "libelle": XSS})
    code = answer.headers["location"].split("/")[-2]
    for page in ("", "/fermer", "/integrer", "/verifier", "/apercu"):
        text = porteur.get(f"{BOUTONS}/{code}{page}").text
        assert "<script>alert" not in text, page
        parse(text)
    assert XSS in parse(porteur.get(BOUTONS).text).text


# Open and closed


def test_a_bouton_is_closed_once_it_is_meant_and_opened_again(world: World, porteur: Visit) -> None:
    added(world, "ferme22", origines=(SITE,))
    asking = parse(porteur.get(f"{BOUTONS}/ferme22/fermer").text)
    assert "Cette démarche ne recueille plus d’avis. Merci d’avoir voulu nous aider." in asking.text
    avis = an_avis(FIN) | {"bouton": "ferme22"}
    done = porteur.post(f"{BOUTONS}/ferme22/fermer")
    assert done.headers["location"] == f"/admin{BOUTONS}?fait=bouton_ferme"
    assert last_line(world) == ("bouton_ferme", {"demarche": CARTE.slug, "bouton": "ferme22"})
    assert world.client.get("/f/ferme22").status_code == 410
    assert world.post(avis).status_code in (403, 410)
    again = porteur.post(f"{BOUTONS}/ferme22/ouvrir")
    assert again.headers["location"] == f"/admin{BOUTONS}?fait=bouton_ouvert"
    assert world.client.get("/f/ferme22").status_code == 200
    before = world.rows("select count(*) from journal")
    porteur.post(f"{BOUTONS}/ferme22/ouvrir")
    assert world.rows("select count(*) from journal") == before


# « Intégrer »


@pytest.mark.parametrize(
    ("mode", "affichage", "isolation", "wanted"),
    [
        ("dialogue", "dialogue", "direct", "connect-src"),
        ("integre", "integre", "direct", "connect-src"),
        ("flottant", "flottant", "direct", "connect-src"),
        ("lien", "lien", "direct", "connect-src"),
        ("cadre", "dialogue", "cadre", "frame-src"),
    ],
)
def test_each_mode_has_its_two_lines_and_its_policy(
    porteur: Visit, mode: str, affichage: str, isolation: str, wanted: str
) -> None:
    page = parse(porteur.get(f"{ONE}/integrer", mode=mode).text)
    lines = snippet(HERE, Releases(), FIN.code, affichage, isolation)
    assert page.one("pre", id="lignes").raw == lines
    assert page.one("pre", id="directives").text == f"script-src {HERE}; {wanted} {HERE}"
    for i in range(1, 5):
        assert wanted in page.one("pre", id=f"recette-{i}").text


def test_the_lines_begin_with_how_the_bouton_is_set(world: World, porteur: Visit) -> None:
    added(world, "integre", affichage="integre")
    page = parse(porteur.get(f"{BOUTONS}/integre/integrer").text)
    assert 'affichage="integre"' in page.one("pre", id="lignes").text
    assert "Aucun site n’est autorisé pour ce bouton" in page.text
    unknown = parse(porteur.get(f"{BOUTONS}/integre/integrer", mode=XSS, theme="<b>").text)
    assert 'affichage="integre"' in unknown.one("pre", id="lignes").text


def test_a_bouton_that_is_closed_says_so_beside_its_lines(world: World, porteur: Visit) -> None:
    added(world, "clos22", ouvert=False)
    assert "Ce bouton est fermé" in parse(porteur.get(f"{BOUTONS}/clos22/integrer").text).text


# The preview


def frame(page: Element) -> str:
    return page.one("iframe").attrs["src"].removeprefix("/admin")


@pytest.mark.parametrize("theme", ["clair", "sombre"])
@pytest.mark.parametrize(
    ("mode", "shown"),
    [("dialogue", "dialogue"), ("integre", "integre"), ("lien", "lien"), ("cadre", "dialogue"),
     ("flottant", "dialogue")],
)  # fmt: skip
def test_a_preview_is_the_real_widget(porteur: Visit, mode: str, shown: str, theme: str) -> None:
    around = parse(porteur.get(f"{ONE}/integrer", mode=mode, theme=theme, largeur="mobile").text)
    assert around.one("iframe").attrs["class"] == "apercu-cadre mobile"
    assert "rien n’est enregistré ni compté" in around.text
    answer = porteur.get(frame(around))
    element = parse(answer.text).one("mon-avis")
    assert (element.attrs["affichage"], element.attrs["theme"]) == (shown, theme)
    assert element.one("a").attrs["href"] == f"/admin/apercu/f/{FIN.code}"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in porteur.get(f"{ONE}/integrer").headers[
        "content-security-policy"
    ]  # fmt: skip


def test_a_preview_opened_alone_floats(porteur: Visit) -> None:
    page = parse(porteur.get(f"{ONE}/integrer", mode="flottant").text)
    alone = page.one("a", href=page.one("iframe").attrs["src"].removesuffix("&cadre=oui"))
    answer = porteur.get(alone.attrs["href"].removeprefix("/admin"))
    assert parse(answer.text).one("mon-avis").attrs["affichage"] == "flottant"


def test_what_only_a_frame_asks_needs_its_directive_and_is_not_in_the_preview(
    world: World, porteur: Visit
) -> None:
    async def add() -> None:
        await world.store.add_questionnaire("ecrire-1", json.dumps(ECRIRE))
        id = await world.store.add_demarche(Demarche(0, "ecrire", "Écrire", 1, "ecrire-1"))
        await world.store.add_bouton(Bouton("ecrire", id, "Fin", origines=(SITE,)))

    run(world, add)
    seen(world)
    page = parse(porteur.get("/demarches/ecrire/boutons/ecrire/integrer").text)
    asked = f"script-src {HERE}; connect-src {HERE}; frame-src {HERE}"
    assert page.one("pre", id="directives").text == asked
    assert "seuls montrés ici" in page.text
    assert "seuls montrés ici" not in parse(porteur.get(f"{ONE}/integrer").text).text
    anyone = browser(world)
    assert anyone.get("/f/ecrire.json", headers={"origin": SITE}).json()["cadre"] is True
    assert "cadre" not in anyone.get("/admin/apercu/f/ecrire.json").json()


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[World]:
    """In the shared one, what an earlier test opened is written up to a second later."""
    with an_admin_world(tmp_path) as world:
        yield world


def test_nothing_of_a_preview_is_counted_or_stored(untouched: World) -> None:
    """The widget sends no cookie: its questions are those that anyone may read."""
    world, parts = untouched, untouched.client.app_state["parts"]
    before = (world.count(), world.rows("select * from presence"), world.rows(OPENINGS))
    anyone = browser(world)
    told = anyone.get(f"/admin/apercu/f/{FIN.code}.json").json()
    Schema("formulaire.v1.json").check(told)
    assert told["envoi"] == "/admin/apercu/avis"
    site = {"sec-fetch-site": "same-origin", "content-type": "text/plain"}
    body = an_avis(jeton=told["jeton"], cle=told["cle"])
    sent = anyone.post(told["envoi"], json=body, headers=site)
    assert (sent.status_code, sent.json()) == (201, {"resultat": "enregistre"})
    assert anyone.get(f"/admin/apercu/f/{FIN.code}").status_code == 200
    run(world, parts.presence.write)
    assert (world.count(), world.rows("select * from presence"), world.rows(OPENINGS)) == before
    real = world.post(an_avis(jeton=told["jeton"]))
    assert real.status_code == 403, "the jeton of a preview is worth nothing"
    assert world.post(an_avis()).status_code == 201  # openings are written with what comes
    assert world.rows(OPENINGS) == before[2]


OPENINGS = "select * from agregat where dimension = 'ouverture'"


def test_a_preview_takes_nothing_from_elsewhere(world: World) -> None:
    anyone = browser(world)
    for site in ("cross-site", "same-site", "none"):
        answer = anyone.post("/admin/apercu/avis", json={}, headers={"sec-fetch-site": site})
        assert answer.status_code == 403
    assert anyone.get("/admin/apercu/f/zzzzzz.json").status_code == 404


# « Vérifier »


def verified(porteur: Visit, **given: str) -> Element:
    answer = porteur.post(f"{ONE}/verifier", given)
    assert answer.status_code == 200
    return parse(answer.text)


def test_a_page_that_is_right_is_told_so(porteur: Visit) -> None:
    lines = snippet(HERE, Releases(), FIN.code)
    page = verified(porteur, html=f"<p>Merci</p>{lines}", adresse=f"{SITE}/merci")
    assert "Rien à corriger." in page.text
    findings = [each.text for each in page.one("ul", **{"class": "constats"}).all("li")]
    assert len(findings) == 6
    assert all(each.startswith("Bien") for each in findings)


def test_what_is_wrong_is_said_and_what_was_pasted_stays(porteur: Visit) -> None:
    pasted = f"<mon-avis><a href='{HERE}/f/zzzzzz'>{XSS}</a></mon-avis></textarea><b>"
    page = verified(porteur, html=pasted, entetes="Content-Security-Policy: default-src 'none'")
    assert "4 choses sont à corriger." in page.text
    assert page.one("textarea", id="html").raw.strip("\n") == pasted
    assert snippet(HERE, Releases(), FIN.code).splitlines()[0] in page.text


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("html", " ", "Collez le HTML de la page"),
        ("adresse", "exemple.fr", "Il faut une adresse qui commence par https://"),
        ("entetes", "x" * 20_001, "il en faut 20000 au plus"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    porteur: Visit, champ: str, valeur: str, phrase: str
) -> None:
    assert phrase in erreurs(porteur.post(f"{ONE}/verifier", {champ: valeur}))[champ]


def test_a_page_that_is_too_long_is_refused(porteur: Visit) -> None:
    assert porteur.post(f"{ONE}/verifier", {"html": "x" * 300_000}).status_code == 413


def test_what_arrives_is_shown_by_site_version_and_refusal(world: World, porteur: Visit) -> None:
    nothing = parse(porteur.get(f"{BOUTONS}/{COURRIEL.code}/verifier").text)
    assert "Ni ouverture, ni refus n’a été relevé sur ces 30 jours" in nothing.text
    world.client.get(f"/f/{FIN.code}.json", headers={"origin": SITE})
    world.client.get(f"/f/{FIN.code}.json", headers={"origin": "https://exemple.fr"})
    world.post(an_avis(widget="0.1.0"))
    run(world, world.client.app_state["parts"].presence.write)
    page = parse(porteur.get(f"{ONE}/verifier").text)
    tables = {each.one("caption").text: table_rows(each) for each in page.all("table")}
    assert ["www.exemple.fr", "1", "1", "22 novembre 2026"] in [
        [row[0], row[1], row[1], row[3]] for row in tables["Sites d’où l’on répond"]
    ]
    [version] = [r for r in tables["Versions du widget"] if r[0].startswith("0.1.0")]
    assert "ancienne" in version[0]
    refused = tables["Sites refusés, parce qu’ils ne sont pas dans la liste"]
    assert "avec ou sans « www. »" in refused[1][0]
    reasons = [row[0] for row in tables["Refus, par raison"][1:]]
    assert any(each.startswith("Ce site n’est pas autorisé") for each in reasons)
    assert "22 novembre 2026 à 11 h 00" in page.text


def test_what_strangers_sent_is_shown_as_text_and_forgotten_after_thirty_days(
    world: World, porteur: Visit
) -> None:
    values = {
        Vu(1, FIN.code, "2026-10-24", "origine_refusee", "<b>a.fr"): 1,
        Vu(1, FIN.code, "2026-10-23", "origine_refusee", "ancien.fr"): 1,
    }
    run(world, lambda: world.store.add_presence(values))
    text = porteur.get(f"{ONE}/verifier").text
    assert "<b>a.fr" not in text
    assert "<b>a.fr" in parse(text).text
    assert "ancien.fr" not in text
