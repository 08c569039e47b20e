"""The statistics interface that clients of the national service know."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import jsonschema_rs
import pytest

from collector.acces import Portee
from collector.domain import Avis, new_cle
from tests.contract.test_openapi import SPEC, inlined
from tests.http.problems import problem
from tests.http.reading import a_token, record
from tests.world import AILLEURS, CACHEE, CARTE, FIN, LONGUE, NOON, World, a_world

STATISTIQUES = "/api/open-api/statistiques"
YEAR = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
DESCRIBED = SPEC["paths"][STATISTIQUES]["post"]
ONE = Avis(1, "", FIN.code, "standard-1", 1, "", "", {})
AIDE = {"aide": 2, "aide.telephone": 1, "aide.guichet": 1, "joint.telephone": 2,
        "joint.guichet": 1, "qualite.telephone": 5}  # fmt: skip


def some() -> Iterator[Avis]:
    """Three in 2026 and one in 2025, one more set aside; two of another démarche; help in a third
    questionnaire."""
    for i, (jour, note) in enumerate(
        [("2026-01-01", 1), ("2026-06-30", 3), ("2026-12-31", 3), ("2025-12-31", 2)]
    ):
        yield _avis(i, jour, {"satisfaction": note})
    yield replace_(_avis(5, "2026-06-30", {"satisfaction": 1}), ecarte="spam")
    yield replace_(
        _avis(6, "2026-03-29", {"satisfaction": 2}), demarche_id=2, bouton=AILLEURS.code,
        questionnaire="demarche-longue-1",
    )  # fmt: skip
    yield replace_(_avis(7, "2026-10-25", {"satisfaction": 3, "clarte": 4, **AIDE}),
                   questionnaire="jdma-2024")  # fmt: skip


def _avis(i: int, jour: str, notes: dict[str, int]) -> Avis:
    return ONE._replace(
        cle=new_cle(NOON, i), jour=jour, recu_le=f"{jour}T10:00:00.000Z", notes=notes
    )


def replace_(avis: Avis, **changes: Any) -> Avis:
    return avis._replace(**changes)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("open-api")) as made:
        record(made, some())
        yield made.numbered()


@pytest.fixture(scope="module")
def token(world: World) -> str:
    return a_token(world)


def ask(world: World, token: str, body: Any) -> httpx.Response:
    return world.client.post(STATISTIQUES, json=body, headers={"authorization": f"Bearer {token}"})


def data(world: World, token: str, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(world, token, {**YEAR, **asked})
    assert answer.status_code == 200, answer.text
    schema = inlined(SPEC["components"]["schemas"]["Statistiques"])
    jsonschema_rs.validate(schema, answer.json())
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def intervals(world: World, token: str, **asked: Any) -> list[dict[str, Any]]:
    """Those of the one form of the one démarche that is asked for."""
    [product] = data(world, token, product_ids=[1234], **asked)
    [form] = product["forms"]
    found: list[dict[str, Any]] = form["intervals"]
    return found


def hits(champ: dict[str, Any]) -> dict[str, int]:
    return {each["label"]: each["count"] for each in champ["number_hits"] if each["count"]}


def champs(interval: dict[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    """Answers that somebody gave, by question and its first words."""
    return {(each["category"], each["label"][:8]): hits(each) for each in interval["data"]}


def test_the_example_is_answered_as_it_is_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    example = DESCRIBED["requestBody"]["content"]["application/json"]["examples"]["par_an"]
    answer = DESCRIBED["responses"]["200"]["content"]["application/json"]["examples"]["par_an"]
    with a_world(tmp_path_factory.mktemp("exemple")) as made:
        record(made, [avis for avis in some() if avis.questionnaire == "standard-1"])
        assert ask(made.numbered(), a_token(made), example["value"]).json() == answer["value"]


def test_days_are_inclusive_at_both_ends(world: World, token: str) -> None:
    def counted(start: str, end: str) -> int:
        days = {"start_date": start, "end_date": end}
        [interval] = intervals(world, token, **days, field_codes=["satisfaction"])
        return sum(sum(each.values()) for each in champs(interval).values())

    assert counted("2026-01-01", "2026-12-31") == 4
    assert counted("2026-01-02", "2026-12-30") == 2
    assert counted("2025-12-31", "2025-12-31") == 1


@pytest.mark.parametrize(
    ("interval", "first", "n"),
    [("day", "2026-01-01", 365), ("week", "2026-01-01", 53), ("month", "2026-01-01", 12),
     ("year", "2026-01-01", 1), ("none", "2026-01-01", 1)],
)  # fmt: skip
def test_steps_of_the_calendar_add_up(
    world: World, token: str, interval: str, first: str, n: int
) -> None:
    found = intervals(world, token, interval=interval, field_codes=["satisfaction"])
    assert (found[0]["date"], found[0]["length_interval"], len(found)) == (first, interval, n)
    total = sum(sum(sum(each.values()) for each in champs(step).values()) for step in found)
    assert total == 4
    dates = [step["date"] for step in found]
    assert dates == sorted(set(dates))


def test_help_is_told_by_channel(world: World, token: str) -> None:
    [interval] = intervals(world, token)
    found = champs(interval)
    assert found["contact_tried", "Pour fai"] == {
        "Au guichet d’une administration": 1, "Au téléphone, avec l’administration": 1,
    }  # fmt: skip
    assert found["contact_reached", "Avez-vou"] == {"Non": 1, "Oui": 1}
    assert found["contact_satisfaction", "L’aide r"] == {"Très bonne": 1}
    [tried] = (each for each in interval["data"] if each["category"] == "contact_tried")
    phone = next(each for each in tried["number_hits"] if "téléphone" in each["label"])
    assert [(each["category"], hits(each)) for each in phone["children"]] == [
        ("contact_reached", {"Oui": 1}), ("contact_satisfaction", {"Très bonne": 1}),
    ]  # fmt: skip
    last = tried["number_hits"][-1]
    assert (last["intention"], "children" in last) == ("good", False)


def test_intentions_go_from_the_worst_to_the_best(world: World, token: str) -> None:
    [interval] = intervals(world, token, field_codes=["comprehension", "satisfaction"])
    told = {each["category"]: [hit["intention"] for hit in each["number_hits"]]
            for each in interval["data"]}  # fmt: skip
    assert told == {
        "satisfaction": ["bad", "medium", "good"],
        "comprehension": ["very_bad", "bad", "medium", "good", "very_good"],
    }


def test_a_question_is_found_by_either_name_and_other_words_stand_apart(
    world: World, token: str
) -> None:
    assert intervals(world, token, field_codes=["clarte"]) == intervals(
        world, token, field_codes=["comprehension"]
    )
    [interval] = intervals(world, token, field_codes=["satisfaction"])
    assert champs(interval) == {
        ("satisfaction", "Dans l’e"): {"Très bien": 1},
        ("satisfaction", "Comment "): {"Mal": 1, "Bien": 2},
    }


def test_services_have_the_numbers_that_are_asked_for(world: World, token: str) -> None:
    answer = world.client.get(
        "/api/open-api/services", headers={"authorization": f"Bearer {token}"}
    )
    services = answer.json()["data"]
    assert [(each["id"], each["title"], each["forms"][0]["id"]) for each in services] == [
        (LONGUE.id, LONGUE.titre, LONGUE.id), (CACHEE.id, CACHEE.titre, CACHEE.id),
        (1234, CARTE.titre, 456),
    ]  # fmt: skip
    assert [each["product_id"] for each in data(world, token)] == [2, 3, 1234]
    assert [each["product_id"] for each in data(world, token, form_ids=[456, 2])] == [2, 1234]


def test_two_demarches_never_have_one_number(tmp_path_factory: pytest.TempPathFactory) -> None:
    with a_world(tmp_path_factory.mktemp("numeros")) as made:
        asyncio.run(made.store.change_demarche(replace(CARTE, externes=("2", "abc"))))
        made.client.app_state["parts"].catalogue.look_again()
        numbers = [each["product_id"] for each in data(made, a_token(made))]
        assert numbers == [2, 3, 1_000_000_002]


def test_what_a_token_may_not_see_is_not_there(world: World) -> None:
    other = a_token(world, Portee(demarches=(LONGUE.id,)))
    assert [each["product_id"] for each in data(world, other)] == [LONGUE.id]
    problem(ask(world, other, {**YEAR, "product_ids": [1234]}), 404, "demarche_inconnue")
    problem(ask(world, other, {**YEAR, "form_ids": [456]}), 404, "demarche_inconnue")
    problem(ask(world, "jdma_faux", YEAR), 401, "jeton_api_inconnu")
    problem(world.client.post(STATISTIQUES, json=YEAR), 401, "jeton_api_absent")


@pytest.mark.parametrize(
    ("body", "status", "code", "champs"),
    [
        ([], 422, "filtre_invalide", {"avis"}),
        ({}, 422, "filtre_invalide", {"start_date", "end_date"}),
        ({**YEAR, "start_date": "2026-13-01"}, 422, "filtre_invalide", {"start_date"}),
        ({**YEAR, "end_date": "2025-01-01"}, 422, "filtre_invalide", {"end_date"}),
        ({**YEAR, "interval": "hour"}, 422, "filtre_invalide", {"interval"}),
        ({**YEAR, "product_ids": "1234"}, 422, "filtre_invalide", {"product_ids"}),
        ({**YEAR, "product_ids": ["x"]}, 422, "filtre_invalide", {"product_ids.0"}),
        ({**YEAR, "field_codes": ["meteo"]}, 422, "filtre_invalide", {"field_codes"}),
        ({**YEAR, "produits": []}, 422, "filtre_invalide", {"produits"}),
        (
            {"start_date": "2000-01-01", "end_date": "2100-12-31", "interval": "day"},
            422, "filtre_invalide", {"interval"},
        ),
        ({**YEAR, "product_ids": [99]}, 404, "demarche_inconnue", set()),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    world: World, token: str, body: Any, status: int, code: str, champs: set[str]
) -> None:
    found = problem(ask(world, token, body), status, code)
    assert {each["champ"] for each in found.get("erreurs", [])} == champs


def test_what_is_no_json_or_too_long_is_refused(world: World, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    answer = world.client.post(STATISTIQUES, content=b"{", headers=headers)
    problem(answer, 400, "json_invalide")
    answer = world.client.post(STATISTIQUES, content=b" " * 70_000, headers=headers)
    problem(answer, 413, "trop_grand")


def test_reading_them_is_in_the_journal(world: World, token: str) -> None:
    data(world, token)
    entree = asyncio.run(world.store.journal(1))[0]
    assert (entree.action, entree.sur) == (
        "lecture",
        {"statistiques": ["2026-01-01", "2026-12-31"]},
    )


def test_health_is_told_to_anyone(world: World) -> None:
    answer = world.client.get("/api/open-api/health")
    assert answer.json() == {"status": "ok", "database": "ok", "elk": None}
