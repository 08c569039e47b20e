"""The questions of a démarche, as a porteur changes them: chosen, written, published, told since
when."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2 as httpx
import pytest

from collector.domain import Bouton, Demarche, Structure
from collector.parts import Parts
from tests.admin.visit import FORM, Visit, a_visit, an_admin_world, run
from tests.http.html import Element, parse
from tests.world import VILLE, World, an_avis

UNKNOWN = "questionnaire_inconnu"
numbers = itertools.count(10)


@dataclass(frozen=True)
class Place:
    """The pages about the questions of one démarche, and who visits them."""

    world: World
    visit: Visit
    demarche: Demarche
    bouton: Bouton

    def address(self, rest: str = "") -> str:
        return f"/demarches/{self.demarche.slug}/questionnaire{rest}"

    def get(self, rest: str = "", status: int = 200, **query: str) -> Element:
        return main(self.visit.get(self.address(rest), **query), status)

    def post(self, rest: str, said: dict[str, str] | None = None) -> str:
        """What is said once after something was done."""
        answer = self.visit.post(self.address(rest), said or {})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("fait=")[2]

    def start(self, source: str = "standard-1") -> dict[str, str]:
        """Begin a draft; its fields."""
        assert self.post("/commencer", {"source": source}) == ""
        return self.draft()

    def draft(self) -> dict[str, str]:
        return fields(self.get("/brouillon"))

    def press(self, action: str, typed: dict[str, str], status: int = 303) -> Element:
        """Press a button of the draft, and read the page that follows."""
        said = {**typed, "action": action}
        answer = self.visit.post(self.address("/brouillon"), said)
        if status != 303:
            return main(answer, status)
        assert answer.status_code == 303, answer.text
        return main(self.visit.get(answer.headers["location"].removeprefix("/admin")))

    def publish(self) -> str:
        """Publish the draft that is there; what is said once."""
        hidden = self.get("/publier").all("input", type="hidden")
        return self.post("/publier", {each.attrs["name"]: each.attrs["value"] for each in hidden})

    def asked(self) -> str:
        sql = f"select questionnaire from demarche where id = {self.demarche.id}"
        return str(self.world.rows(sql)[0][0])

    def noted(self) -> tuple[str, dict[str, Any]]:
        """The last line of the journal."""
        sql = "select action, sur from journal order by id desc limit 1"
        [(action, sur)] = self.world.rows(sql)
        return str(action), json.loads(sur)

    def told(self) -> list[str]:
        """The lines that say since when, the newest first."""
        return [row.text for row in self.get().all("tr")][1:]

    def form(self) -> Element:
        """The form as people see it."""
        return parse(self.world.client.get(f"/f/{self.bouton.code}").text)


def main(answer: httpx.Response, status: int = 200) -> Element:
    assert answer.status_code == status, answer.text
    return parse(answer.text).one("main")


def fields(page: Element) -> dict[str, str]:
    """What a browser would send of the form of a draft, without any button."""
    form = page.one("form", **{"class": "redaction"})
    found = {
        each.attrs["name"]: each.attrs["value"]
        for each in form.all("input")
        if each.attrs.get("type") != "checkbox" or "checked" in each.attrs
    }
    for each in form.all("select"):
        options = list(each.all("option"))
        chosen = [option for option in options if "selected" in option.attrs] or options
        found[each.attrs["name"]] = chosen[0].attrs["value"]
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("questions")) as world:
        yield world


@pytest.fixture(scope="module")
def porteur(world: World) -> Visit:
    return a_visit(world, "porteur", structure_id=VILLE.id)


@pytest.fixture(scope="module")
def operateur(world: World) -> Visit:
    return a_visit(world, "operateur")


def a_place(world: World, visit: Visit, structure_id: int = VILLE.id) -> Place:
    """A démarche of its own for a test."""
    number = next(numbers)
    demarche = Demarche(0, f"demarche-{number}", "Une démarche", structure_id, "standard-1")
    demarche = replace(demarche, publique=True)

    async def make() -> Place:
        id = await world.store.add_demarche(demarche)
        bouton = Bouton(f"code{number}", id, "Fin")
        await world.store.add_bouton(bouton)
        parts: Parts = world.client.app_state["parts"]
        parts.catalogue.look_again()
        return Place(world, visit, replace(demarche, id=id), bouton)

    place: Place = run(world, make)
    return place


@pytest.fixture
def place(world: World, porteur: Visit) -> Place:
    return a_place(world, porteur)


def avis(place: Place, **changes: Any) -> dict[str, Any]:
    """A body that is accepted, without an origin to check."""
    return an_avis(place.bouton, clock_ms=place.world.clock.ms, **changes)


def receive(place: Place, **changes: Any) -> int:
    body = avis(place, **changes)
    return place.world.client.post("/api/v1/avis", json=body).status_code


# Choosing


def test_one_that_is_there_is_chosen_after_what_it_changes_was_said(place: Place) -> None:
    page = place.get("/choix", questionnaire="standard-facile-1")
    assert page.text.count("rupture :") == 3
    assert "La note affichée en premier sera celle d’une autre question" in page.text
    said = {"questionnaire": "standard-facile-1", "avant": "standard-1"}
    assert place.post("/choix", said) == "questionnaire_choisi"
    assert place.asked() == "standard-facile-1"
    assert place.noted() == ("questionnaire_choisi", {"demarche": place.demarche.slug, **said})
    easy, standard = place.told()
    assert easy.startswith("Questionnaire standard, phrases simples standard-facile-1 le 22 nov")
    assert easy.endswith("Porteur")
    assert standard == "Questionnaire standard standard-1 la création de la démarche non noté"


def test_two_people_who_choose_at_once_do_not_undo_each_other(place: Place) -> None:
    first = {"questionnaire": "standard-facile-1", "avant": "standard-1"}
    second = {"questionnaire": "satisfaction-seule-1", "avant": "standard-1"}
    assert place.post("/choix", first) == "questionnaire_choisi"
    assert place.post("/choix", second) == "questionnaire_change_ailleurs"
    assert place.asked() == "standard-facile-1"


def test_what_nobody_dated_is_dated_by_the_first_avis(place: Place) -> None:
    assert receive(place) == 201
    assert receive(place, questionnaire="satisfaction-seule-1") == 201
    now, brought = place.told()
    assert "standard-1 novembre 2026 au plus tard, d’après le premier avis" in now
    assert "satisfaction-seule-1 novembre 2026 au plus tard" in brought


def test_only_what_is_shipped_ones_own_or_of_above_may_be_chosen(
    place: Place, world: World, operateur: Visit
) -> None:
    place.start()
    place.press("enregistrer", {**place.draft(), "nom": "chez-nous"})
    assert place.publish() == "questionnaire_publie"
    assert "chez-nous-1" in a_place(world, place.visit).get().text

    async def make() -> tuple[int, int]:
        below = await world.store.add_structure(Structure(0, "École", parent=VILLE.id))
        return below, await world.store.add_structure(Structure(0, "Préfecture"))

    below, elsewhere = run(world, make)
    assert "chez-nous-1" in a_place(world, place.visit, below).get().text
    there = a_place(world, operateur, elsewhere)
    assert "chez-nous-1" not in there.get().text
    for id in ("chez-nous-1", "inconnu-1", ""):
        said = {"questionnaire": id, "avant": "standard-1", "source": id}
        assert there.post("/choix", said) == there.post("/commencer", said) == UNKNOWN
        for path in ("/choix", "/apercu"):
            answer = operateur.get(there.address(path), questionnaire=id)
            assert answer.headers["location"].endswith(UNKNOWN)
    assert there.asked() == "standard-1"
    there.press("publier", {**there.start(), "nom": "chez-nous"}, 422)


# Writing


def test_a_draft_keeps_what_was_typed_whatever_button_is_pressed(place: Place) -> None:
    typed = {**place.start(), "q1.question.fr": "C'était facile ?"}
    for action in ("monter.1", "descendre.0", "plus.1", "retirer.2", "remettre", "enregistrer"):
        typed = fields(place.press(action, typed))
        assert "C’était facile\u00a0?" in typed.values(), action
    assert [typed[f"q{i}.code"] for i in range(3)] == ["satisfaction", "effort", "clarte"]
    assert (typed["q1.niveaux"], typed["q2.niveau4.fr"]) == ("6", "Très claires")


@pytest.mark.parametrize(
    ("action", "focus"),
    [
        ("monter.2", "monter.1"),
        ("monter.1", "descendre.0"),
        ("descendre.0", "descendre.1"),
        ("descendre.1", "monter.2"),
        ("retirer.1", "remettre"),
        ("plus.0", "q0.niveau3.fr"),
        ("moins.1.2", "q1.niveau1.fr"),
        ("ajouter", "q3.question.fr"),
        ("enregistrer", "enregistrer"),
    ],
)
def test_one_goes_on_from_where_one_was(place: Place, action: str, focus: str) -> None:
    page = place.press(action, place.start())
    assert page.one(autofocus="").attrs["id"] == focus


def test_what_is_impossible_is_neither_offered_nor_done(place: Place) -> None:
    typed = place.start("satisfaction-seule-1")
    offered = {each.attrs["value"] for each in place.get("/brouillon").all("button", name="action")}
    assert not {"monter.0", "descendre.0", "remettre"} & offered
    assert {"moins.0.0", "plus.0", "retirer.0", "ajouter", "apercu", "publier"} <= offered
    for action in ("monter.0", "descendre.0", "remettre", "plus.7", "moins.0.99", "inconnu", ""):
        after = fields(place.press(action, typed))
        assert {**after, "etat": ""} == {**typed, "etat": ""}
        typed = after
    for _ in range(3):
        page = place.press("moins.0.0", typed)
        typed = fields(page)
    assert typed["q0.niveaux"] == "2"
    assert not [*page.all("button", value="moins.0.0")]
    for _ in range(12):
        page = place.press("ajouter", typed)
        typed = fields(page)
    assert typed["questions"] == "12"
    assert not [*page.all("button", value="ajouter")]


def test_a_question_is_taken_from_those_there_are_or_is_ones_own(place: Place) -> None:
    typed = place.start("satisfaction-seule-1")
    page = place.press("ajouter", {**typed, "ajout": "demarche-longue-1.delai"})
    typed = fields(page)
    assert (typed["q1.code"], typed["q1.niveau4.en"]) == ("delai", "Very short")
    offered = [each.attrs["value"] for each in page.one("select", id="ajout").all("option")]
    assert "demarche-longue-1.aide" in offered
    assert not [each for each in offered if each.endswith((".delai", ".satisfaction"))]
    typed = fields(place.press("ajouter", {**typed, "ajout": ""}))
    assert (typed["q2.code"], typed["q2.niveaux"], typed["q2.niveau4.fr"]) == ("", "5", "")


def test_what_cannot_be_kept_comes_back_as_it_was_typed(place: Place) -> None:
    typed = place.start()
    page = place.press("enregistrer", {**typed, "q0.question.fr": "é" * 501}, 422)
    assert page.one(id="q0.question.fr").attrs["aria-describedby"] == "q0.question.fr-erreur"
    assert page.one("a", href="#q0.question.fr").text.startswith("501")
    assert fields(page)["q0.question.fr"] == "é" * 501
    assert place.draft() == typed


def test_nobody_writes_over_somebody_else_without_being_told(
    place: Place, operateur: Visit
) -> None:
    typed = place.start()
    place.world.clock.advance(seconds=60)
    other = replace(place, visit=operateur)
    other.press("enregistrer", {**typed, "titre.fr": "Celui de l’autre"})
    page = place.press("enregistrer", {**typed, "titre.fr": "Le mien"}, 409)
    assert "Operateur a modifié ce brouillon" in page.text
    assert place.draft()["titre.fr"] == "Celui de l’autre"
    assert fields(place.press("enregistrer", fields(page)))["titre.fr"] == "Le mien"
    assert place.post("/abandonner", {"etat": place.draft()["etat"]}) == "brouillon_abandonne"
    page = place.press("enregistrer", {**typed, "titre.fr": "Encore"}, 409)
    assert "publié ou abandonné" in page.text
    assert fields(place.press("enregistrer", fields(page)))["titre.fr"] == "Encore"


def test_a_draft_is_left_only_after_a_question(place: Place) -> None:
    typed = place.start()
    assert place.post("/commencer", {"source": "satisfaction-seule-1"}) == "brouillon_deja_la"
    assert "Tout ce qui y est écrit sera effacé" in place.get("/abandonner").text
    assert place.post("/abandonner", {"etat": "2020"}) == "brouillon_change_ailleurs"
    assert place.draft() == typed
    assert place.post("/abandonner", {"etat": typed["etat"]}) == "brouillon_abandonne"
    assert place.noted() == ("brouillon_abandonne", {"demarche": place.demarche.slug})
    for path in ("/brouillon", "/publier", "/abandonner"):
        answer = place.visit.get(place.address(path))
        assert answer.headers["location"].endswith("fait=brouillon_absent")


# Preview


def test_the_preview_is_the_real_form_and_keeps_nothing(place: Place) -> None:
    def kept() -> list[object]:
        here = f"where demarche_id = {place.demarche.id}"
        tables = (f"avis {here}", f"agregat {here}", f"brouillon {here}", "journal")
        return [place.world.rows(f"select * from {each}") for each in tables]

    words = {"q0.question.fr": "Alors", "q1.question.fr": ""}
    place.press("enregistrer", {**place.start(), **words})
    before = kept()
    path = place.address("/apercu")
    page = parse(place.visit.get(path).text)
    form = page.one("form", **{"class": "avis-form"})
    assert [each.text for each in form.all("legend")][:2] == ["Alors", "… (facultatif)"]
    assert form.attrs["action"] == f"/admin{path}?lang=fr"
    thanks = parse(place.world.client.get(f"/f/{place.bouton.code}/merci").text)
    sheets = [each.one("link", rel="stylesheet").attrs["href"] for each in (page, thanks)]
    assert sheets[0] == sheets[1]
    assert "Choisissez une réponse" in place.visit.post(path).text
    sent = place.visit.post(path, {"note.satisfaction": "3", "verbatim": "<b>"})
    assert "rien n’est envoyé ni gardé" in sent.text
    assert "<b>" not in sent.text
    assert kept() == before


def test_a_preview_speaks_the_languages_of_the_form(place: Place) -> None:
    query = {"questionnaire": "standard-1", "lang": "en"}
    page = place.visit.get(place.address("/apercu"), **query).text
    assert "How did this procedure go for you?" in page
    assert parse(page).one("a", hreflang="fr").attrs["href"] == "?lang=fr&questionnaire=standard-1"


# Publishing


def test_a_copy_of_one_that_asks_for_an_address_asks_too_unless_it_is_told_not_to(
    place: Place,
) -> None:
    typed = {**place.start("standard-contact-1"), "nom": "montclair-ecrire"}
    assert "J’accepte que mon adresse électronique soit gardée" in place.get("/brouillon").text
    place.press("enregistrer", typed)
    assert "6 mois" in place.visit.get(place.address("/apercu")).text
    assert place.publish() == "questionnaire_publie"
    assert place.form().one("input", type="email")
    typed = place.start("montclair-ecrire-1")
    place.press("enregistrer", {name: value for name, value in typed.items() if name != "contact"})
    assert place.publish() == "questionnaire_publie"
    assert not list(place.form().all("input", type="email"))


def test_versions_follow_each_other_and_none_ever_changes(place: Place) -> None:
    words = "select contenu from questionnaire where id = 'montclair-accueil-1'"
    place.press("enregistrer", {**place.start(), "nom": "montclair-accueil"})
    page = place.get("/publier")
    assert "Publier Questionnaire standard montclair-accueil-1" in page.text
    assert page.text.count("continuent :") == 3
    assert place.publish() == "questionnaire_publie"
    first = place.world.rows(words)
    typed = place.start("montclair-accueil-1")
    assert typed["nom"] == "montclair-accueil"
    place.press("enregistrer", {**typed, "q1.question.fr": "Facile ?"})
    assert place.get("/publier").text.count("rupture :") == 1
    place.world.clock.advance(seconds=60)
    assert place.publish() == "questionnaire_publie"
    assert place.world.rows(words) == first
    assert place.asked() == "montclair-accueil-2"
    said = {"demarche": place.demarche.slug, "questionnaire": "montclair-accueil-2"}
    assert place.noted() == ("questionnaire_publie", {**said, "avant": "montclair-accueil-1"})
    ids = ("montclair-accueil-2", "montclair-accueil-1", "standard-1")
    assert all(id in line for id, line in zip(ids, place.told(), strict=True))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"nom": "standard"}, "nom"),
        ({"q1.code": "avis"}, "q1.code"),
        ({"q1.code": "ouverture"}, "q1.code"),
        ({"q2.code": "effort"}, "q2.code"),
        ({"q1.question.en": ""}, "q1.question.en"),
        ({"obligatoire": ""}, "obligatoire"),
        ({"obligatoire": "1"}, "obligatoire"),
        ({"q1.niveaux": "1"}, "q1.niveaux"),
        ({"q1.dessin": "étoiles"}, "q1.dessin"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_is_not_published(
    place: Place, wrong: dict[str, str], field: str
) -> None:
    page = place.press("publier", {**place.start(), **wrong}, 422)
    said = page.one(**{"class": "fautes"}).all("a")
    assert [each.attrs["href"] for each in said] == [f"#{field}"]
    assert page.one(id=field)
    # Saved all the same, and refused however it is asked for.
    asked_for = {"etat": place.draft()["etat"], "avant": "standard-1"}
    assert place.post("/publier", asked_for) == "brouillon_a_corriger"
    assert place.asked() == "standard-1"


def test_what_was_shown_is_what_is_published_or_nothing_is(place: Place) -> None:
    etat = place.start()["etat"]
    for seen in ({"etat": "2020", "avant": "standard-1"}, {"etat": etat, "avant": "autre-1"}, {}):
        assert place.post("/publier", seen) == "brouillon_change_ailleurs"
    assert place.asked() == "standard-1"
    assert place.post("/publier", {"etat": etat, "avant": "standard-1"}) == "questionnaire_publie"


def test_who_had_opened_the_form_before_is_heard_and_counted_with_its_questions(
    place: Place,
) -> None:
    hidden = place.form().one("form").all("input", type="hidden")
    opened = {each.attrs["name"]: each.attrs["value"] for each in hidden}
    place.press("enregistrer", {**place.start(), "nom": "apres", "q1.question.fr": "Facile ?"})
    assert place.publish() == "questionnaire_publie"
    assert place.form().one("input", name="questionnaire").attrs["value"] == "apres-1"
    place.world.clock.advance(seconds=30)
    answered = {**opened, "note.satisfaction": "3", "note.effort": "5"}
    page = place.world.client.post(f"/f/{place.bouton.code}", data=answered, headers=FORM)
    assert page.status_code == 303, page.text
    assert receive(place, notes={"satisfaction": 3, "effort": 1}) == 201
    assert receive(place, questionnaire="apres-1", notes={"satisfaction": 3, "effort": 1}) == 201
    counted = place.world.rows(
        "select questionnaire, sum(n) from agregat where dimension = 'effort' "
        f"and demarche_id = {place.demarche.id} group by 1 order by 1"
    )
    assert counted == [("apres-1", 1), ("standard-1", 2)]


def test_figures_go_on_and_break_as_was_said_before_publishing(place: Place) -> None:
    place.press("enregistrer", {**place.start(), "nom": "suite", "q1.question.fr": "Facile ?"})
    said = [row.text for row in place.get("/publier").all("tr")][1:]
    assert ["continuent" in row for row in said] == [True, False, True]
    place.publish()
    for questionnaire in ("standard-1", "suite-1"):
        for _ in range(12):
            notes = {"satisfaction": 3, "effort": 5, "clarte": 4}
            assert receive(place, questionnaire=questionnaire, notes=notes) == 201
    found = place.world.client.get(f"/api/v1/demarches/{place.demarche.slug}/scores").json()
    shown = {
        (each["dimension"], *each["questionnaires"]): each["n"]
        for each in found["total"]["dimensions"]
    }
    assert shown == {
        ("satisfaction", "standard-1", "suite-1"): 24,
        ("effort", "standard-1"): 12,
        ("effort", "suite-1"): 12,
        ("clarte", "standard-1", "suite-1"): 24,
    }
