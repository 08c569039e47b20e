"""What a widget is given: its questions, for its own bouton."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from collector.catalogue import shipped_questionnaires
from collector.config import resource
from collector.domain import in_language
from collector.jeton import Jetons
from collector.texts import Texts
from tests.http.problems import LANGUES, problem
from tests.world import AILLEURS, COURRIEL, FIN, NOON, SECRET, SITE, World, a_world, an_avis

ADDRESS = f"/f/{FIN.code}.json"
SCHEMA = json.loads(resource("schemas", "formulaire.v1.json").read_text("utf-8"))


def questions(world: World, address: str = ADDRESS, **headers: str) -> dict[str, Any]:
    answer = world.client.get(address, headers={"origin": SITE, **headers})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    jsonschema_rs.validate(SCHEMA, found)
    return found


# The questions


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize(
    ("code", "questionnaire"), [(FIN.code, "standard-1"), (AILLEURS.code, "demarche-longue-1")]
)
def test_the_questions_come_in_the_language_asked_for(
    world: World, code: str, questionnaire: str, langue: str
) -> None:
    found = questions(world, f"/f/{code}.json?lang={langue}")
    asked = shipped_questionnaires()[questionnaire]
    assert (found["bouton"], found["etat"], found["langue"]) == (code, "ouvert", langue)
    assert found["langues"] == list(LANGUES)
    assert found["textes"] == Texts()[langue]
    assert found["questionnaire"]["id"] == questionnaire
    assert [
        (d["code"], d["question"], d["niveaux"], d["obligatoire"])
        for d in found["questionnaire"]["dimensions"]
    ] == [
        (
            d.code,
            in_language(d.question, langue),
            [in_language(n, langue) for n in d.niveaux],
            d.obligatoire,
        )
        for d in asked.dimensions
    ]
    assert found["questionnaire"]["commentaire"]["longueur"] == 10_000


@pytest.mark.parametrize("langue", LANGUES)
def test_a_closed_bouton_says_so_and_gives_neither_questions_nor_jeton(
    world: World, langue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    asyncio.run(world.store.set_bouton_ouvert(FIN.code, False))
    found = questions(world, f"{ADDRESS}?lang={langue}")
    assert (found["etat"], found["jeton"], found["questionnaire"]) == ("ferme", None, None)
    assert found["textes"]["ferme_titre"] == Texts()[langue]["ferme_titre"]


def test_the_jeton_and_the_clock_are_those_an_avis_needs(world: World) -> None:
    found = questions(world)
    assert found["maintenant"] == NOON
    assert Jetons(SECRET, 24).read(found["jeton"], FIN.code, NOON) == NOON
    world.clock.advance(seconds=5)
    assert world.post(an_avis(jeton=found["jeton"])).status_code == 201
    assert world.histogram() == {3: 1}


def test_the_addresses_are_those_of_the_outside(tmp_path: Path) -> None:
    with a_world(tmp_path, public_url="https://avis.exemple.fr/jdma/") as world:
        found = questions(world)
        assert found["page"] == f"https://avis.exemple.fr/jdma/f/{FIN.code}"
        assert found["envoi"] == "https://avis.exemple.fr/jdma/api/v1/avis"


def test_the_questions_may_be_read_by_the_boutons_sites_only(world: World) -> None:
    answer = world.client.get(ADDRESS, headers={"origin": SITE})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    for code, origin in ((FIN.code, "https://evil.test"), (COURRIEL.code, SITE)):
        for langue in LANGUES:
            refused = world.client.get(
                f"/f/{code}.json", headers={"origin": origin, "accept-language": langue}
            )
            problem(refused, 403, "origine_refusee", langue)


def test_an_unknown_bouton_is_a_problem_even_for_a_browser(world: World) -> None:
    answer = world.client.get("/f/zzzz22.json", headers={"accept": "text/html"})
    problem(answer, 404, "bouton_inconnu")


def test_the_questions_seen_are_an_opening_and_a_refusal_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions(world)
    questions(world)
    world.client.head(ADDRESS, headers={"origin": SITE})
    world.client.get(ADDRESS, headers={"origin": "https://evil.test"})
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    asyncio.run(world.store.set_bouton_ouvert(COURRIEL.code, False))
    questions(world, f"/f/{COURRIEL.code}.json", origin="http://127.0.0.1:8000")
    assert world.post(an_avis()).status_code == 201
    assert world.histogram("ouverture") == {1: 2}


@pytest.mark.parametrize(
    "path", ["/f/k7f3q2/", "/f/k7f3q2.json/", "/resultats", "/healthz/", "/api/v1/demarches/"]
)
def test_an_address_with_a_slash_too_many_or_too_few_is_not_sent_elsewhere(
    world: World, path: str
) -> None:
    answer = world.client.get(path, headers={"host": "evil.test"})
    assert "location" not in answer.headers
    assert "barre oblique" in problem(answer, 404, "introuvable")["detail"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("br, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("br", None), ("", None)],
)
def test_the_questions_travel_as_small_as_the_browser_takes_them(
    world: World, accepted: str, coding: str | None
) -> None:
    found = world.client.get(ADDRESS, headers={"origin": SITE, "accept-encoding": accepted})
    assert found.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in found.headers["vary"]
    jsonschema_rs.validate(SCHEMA, found.json())
    assert (int(found.headers["content-length"]) < 2_000) == (coding is not None)


def test_each_form_has_a_cle_of_its_own_that_an_avis_can_be_sent_with(world: World) -> None:
    one, other = questions(world), questions(world)
    assert one["cle"] != other["cle"]
    world.clock.advance(seconds=10)
    for given in (one, other):
        body = an_avis(cle=given["cle"], jeton=given["jeton"])
        assert world.post(body).status_code == 201
    assert world.count() == 2
