"""Choice questions from the body to the file: what is refused, the form as a browser without
JavaScript uses it, figures, and downloads."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.catalogue import shipped_texts
from collector.parts import Parts
from tests.choices import AIDE, AIDEE, AIDER, JDMA, helped, stored, with_choices
from tests.durability.test_exchange import FILES, jdma, run
from tests.http.html import Element, parse, plain
from tests.http.problems import refused
from tests.http.reading import a_token, read, record
from tests.http.test_figures import figures
from tests.http.test_form import fields_of, get, send
from tests.world import World, a_world

PAGE = f"/f/{AIDER.code}"
TICKED = {"choix.aide.telephone": "1", "choix.aide.proche": "1"}
CODES = [option.code for option in AIDE.options]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield with_choices(made)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all that is refused."""
    with a_world(tmp_path_factory.mktemp("refus")) as made:
        yield with_choices(made)


def notes(world: World) -> list[dict[str, int]]:
    return [json.loads(each) for (each,) in world.rows("select notes from avis order by id")]


# The API


def test_what_was_ticked_is_stored_and_counted(world: World) -> None:
    body = helped(["telephone", "proche"], joint_telephone=2, qualite_telephone=4)
    assert world.post(body).status_code == 201
    assert notes(world) == [
        {
            "satisfaction": 3, "joint.telephone": 2, "qualite.telephone": 4,
            "aide": 2, "aide.telephone": 1, "aide.proche": 1,
        }
    ]  # fmt: skip
    assert world.histogram("aide") == {2: 1}
    assert world.histogram("aide.telephone") == {1: 1}
    assert world.histogram("joint.telephone") == {2: 1}


@pytest.mark.parametrize(
    ("choix", "levels", "champs"),
    [
        ({"aides": ["proche"]}, {}, ["choix.aides"]),
        ({"aide": ["voisin"]}, {}, ["choix.aide"]),
        ({"aide": ["aucune", "proche"]}, {}, ["choix.aide"]),
        ({"aide": ["proche"]}, {"joint.telephone": 2}, ["notes.joint.telephone"]),
        ({"aide": ["telephone"]}, {"qualite.telephone": 2}, ["notes.qualite.telephone"]),
        ({"aide": ["telephone"]}, {"joint.telephone": 3}, ["notes.joint.telephone"]),
        ({"aide": ["proche", "proche"]}, {}, ["choix.aide"]),
        ({"aide": "proche"}, {}, ["choix.aide"]),
        ({"aide": [1]}, {}, ["choix.aide.0"]),
        ({"aide": ["Proche"]}, {}, ["choix.aide.0"]),
        ({"Aide": []}, {}, ["choix"]),
        ([], {}, ["choix"]),
        ({"aide": CODES * 3}, {}, ["choix.aide", "choix.aide"]),
        ({}, {"a.b.c": 1}, ["notes"]),
    ],
    ids=repr,
)
def test_an_answer_to_what_is_not_asked_is_refused(
    untouched: World, choix: Any, levels: dict[str, int], champs: list[str]
) -> None:
    body = {**helped(), "choix": choix, "notes": {"satisfaction": 3, **levels}}
    document = refused(untouched, body, 422, "avis_invalide")
    assert [faute["champ"] for faute in document["erreurs"]] == champs


# The form


def opened(world: World) -> dict[str, str]:
    page = parse(get(world, PAGE).text)
    fields = fields_of(page)
    for each in page.all("input", type="checkbox"):
        fields.pop(each.attrs["name"])  # fields_of takes a box for a field that is always sent
    world.clock.advance(seconds=10)
    return {**fields, "note.satisfaction": "3"}


def boxes(page: Element) -> list[str]:
    """What is ticked."""
    found = page.all("input", type="checkbox")
    return [each.attrs["name"] for each in found if "checked" in each.attrs]


@pytest.mark.parametrize("langue", ["fr", "en"])
def test_the_page_asks_everything_without_a_script(untouched: World, langue: str) -> None:
    page = parse(get(untouched, f"{PAGE}?lang={langue}").text)
    labels = [plain(option.libelle[langue]) for option in AIDE.options]
    [asked] = [
        each
        for each in page.all("fieldset")
        if each.attrs["class"] == "avis-question" and list(each.all("input", type="checkbox"))
    ]
    assert asked.one("p", id="avis-aide-aide").text == AIDE.precision[langue]  # type: ignore[index]
    assert asked.attrs["aria-describedby"] == "avis-aide-aide"
    found = [each.text for each in asked.all("label") if list(each.all("input", type="checkbox"))]
    assert found == labels
    legends = [each.text for each in asked.all("legend")][1:]
    assert legends == [
        f"{plain(option.libelle[langue])} – {plain(suite.question[langue])}"
        for option in AIDE.options
        if option.suites
        for suite in AIDE.suites
    ]
    names = {each.attrs["name"] for each in asked.all("input", type="radio")}
    assert names == {
        f"note.{suite.code}.{option.code}"
        for option in AIDE.options
        if option.suites
        for suite in AIDE.suites
    }


def test_what_is_ticked_and_answered_is_stored(world: World) -> None:
    more = {**TICKED, "note.joint.telephone": "2", "note.qualite.telephone": "5"}
    assert send(world, opened(world), PAGE, **more).status_code == 303
    [stored] = notes(world)
    assert stored == {
        "satisfaction": 3, "joint.telephone": 2, "qualite.telephone": 5,
        "aide": 2, "aide.telephone": 1, "aide.proche": 1,
    }  # fmt: skip


def test_what_a_browser_sends_of_hidden_questions_is_left_out(world: World) -> None:
    more = {
        **TICKED,
        "note.joint.telephone": "1",
        "note.qualite.telephone": "5",
        "note.joint.guichet": "2",
    }
    assert send(world, opened(world), PAGE, **more).status_code == 303
    assert notes(world)[0].keys() == {
        "satisfaction", "joint.telephone", "aide", "aide.telephone", "aide.proche",
    }  # fmt: skip


@pytest.mark.parametrize("langue", ["fr", "en"])
def test_none_beside_others_comes_back_with_a_kind_word(world: World, langue: str) -> None:
    typed = {
        **TICKED,
        "choix.aide.aucune": "1",
        "note.joint.telephone": "2",
        "verbatim": "Merci à Jeanne.",
    }
    answer = send(world, opened(world), f"{PAGE}?lang={langue}", **typed)
    assert (answer.status_code, world.count()) == (422, 0)
    page = parse(answer.text)
    sentence = {
        "fr": "Vous avez coché « Nulle part : je n’en ai pas eu besoin » avec une autre réponse. "
        "Gardez l’une, ou l’autre.",
        "en": "You ticked “Nowhere: I did not need any” along with another answer. "
        "Please keep one or the other.",
    }[langue]
    assert page.one("p", id="avis-aide-erreur").text == sentence
    begin = {"fr": "Ces réponses ne vont pas ensemble", "en": "These answers do not go together"}
    assert page.one("title").text.startswith(begin[langue])
    assert set(boxes(page)) == {*TICKED, "choix.aide.aucune"}
    [alone] = page.all("input", name="choix.aide.aucune")
    assert alone.attrs.keys() >= {"autofocus", "aria-invalid"}
    kept = [e for e in page.all("input", name="note.joint.telephone") if "checked" in e.attrs]
    assert [each.attrs["value"] for each in kept] == ["2"]
    assert page.one("textarea").text == "Merci à Jeanne."
    again = {**fields_of(page), **TICKED, "note.satisfaction": "3"}
    for name in (f"choix.aide.{code}" for code in CODES):
        if name not in TICKED:
            again.pop(name, None)
    assert send(world, again, PAGE).status_code == 303


def test_a_missing_answer_brings_the_page_back_with_what_was_ticked(untouched: World) -> None:
    fields = {**opened(untouched), **TICKED}
    del fields["note.satisfaction"]
    answer = send(untouched, fields, PAGE)
    assert answer.status_code == 422
    page = parse(answer.text)
    assert set(boxes(page)) == {*TICKED}
    assert page.one("title").text.startswith("Il manque une réponse")
    assert not list(page.all("p", id="avis-aide-erreur"))


def test_a_box_that_the_page_does_not_have_is_refused(untouched: World) -> None:
    answer = send(untouched, opened(untouched), PAGE, **{"choix.aide.voisin": "1"})
    assert (answer.status_code, untouched.count()) == (422, 0)
    assert list(parse(answer.text).all("p", role="alert"))


# Figures and files


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that is only read: 30 people who called, 20 of them reached; 70 on their own."""
    with a_world(tmp_path_factory.mktemp("choix")) as made:
        world = with_choices(made)
        reached = helped(["telephone", "proche"], joint_telephone=2, qualite_telephone=4)
        missed = helped(["telephone"], joint_telephone=1)
        for body, n in ((reached, 20), (missed, 10), (helped(["aucune"]), 70), (helped(), 5)):
            record(world, stored(body, "2026-11-02", n))
        yield world


def test_figures_say_help_and_autonomy(filled: World) -> None:
    [choix] = figures(filled, address=f"/api/v1/demarches/{AIDEE.slug}/scores")["total"]["choix"]
    parts = {each["code"]: each["part"]["part"] for each in choix["options"]}
    assert (choix["n"], parts["aucune"], parts["telephone"]) == (100, 0.7, 0.3)
    joint, qualite = choix["suites"]
    assert (joint["effectifs"], round(joint["tete"]["part"], 4)) == ([10, 20], 0.6667)
    assert (qualite["n"], qualite["note_sur_10"], qualite["classe"]) == (20, 7.5, "insuffisant")


@pytest.mark.parametrize(
    ("langue", "said"),
    [
        ("fr", ["70 %", "67 %", "30 réponses, une pour chaque case cochée"]),
        ("en", ["70%", "67%", "30 answers, one for each box that was ticked"]),
    ],
)
def test_the_page_says_the_same_and_what_the_unit_is(
    filled: World, langue: str, said: list[str]
) -> None:
    text = parse(get(filled, f"/resultats/{AIDEE.slug}?lang={langue}").text).one("main").text
    for each in (*said, plain(AIDE.question[langue]), plain(AIDE.suites[0].question[langue])):
        assert each in text


def test_a_page_withholds_what_few_answered(world: World) -> None:
    few = helped(["telephone"], joint_telephone=2)
    record(world, stored(few, "2026-11-02", 10) + stored(helped(["aucune"]), "2026-11-02", 40))
    [choix] = figures(world, address=f"/api/v1/demarches/{AIDEE.slug}/scores")["total"]["choix"]
    assert (choix["n"], choix["suites"][0]["retenu"]) == (50, True)
    page = parse(get(world, f"/resultats/{AIDEE.slug}").text)
    [card] = page.all("section", **{"aria-labelledby": "choix-1-joint"})
    assert "Résultat non montré" in card.text
    assert not list(card.all("table"))


def test_other_options_are_another_question_and_are_named(world: World) -> None:
    content = json.loads(shipped_texts()[JDMA.id])
    content["id"] = "jdma-2027"
    del content["choix"][0]["options"][-2]
    asyncio.run(world.store.add_questionnaire("jdma-2027", json.dumps(content)))
    parts: Parts = world.client.app_state["parts"]
    parts.catalogue.look_again()
    called = stored(helped(["telephone"], joint_telephone=2), "2026-11-02", 15)
    others = stored(helped(["telephone"], joint_telephone=1), "2026-11-03", 20)
    record(world, called + [each._replace(questionnaire="jdma-2027") for each in others])
    found = figures(world, address=f"/api/v1/demarches/{AIDEE.slug}/scores")["total"]["choix"]
    assert [(each["questionnaires"], each["n"]) for each in found] == [
        (["jdma-2024"], 15),
        (["jdma-2027"], 20),
    ]
    page = parse(get(world, f"/resultats/{AIDEE.slug}").text)
    ids = [each.attrs["id"] for each in page.all() if "id" in each.attrs]
    assert len(ids) == len(set(ids))
    assert page.one("main").text.count("Question du questionnaire jdma-2027.") == 2


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_files_have_options_and_suites_case_by_case(filled: World) -> None:
    token = a_token(filled)
    found = rows(read(filled, "/exports/scores.csv", token, demarche=AIDEE.slug).text)
    by_name = {row["dimension"]: row for row in found}
    telephone = by_name["aide.telephone"]
    assert (telephone["n_1"], telephone["n_2"], telephone["n"]) == ("70", "30", "100")
    assert (telephone["part"], telephone["note_sur_10"], telephone["classe"]) == ("0.3", "", "")
    assert (by_name["joint"]["n"], by_name["joint.telephone"]["n_2"]) == ("30", "20")
    assert by_name["joint.guichet"]["n"] == "0"
    assert by_name["qualite.telephone"]["note_sur_10"] == "7.5"
    assert by_name["satisfaction"]["part"] == ""
    avis = rows(read(filled, "/exports/avis.csv", token, demarche=AIDEE.slug).text)
    assert len(avis) == 105
    named = {name: [row[f"{JDMA.id}.{name}"] for row in avis] for name in ("aide", "aide.proche")}
    assert (named["aide"].count("2"), named["aide.proche"].count("1")) == (20, 20)
    assert named["aide"].count("") == 5


@pytest.mark.parametrize(
    ("name", "level", "n"),
    [("aide.telephone", "1", 30), ("joint.telephone", "2", 20), ("qualite.telephone", "4,5", 20)],
)
def test_avis_are_filtered_by_what_was_ticked(filled: World, name: str, level: str, n: int) -> None:
    token = a_token(filled)
    asked = {"demarche": AIDEE.slug, f"note.{name}": level}
    assert len(rows(read(filled, "/exports/avis.csv", token, **asked).text)) == n
    found = rows(read(filled, "/exports/scores.csv", token, **asked).text)
    assert {row["avis"] for row in found} == {str(n)}


def test_a_filter_on_an_option_that_is_not_there_is_refused(filled: World) -> None:
    answer = read(filled, "/exports/avis.csv", a_token(filled), **{"note.aide.voisin": "1"})
    assert answer.status_code == 422
    [faute] = answer.json()["erreurs"]
    assert (faute["champ"], "aide.telephone" in faute["attendu"]) == ("note.aide.voisin", True)


# Out, in, and out again


@pytest.fixture(scope="module")
def exported(filled: World) -> Path:
    run(filled.path, "export", str(filled.path.parent / "sortie"))
    return filled.path.parent / "sortie"


@pytest.fixture(scope="module")
def empty(exported: Path) -> Path:
    """A database that refuses."""
    run(exported.parent / "vide.db", "migrate")
    return exported.parent / "vide.db"


@pytest.fixture
def sortie(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "sortie"))


def test_exported_imported_and_exported_choices_are_the_same(sortie: Path) -> None:
    other, again = sortie.parent / "autre.db", sortie.parent / "encore"
    run(other, "migrate")
    run(other, "import", str(sortie))
    run(other, "export", str(again))
    for name in (each.format("csv") for each in FILES):
        assert (again / name).read_bytes() == (sortie / name).read_bytes()
    assert run(other, "verify")


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("aide", "3", "2"),
        ("aide", "", "2"),
        ("aide.guichet", "1", "3"),
        ("aide.telephone", "", "telephone"),
        ("qualite.telephone", "6", "5"),
        ("joint.guichet", "1", "guichet"),
        ("joint.telephone", "1", "joint.telephone = 2"),
    ],
)
def test_a_row_whose_choices_do_not_hold_together_is_refused(
    empty: Path, sortie: Path, column: str, value: str, wanted: str
) -> None:
    path = sortie / "avis.csv"
    table = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
    at = table[0].index(f"{JDMA.id}.{column}")
    line = next(i for i, row in enumerate(table) if row[table[0].index(f"{JDMA.id}.aide")] == "2")
    table[line][at] = value
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    path.write_text(written.getvalue(), "utf-8")
    ended = jdma(empty, "import", "--dry-run", str(sortie))
    assert ended.code == 1
    assert f"{line + 1}" in ended.err
    assert wanted in ended.err
