"""Choices in the administration: the dashboard, its filter, comments, and questionnaires made of
one that asks them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from collector.domain import Questionnaire
from collector.parts import Parts
from tests.admin.test_questionnaire import Place, a_place, fields
from tests.admin.test_tableau import file_rows, origin
from tests.admin.visit import Visit, a_visit, an_admin_world, run
from tests.choices import AIDE, AIDEE, JDMA, add_choices, helped, stored
from tests.http.html import Element, parse, plain, table_rows
from tests.world import VILLE, World

PAGE = f"/demarches/{AIDEE.slug}"
YEAR = "du=2025-12-01&au=2026-11-30"
REACHED = stored(
    helped(["telephone", "proche"], joint_telephone=2, qualite_telephone=4), "2026-11-02"
)
CALLED = REACHED[0]._replace(verbatim="On m’a bien aidé.", cle=REACHED[0].cle[:-1] + "0")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("choix")) as world:
        run(world, lambda: add_choices(world.store))
        parts: Parts = world.client.app_state["parts"]
        parts.catalogue.look_again()
        missed = stored(helped(["telephone", "courriel"], joint_telephone=1), "2026-11-03", 9)
        alone = stored(helped(["aucune"]), "2026-11-04", 20)
        before = stored(helped(["aucune"]), "2025-11-04", 3) + stored(
            helped(["guichet"], joint_guichet=2), "2025-11-04"
        )
        run(world, lambda: world.store.record([CALLED, *missed, *alone, *before]))
        yield world


@pytest.fixture(scope="module")
def visit(world: World) -> Visit:
    return a_visit(world, "porteur", structure_id=VILLE.id, verbatims=True)


def page_of(visit: Visit, query: str) -> Element:
    answer = visit.get(f"{PAGE}?{query}")
    assert answer.status_code == 200, answer.text
    return parse(answer.text).one("main")


def card(page: Element, question: str) -> Element:
    cards = page.all("div", **{"class": "carte"})
    [found] = [each for each in cards if each.one("h3").text == question]
    return found


JOINT, QUALITE = (plain(suite.question["fr"]) for suite in AIDE.suites)


def test_the_cards_of_a_choice_are_a_row_of_their_own(visit: Visit) -> None:
    """Twice as tall as those of scales: in one row with them they leave a hole."""
    page = page_of(visit, YEAR)
    every = [
        [each.one("h3").text for each in row.all("div", **{"class": "carte"})]
        for row in page.all("div", **{"class": "cartes"})
    ]
    asked = plain(AIDE.question["fr"])
    scales, choices = (row for row in every if "Par heure" not in row and row)
    assert choices == [asked, JOINT, QUALITE]
    assert scales == [plain(each.question["fr"]) for each in JDMA.dimensions]


def test_the_dashboard_says_help_and_autonomy_as_the_file_does(visit: Visit) -> None:
    page = page_of(visit, f"{YEAR}&comparer=annee")
    asked = card(page, plain(AIDE.question["fr"]))
    assert asked.one("p", **{"class": "valeur"}).one("strong").text == "67 %"
    assert asked.one("p", **{"class": "ecart"}).text == "75 % sur la période comparée."
    assert "30 personnes ont répondu" in asked.text
    rows = {row["dimension"]: row for row in file_rows(visit, origin(asked)[0])}
    said = {row[0]: row[2] for row in table_rows(asked.one("table"))[1:]}
    assert said == {
        plain(option.libelle["fr"]): rows[f"aide.{option.code}"]["n_2"] for option in AIDE.options
    }
    joint = card(page, JOINT)
    assert joint.one("p", **{"class": "valeur"}).text == "10 % « Oui »"
    assert "100 % « Oui » sur la période comparée" in joint.text
    assert "une personne peut compter plusieurs fois" in joint.text
    together, by_option = joint.all("table")
    assert [row[2] for row in table_rows(together)[1:]] == [rows["joint"][f"n_{i}"] for i in (1, 2)]
    for row, option in zip(table_rows(by_option)[1:], AIDE.options, strict=False):
        assert row[0] == plain(option.libelle["fr"])
        assert row[2] == rows[f"joint.{option.code}"]["n"]
    assert card(page, QUALITE).one("p", **{"class": "valeur"}).text == "7,5 sur 10"


def test_the_filter_keeps_who_ticked_an_option(visit: Visit) -> None:
    page = page_of(visit, f"{YEAR}&note.aide.courriel=1&note.joint.telephone=1")
    form = page.one("form", **{"class": "filtre"})
    assert "checked" in form.one("input", id="note.aide.courriel").attrs
    assert "checked" not in form.one("input", id="note.aide.proche").attrs
    assert form.one("input", name="note.joint.telephone").attrs["value"] == "1"
    participation = page.one("section", **{"aria-labelledby": "t-participation"})
    assert participation.one("dl").one("strong").text == "9"


def test_a_comment_shows_what_was_ticked_in_words(visit: Visit) -> None:
    answer = visit.get(f"{PAGE}/commentaires/{CALLED.cle}")
    assert answer.status_code == 200
    said = parse(answer.text).one("article")
    labels = [each.text for each in said.one("dl").all("dt")]
    words = [each.text for each in said.one("dl").all("dd")]
    found = dict(zip(labels, words, strict=True))
    channel, close = (plain(AIDE.options[i].libelle["fr"]) for i in (1, 4))
    assert found[plain(AIDE.question["fr"])] == f"{channel}, {close}"
    assert found[f"{channel} – {JOINT}"] == "Oui"
    assert found[f"{channel} – {QUALITE}"] == "Plutôt bonne"
    kept = parse(visit.get(f"{PAGE}/commentaires?note.aide.proche=1").text)
    assert kept.one("input", name="note.aide.proche").attrs["value"] == "1"
    assert "On m’a bien aidé." in kept.text


# Questionnaires


@pytest.fixture
def place(world: World, visit: Visit) -> Place:
    return a_place(world, visit)


def published(place: Place) -> Questionnaire:
    sql = f"select contenu from questionnaire where id = '{place.asked()}'"
    [(contenu,)] = place.world.rows(sql)
    return Questionnaire.from_json(json.loads(contenu))


def test_choices_are_shown_and_go_on_unchanged_in_a_version_of_ones_own(place: Place) -> None:
    assert plain(AIDE.question["fr"]) in place.get("/choix", questionnaire=JDMA.id).text
    typed = place.start(JDMA.id)
    assert typed["choix"] == "oui"
    page = place.press("monter.1", typed)
    assert plain(AIDE.question["fr"]) in page.text
    place.press("enregistrer", {**fields(page), "q0.question.fr": "Était-ce clair ?"})
    assert plain(AIDE.options[0].libelle["fr"]) in place.get("/publier").text
    assert place.publish() == "questionnaire_publie"
    made = published(place)
    assert made.choix == JDMA.choix
    assert made.dimensions[0].question["fr"] == "Était-ce clair\u00a0?"
    boxes = [*place.form().all("input", type="checkbox")]
    assert len(boxes) == len(AIDE.options)


def test_choices_may_be_left_out(place: Place) -> None:
    typed = place.start(JDMA.id)
    del typed["choix"]
    place.press("enregistrer", typed)
    assert place.draft().get("choix") is None
    assert place.publish() == "questionnaire_publie"
    assert published(place).choix == ()


def test_the_word_of_a_choice_question_is_taken(place: Place) -> None:
    typed = place.start(JDMA.id)
    for word in ("aide", "joint"):
        page = place.press("publier", {**typed, "q1.code": word}, 422)
        assert "Une question à cases porte déjà" in page.one(id="q1.code-erreur").text
        typed = place.draft()


def test_choices_come_back_with_a_draft_that_was_dropped_meanwhile(place: Place) -> None:
    typed = place.start(JDMA.id)
    assert place.post("/abandonner", {"etat": typed["etat"]}) == "brouillon_abandonne"
    page = place.press("enregistrer", typed, 409)
    place.press("enregistrer", fields(page))
    assert place.publish() == "questionnaire_publie"
    assert published(place).choix == JDMA.choix


def test_other_options_are_said_to_break_the_figures(place: Place) -> None:
    assert place.start(JDMA.id)
    assert place.publish() == "questionnaire_publie"
    [row] = [
        row.text
        for row in place.get("/choix", questionnaire="demarche-longue-1").all("tr")
        if " aide" in row.text
    ]
    assert "rupture" in row
    same = place.get("/choix", questionnaire=JDMA.id)
    [row] = [row.text for row in same.all("tr") if " aide" in row.text]
    assert "continuent" in row


def test_a_preview_shows_choices_and_says_what_does_not_go_together(place: Place) -> None:
    address = place.address(f"/apercu?questionnaire={JDMA.id}")
    page = parse(place.visit.get(address).text)
    assert len([*page.all("input", type="checkbox")]) == len(AIDE.options)
    typed = {"note.satisfaction": "3", "choix.aide.aucune": "1", "choix.aide.proche": "1"}
    answer = place.visit.post(address, typed)
    assert answer.status_code == 422
    assert parse(answer.text).one(id="avis-aide-erreur")
    del typed["choix.aide.proche"]
    assert place.visit.post(address, typed).status_code == 200
