"""Démarches: the list, a new one, its settings, the archive, another structure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import pytest

from collector.domain import Demarche, Structure
from collector.store.plain import Query
from collector.store.sqlite import SqliteStore
from tests.admin.visit import Visit, a_compte, a_visit, an_admin_world, run
from tests.http.html import Element, parse, table_rows
from tests.http.reading import some_avis
from tests.world import CACHEE, CARTE, FIN, LONGUE, SITE, VILLE, World, an_avis

XSS = "<script>alert('é')</script>\"'&amp;"
NEW = {"titre": "Obtenir un acte", "structure": "1", "questionnaire": "standard-1"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("demarches")) as world:
        run(world, lambda: world.store.add_structure(Structure(0, "Département")))
        seen(world)
        yield world


@pytest.fixture
def world(shared: World) -> World:
    return shared


@pytest.fixture(scope="module")
def porteur(shared: World) -> Visit:
    return a_visit(shared, "porteur", VILLE.id)


@pytest.fixture(scope="module")
def operateur(shared: World) -> Visit:
    return a_visit(shared, "operateur")


def demarche(world: World, slug: str) -> Demarche:
    found = run(world, world.store.load_catalogue).by_slug(slug)
    assert isinstance(found, Demarche)
    return found


def added(world: World, slug: str, **given: Any) -> Demarche:
    """A démarche of the first structure, that the pages know already."""
    new = replace(Demarche(0, slug, f"Titre de {slug}", 1, "standard-1"), **given)
    run(world, lambda: world.store.add_demarche(new))
    seen(world)
    return demarche(world, slug)


def seen(world: World) -> None:
    """Have what was changed behind the server's back be seen at once."""
    world.client.app_state["parts"].catalogue.look_again()


def erreurs(answer: httpx.Response) -> dict[str, str]:
    """What a form that came back says of its fields."""
    assert answer.status_code == 422, answer.status_code
    page = parse(answer.text)
    return {
        each.attrs["id"].removesuffix("-erreur"): each.text
        for each in page.all("p")
        if each.attrs.get("class") == "erreur"
    }


def last_line(world: World) -> tuple[str, dict[str, Any]]:
    [(action, sur)] = world.rows("select action, sur from journal order by id desc limit 1")
    return action, json.loads(sur)


# The list


def listed(page: Element) -> list[str]:
    """The titles of a list, in order."""
    return [each.one("a").text for each in page.all("th", scope="row")]


def test_each_sees_their_own_demarches_and_how_they_do(world: World, porteur: Visit) -> None:
    run(world, lambda: world.store.record(some_avis(40)))
    page = parse(porteur.get("/").text)
    rows = {row[0]: [row[1], *row[3:]] for row in table_rows(page.one("table")) if len(row) == 6}
    [figures] = [row for title, row in rows.items() if title.startswith(CARTE.titre)]
    total = world.rows(
        "select sum(n) from agregat where dimension = 'satisfaction' and demarche_id = 1"
    )[0][0]
    assert figures[0].startswith(tuple("0123456789"))
    assert "sur 10" in figures[0]
    assert figures[1] == str(total)
    assert "novembre 2026 à" in figures[3]
    assert f"{CACHEE.titre}résultats non publiés" in rows
    assert len(list(page.all("svg", **{"class": "etincelle"}))) >= 1


def test_nobody_sees_those_of_others(world: World) -> None:
    lecteur = a_visit(world, "lecteur", demarche_id=LONGUE.id, courriel="longue@exemple.fr")
    page = parse(lecteur.get("/").text)
    assert listed(page) == [LONGUE.titre]
    assert "Nouvelle démarche" not in page.text


def test_who_has_nothing_yet_is_told_what_to_do(world: World, operateur: Visit) -> None:
    nobody = a_visit(world, None, courriel="rien@exemple.fr")
    assert "Aucune démarche ne vous est ouverte." in parse(nobody.get("/").text).text
    assert nobody.get("/demarches/nouvelle").status_code == 403
    new = a_visit(world, "porteur", 2, courriel="departement@exemple.fr")
    page = parse(new.get("/").text)
    assert "Commencez par en créer une" in page.text
    assert page.one("a", href="/admin/demarches/nouvelle").text == "Créer une démarche"


def test_the_list_is_searched_and_put_in_order(porteur: Visit) -> None:
    assert listed(parse(porteur.get("/", q="DOSSIER").text)) == [LONGUE.titre]
    assert "Aucune démarche pour" in parse(porteur.get("/", q="introuvable").text).text
    by_mark = listed(parse(porteur.get("/", tri="note").text))
    assert by_mark == [LONGUE.titre, CARTE.titre, CACHEE.titre]
    assert porteur.get("/", tri="<b>", page="-3", q="x" * 999).status_code == 200


def test_what_was_looked_for_is_shown_as_text(porteur: Visit) -> None:
    for asked in (XSS, "{{ 7 * 7777 }}"):
        answer = porteur.get("/", q=asked)
        assert XSS not in answer.text
        assert parse(answer.text).one("input", id="q").attrs["value"] == asked
    assert "54439" not in parse(porteur.get("/", q="{{ 7 * 7777 }}").text).text


def test_a_list_asks_the_database_as_often_however_long_it_is(
    world: World, operateur: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = SqliteStore._read

    async def read(self: SqliteStore, *queries: Query) -> Any:
        asked.extend(sql.partition("*/")[0] for sql, _ in queries)
        return await real(self, *queries)

    monkeypatch.setattr(SqliteStore, "_read", read)
    operateur.get("/")
    few = list(asked)
    for i in range(60):
        run(world, lambda i=i: world.store.add_demarche(
            Demarche(0, f"suite-{i}", f"Suite {i:02}", 2, "standard-1")))  # fmt: skip
    seen(world)
    operateur.get("/")  # what is configured is read again, once
    asked.clear()
    page = parse(operateur.get("/").text)
    assert len(asked) <= min(len(few), 5)
    assert "Page 1 sur 2" in page.text
    assert listed(parse(operateur.get("/", page="2").text))


# A new one


def test_a_new_demarche_has_a_short_name_made_of_its_title(world: World, porteur: Visit) -> None:
    form = parse(porteur.get("/demarches/nouvelle").text).one("form", method="post", novalidate="")
    names = [each.attrs["name"] for each in form.all() if "name" in each.attrs]
    assert names == ["titre", "structure", "url", "questionnaire", "slug", "publique"]
    options = [each.text for each in form.one("select", name="structure").all("option")]
    assert options == ["Ville de Montclair"]
    answer = porteur.post("/demarches/nouvelle", {**NEW, "titre": "  Obtenir  une copie d’acte "})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(
        "/admin/demarches/obtenir-une-copie-d-acte/boutons"
    )
    made = demarche(world, "obtenir-une-copie-d-acte")
    assert (made.titre, made.structure_id, made.publique) == ("Obtenir une copie d’acte", 1, False)
    assert last_line(world) == ("demarche_creee", {"demarche": "obtenir-une-copie-d-acte"})
    page = parse(porteur.get(answer.headers["location"].removeprefix("/admin")).text)
    assert "La démarche est créée." in page.one("p", role="status").text
    assert "Aucun bouton pour l’instant." in page.text


def test_two_of_the_same_title_have_two_short_names(world: World, porteur: Visit) -> None:
    for slug in ("deux-fois", "deux-fois-2"):
        answer = porteur.post("/demarches/nouvelle", {**NEW, "titre": "Deux fois"})
        assert f"/demarches/{slug}/boutons" in answer.headers["location"]
    # With a script the field holds what is proposed, which nobody chose.
    typed = {**NEW, "titre": "Deux fois", "slug": "deux-fois"}
    answer = porteur.post("/demarches/nouvelle", typed)
    assert "/demarches/deux-fois-3/boutons" in answer.headers["location"]


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("titre", " ", "Écrivez le titre de la démarche"),
        ("titre", "x" * 201, "201 caractères : il en faut 200 au plus."),
        ("titre", "a\u202eb", "un caractère invisible"),
        ("structure", "2", "Choisissez une structure de la liste."),
        ("structure", "999", "Choisissez une structure de la liste."),
        ("structure", XSS, "Choisissez une structure de la liste."),
        ("questionnaire", "absent-1", "Choisissez un questionnaire de la liste."),
        ("slug", "Avec Espaces", "Il faut des minuscules, des chiffres et des tirets."),
        ("slug", "nouvelle", "C’est l’adresse d’une autre page."),
        ("slug", CARTE.slug, "Une autre démarche a déjà ce nom court."),
        ("url", "www.exemple.fr", "Il faut une adresse qui commence par https://"),
        ("url", "javascript:alert(1)", "Il faut une adresse qui commence par https://"),
        ("url", "https://a.fr/" + "x" * 2000, "caractères : il en faut 2000 au plus"),
    ],
)
def test_each_field_that_is_wrong_says_so_and_keeps_what_was_typed(
    world: World, porteur: Visit, champ: str, valeur: str, phrase: str
) -> None:
    before = world.rows("select count(*) from demarche")
    answer = porteur.post("/demarches/nouvelle", {**NEW, champ: valeur})
    assert phrase in erreurs(answer)[champ]
    assert world.rows("select count(*) from demarche") == before
    page = parse(answer.text)
    field = page.one(id=champ)
    assert field.attrs["aria-invalid"] == "true"
    assert f"{champ}-erreur" in field.attrs["aria-describedby"]
    if field.tag == "input":
        assert field.attrs["value"] == valeur
    assert XSS not in answer.text


def test_a_right_on_a_demarche_is_none_to_add_others(world: World) -> None:
    one = a_visit(world, "porteur", demarche_id=CARTE.id, courriel="une@exemple.fr")
    page = parse(one.get("/demarches/nouvelle").text)
    assert "Il manque une structure où la créer." in page.text
    before = world.rows("select count(*) from demarche")
    assert one.post("/demarches/nouvelle", NEW).status_code == 422
    assert world.rows("select count(*) from demarche") == before


# Settings


def settings_of(visit: Visit, slug: str) -> Element:
    return parse(visit.get(f"/demarches/{slug}/reglages").text)


def test_settings_are_changed_and_seen_at_once(world: World, porteur: Visit) -> None:
    before = added(world, "a-regler")
    changed = {
        "titre": "Mieux dite", "url": "https://www.exemple.fr/a", "langue": "en",
        "publique": "oui", "externes": "1234\n\n567\n1234",
    }  # fmt: skip
    answer = porteur.post("/demarches/a-regler/reglages", changed)
    assert answer.headers["location"] == "/admin/demarches/a-regler/reglages?fait=enregistre"
    assert demarche(world, "a-regler") == replace(
        before, titre="Mieux dite", url="https://www.exemple.fr/a", langue="en", publique=True,
        externes=("1234", "567"),
    )  # fmt: skip
    page = settings_of(porteur, "a-regler")
    assert page.one("h1").text == "Mieux dite"
    assert page.one("input", id="titre").attrs["value"] == "Mieux dite"
    assert page.one("textarea", id="externes").raw.strip() == "1234\n567"
    action, sur = last_line(world)
    assert (action, sur["champs"]) == (
        "demarche_changee", ["titre", "url", "langue", "publique", "externes"],
    )  # fmt: skip


def test_what_is_saved_as_it_was_is_no_change(world: World, porteur: Visit) -> None:
    added(world, "inchangee")
    before = world.rows("select count(*) from journal")
    porteur.post("/demarches/inchangee/reglages", {"titre": "Titre de inchangee", "langue": "fr"})
    assert world.rows("select count(*) from journal") == before


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("titre", "", "Écrivez le titre"),
        ("url", "ftp://a.fr", "Il faut une adresse"),
        ("langue", "de", "Il faut fr ou en."),
        ("langue", "", "Choisissez une langue."),
        ("externes", "12\n" + XSS, "il faut des lettres, des chiffres"),
        ("externes", "\n".join(map(str, range(51))), "Il faut au plus 50 numéros."),
        ("externes", "7\nprise", "L’un de ces numéros est déjà celui d’une autre démarche"),
    ],
)
def test_a_setting_that_is_wrong_is_refused_in_a_sentence(
    world: World, porteur: Visit, champ: str, valeur: str, phrase: str
) -> None:
    if world.rows("select 1 from demarche where slug = 'a-le-numero'") == []:
        added(world, "a-le-numero", externes=("prise",))
    fields = {"titre": CARTE.titre, "langue": "fr", "publique": "oui", champ: valeur}
    answer = porteur.post(f"/demarches/{CARTE.slug}/reglages", fields)
    assert phrase in erreurs(answer)[champ]
    assert XSS not in answer.text


def test_no_name_runs_as_a_script_anywhere(world: World, operateur: Visit) -> None:
    """Of a structure, a démarche, its address, its numbers elsewhere."""
    run(world, lambda: world.store.add_structure(Structure(0, XSS)))
    seen(world)
    structure = world.rows("select max(id) from structure")[0][0]
    posted = {"titre": XSS, "structure": str(structure), "questionnaire": "standard-1",
              "slug": "piege", "url": f"https://a.fr/{'%3Cb%3E'}?a='\"&b=<i>"}  # fmt: skip
    assert operateur.post("/demarches/nouvelle", posted).status_code == 303
    pages = ["/", "/?q=alert", "/demarches/nouvelle", "/demarches/piege/reglages",
             "/demarches/piege/reglages/archiver", "/demarches/piege/boutons",
             "/demarches/piege/boutons/nouveau"]  # fmt: skip
    for path in pages:
        text = operateur.get(path).text
        assert "<script>alert" not in text, path
        assert "<i>" not in text, path
    moving = operateur.post("/demarches/piege/reglages/transferer", {"structure": "1"})
    assert "<script>alert" not in moving.text
    assert XSS in parse(moving.text).text


# The archive


def test_an_archived_demarche_takes_no_avis_until_it_is_taken_out(
    world: World, porteur: Visit
) -> None:
    asking = parse(porteur.get(f"/demarches/{CARTE.slug}/reglages/archiver").text)
    told = "Cette démarche ne recueille plus d’avis. Merci d’avoir voulu nous aider."
    assert told in asking.text
    assert demarche(world, CARTE.slug).archivee is False
    assert world.post(an_avis()).status_code == 201
    done = porteur.post(f"/demarches/{CARTE.slug}/reglages/archiver")
    assert done.headers["location"].endswith("/reglages?fait=demarche_archivee")
    assert last_line(world) == ("demarche_archivee", {"demarche": CARTE.slug})
    assert world.post(an_avis()).status_code == 410
    assert world.client.get(f"/f/{FIN.code}").status_code == 410
    told = world.client.get(f"/f/{FIN.code}.json", headers={"origin": SITE}).json()
    assert (told["etat"], told["jeton"]) == ("ferme", None)
    assert world.client.get(f"/resultats/{CARTE.slug}").status_code == 404
    assert CARTE.titre not in listed(parse(porteur.get("/").text))
    assert listed(parse(porteur.get("/", archivees="oui").text)) == [CARTE.titre]
    assert "Sortir des archives" in settings_of(porteur, CARTE.slug).text
    porteur.post(f"/demarches/{CARTE.slug}/reglages/desarchiver")
    assert world.post(an_avis()).status_code == 201
    assert last_line(world) == ("demarche_desarchivee", {"demarche": CARTE.slug})


def test_what_is_archived_already_is_not_archived_again(world: World, porteur: Visit) -> None:
    added(world, "deja", archivee=True)
    before = world.rows("select count(*) from journal")
    assert porteur.post("/demarches/deja/reglages/archiver").status_code == 303
    assert world.rows("select count(*) from journal") == before
    page = parse(porteur.get("/demarches/deja/reglages/archiver").text)
    assert "déjà archivée" in page.text


# Another structure


def test_a_demarche_is_given_away_once_it_is_meant(world: World, operateur: Visit) -> None:
    added(world, "a-donner")
    path = "/demarches/a-donner/reglages/transferer"
    asking = operateur.post(path, {"structure": "2"})
    assert asking.status_code == 200
    page = parse(asking.text)
    assert [each.text for each in page.all("dd")] == ["Ville de Montclair", "Département"]
    assert demarche(world, "a-donner").structure_id == 1
    done = operateur.post(path, {"structure": "2", "confirme": "oui"})
    assert done.headers["location"].endswith("/reglages?fait=demarche_transferee")
    assert demarche(world, "a-donner").structure_id == 2
    assert last_line(world) == (
        "demarche_transferee", {"demarche": "a-donner", "de": 1, "a": 2},
    )  # fmt: skip
    assert operateur.get("/demarches/a-donner/reglages").status_code == 200


@pytest.mark.parametrize(
    ("structure", "phrase"),
    [
        ("1", "déjà dans cette structure"),
        ("2", "Choisissez une structure de la liste."),
        ("999", "Choisissez une structure de la liste."),
        ("", "Choisissez une structure de la liste."),
    ],
)
def test_a_demarche_goes_only_where_one_may_set_things(
    world: World, porteur: Visit, structure: str, phrase: str
) -> None:
    fields = {"structure": structure, "confirme": "oui"}
    answer = porteur.post(f"/demarches/{CARTE.slug}/reglages/transferer", fields)
    assert answer.status_code == 422
    assert phrase in parse(answer.text).text
    assert demarche(world, CARTE.slug).structure_id == 1


def test_a_demarche_is_not_taken_from_its_structure_by_who_settles_it_alone(world: World) -> None:
    added(world, "convoitee")
    id = demarche(world, "convoitee").id
    visit = a_visit(world, "porteur", demarche_id=id, courriel="convoite@exemple.fr")
    a_compte(world, "porteur", 2, courriel="convoite@exemple.fr")
    path = "/demarches/convoitee/reglages"
    assert "Demandez-le à une personne" in visit.get(path).text
    fields = {"structure": "2", "confirme": "oui"}
    assert visit.post(f"{path}/transferer", fields).status_code == 403
    assert demarche(world, "convoitee").structure_id == 1
    a_compte(world, "porteur", 1, courriel="convoite@exemple.fr")
    assert visit.post(f"{path}/transferer", fields).status_code == 303


def test_the_way_back_says_each_page_and_its_tab(porteur: Visit) -> None:
    def way(path: str) -> list[str]:
        nav = parse(porteur.get(f"/demarches/{CARTE.slug}{path}").text).one(
            "nav", **{"class": "fil"}
        )
        return [each.text.strip() for each in nav.all("li")]

    assert way("?du=2026-11-01&au=2026-11-22") == ["Démarches", CARTE.titre]
    assert way("/boutons") == ["Démarches", CARTE.titre, "Boutons"]
    assert way("/boutons/nouveau") == ["Démarches", CARTE.titre, "Boutons", "Nouveau bouton"]
    assert way("/annotations") == ["Démarches", CARTE.titre, "Ajouter une annotation"]
    assert way("/commentaires/etiquettes")[2:] == ["Commentaires", "Étiquettes"]
