"""Who may read what: a token, its rights, its reach, its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.acces import Portee
from tests.http.problems import LANGUES, problem
from tests.http.reading import EVERYTHING, a_token, read, record, some_avis
from tests.world import CACHEE, CARTE, LONGUE, World, an_avis

AVIS = "/api/v1/avis"
SEARCH = "/api/v1/avis/recherche?q=merci"
ROUTES = (AVIS, SEARCH, "/exports/avis.csv", "/exports/avis.schema.json", "/exports/scores.csv")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "jeton_api_absent"),
        ("", "jeton_api_absent"),
        ("Bearer", "jeton_api_absent"),
        ("Bearer ", "jeton_api_absent"),
        ("Basic amRtYTpqZG1h", "jeton_api_absent"),
        ("Bearer jdma_inconnu", "jeton_api_inconnu"),
        ("Bearer " + "x" * 10_000, "jeton_api_inconnu"),
        ("bearer jdma_é", "jeton_api_inconnu"),
    ],
)
def test_without_a_known_token_nothing_is_read(
    world: World, route: str, authorization: str | None, code: str
) -> None:
    for langue in LANGUES:
        headers = {"accept-language": langue}
        if authorization is not None:
            headers["authorization"] = authorization.encode("utf-8")  # type: ignore[assignment]
        answer = world.client.get(route, headers=headers)
        problem(answer, 401, code, langue)
        assert answer.headers["www-authenticate"] == 'Bearer realm="jdma"'


@pytest.mark.parametrize("route", ROUTES)
def test_a_token_ends_when_it_is_said_to(world: World, route: str) -> None:
    token = a_token(world, EVERYTHING, "verbatims", days=1)
    assert read(world, route, token).status_code == 200
    world.clock.advance(days=1)
    told = problem(read(world, route, token), 401, "jeton_api_perime")
    assert "2026-11-23" in told["detail"]


def test_a_token_that_was_revoked_is_worth_nothing_at_once(world: World) -> None:
    token = a_token(world)
    assert read(world, AVIS, token).status_code == 200
    [jeton] = asyncio.run(world.store.jetons())
    assert jeton.vu_le == "2026-11-22T10:00:00.000Z"
    asyncio.run(world.store.revoke_jeton(jeton.id, "2026-11-22T10:00:00.000Z"))
    problem(read(world, AVIS, token), 401, "jeton_api_perime")


def test_a_token_sees_its_demarches_and_no_other_exists_for_it(world: World) -> None:
    record(world, some_avis())
    token = a_token(world, Portee(demarches=(LONGUE.id,)))
    seen = {avis["demarche"] for avis in read(world, AVIS, token).json()["avis"]}
    assert seen == {LONGUE.slug}
    for slug in (CARTE.slug, CACHEE.slug, "nulle-part"):
        problem(read(world, AVIS, token, demarche=slug), 404, "demarche_inconnue")
        problem(read(world, "/exports/avis.csv", token, demarche=slug), 404, "demarche_inconnue")
    told = problem(read(world, AVIS, token, bouton="k7f3q2"), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == "bouton"


def test_a_token_without_any_demarche_left_reads_nothing(world: World) -> None:
    record(world, some_avis())
    token = a_token(world, Portee(demarches=(99,)))
    assert read(world, AVIS, token).json() == {"avis": [], "suivant": None}
    assert len(read(world, "/exports/avis.csv", token).text.splitlines()) == 1


def test_a_demarche_that_is_not_public_is_read_with_a_token(world: World) -> None:
    token = a_token(world, Portee(demarches=(CACHEE.id,)))
    assert read(world, AVIS, token, demarche=CACHEE.slug).status_code == 200


def test_comments_are_for_who_has_the_right(world: World) -> None:
    record(world, some_avis())
    without, with_them = a_token(world), a_token(world, EVERYTHING, "verbatims")
    assert all("verbatim" not in avis for avis in read(world, AVIS, without).json()["avis"])
    assert any(avis["verbatim"] for avis in read(world, AVIS, with_them).json()["avis"])
    for extension in ("csv", "excel.csv", "ndjson", "schema.json", "datapackage.json"):
        address = f"/exports/avis.{extension}"
        assert "commentaire" not in read(world, address, without).text.lower()
        assert "simple, merci" not in read(world, address, without).text
    assert "simple, merci" in read(world, "/exports/avis.csv", with_them).text
    for address in (AVIS, "/api/v1/avis/recherche", "/exports/avis.csv", "/exports/scores.csv"):
        told = problem(read(world, address, without, q="merci"), 403, "droit_absent")
        assert "verbatims" in told["detail"]
        assert read(world, address, with_them, q="merci").status_code == 200


def test_no_token_is_written_anywhere(world: World, tmp_path: Path) -> None:
    token = a_token(world)
    read(world, AVIS, token)
    asyncio.run(world.store.close())
    for path in tmp_path.iterdir():
        assert token.encode() not in path.read_bytes()


# Posting


def test_a_program_that_may_post_needs_no_jeton(world: World) -> None:
    token = a_token(world, Portee(demarches=(CARTE.id,)), "deposer")
    body = an_avis()
    del body["jeton"]
    answer = world.post(body, authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json()) == (201, {"resultat": "enregistre"})
    assert world.rows("select ecarte from avis") == [(None,)]


def test_a_program_that_may_not_post_is_told_why_and_nothing_is_stored(world: World) -> None:
    body = an_avis()
    del body["jeton"]
    reader = a_token(world)
    elsewhere = a_token(world, Portee(demarches=(LONGUE.id,)), "deposer")
    problem(world.post(body, authorization=f"Bearer {reader}"), 403, "droit_absent")
    problem(world.post(body, authorization=f"Bearer {elsewhere}"), 404, "bouton_inconnu")
    problem(world.post(body, authorization="Bearer jdma_x"), 401, "jeton_api_inconnu")
    problem(world.post(body), 403, "jeton_absent")
    assert world.count() == 0
