"""POST /api/v1/avis with what it does not want: nothing stored, and a refusal that says why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from collector.catalogue import shipped_questionnaires
from collector.domain import new_cle
from collector.jeton import Jetons
from tests.http.problems import as_json, counters, problem, refused
from tests.world import (
    AILLEURS,
    COURRIEL,
    FIN,
    NOON,
    SITE,
    World,
    a_jeton,
    a_world,
    an_avis,
)

HOUR = 3_600_000


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tables of refusals: each of them proves that it leaves no trace."""
    with a_world(tmp_path_factory.mktemp("untouched")) as made:
        yield made
        assert made.rows("select * from avis") == made.rows("select * from agregat") == []


# The body as a whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"bonjour",
        b"{'cle': 1}",
        b'{"cle": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"etape": NaN}',
        b'{"etape": 1e999}',
        b'{"verbatim": "\\ud83d", "etape": NaN}',
        b'{"verbatim": "\\ud83d"',
        b"[" * 60_000,
        b"[" * 60_000 + b'"\\ud83d"',
        "{}".encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        b"cle=1&etape=1",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_refused(untouched: World, body: bytes) -> None:
    refused(untouched, body, 400, "json_invalide")


@pytest.mark.parametrize("body", [[], [1], "avis", 3, None, True, [[{"cle": 1}]]], ids=repr)
def test_json_that_is_not_an_object_is_refused(untouched: World, body: object) -> None:
    document = refused(untouched, json.dumps(body).encode(), 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == ["avis"]
    assert document["erreurs"][0]["attendu"] == "un objet JSON"


def test_an_avis_inside_another_object_is_refused_with_every_field_named(world: World) -> None:
    document = refused(world, {"avis": an_avis()}, 422, "avis_invalide")
    assert {f["champ"] for f in document["erreurs"]} == {
        "avis", "cle", "etape", "bouton", "questionnaire", "notes",
    }  # fmt: skip


def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(world: World) -> None:
    body = json.dumps(an_avis()).encode()
    padded = body + b" " * (64 * 1024 - len(body))
    refused(world, padded + b" ", 413, "trop_grand")
    assert world.post(padded).status_code == 201


def test_a_body_that_does_not_say_its_length_is_cut_at_the_same_size(world: World) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(65):
            yield b" " * 1024

    headers = {"origin": SITE, "content-type": "text/plain"}
    answer = world.client.post("/api/v1/avis", content=chunks(), headers=headers)
    assert "content-length" not in answer.request.headers
    problem(answer, 413, "trop_grand")
    assert world.count() == 0


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "text/plainly",
        "application/json5",
        "application/ld+json",
        "*/*",
        "",
        ";charset=UTF-8",
    ],
)
def test_another_content_type_is_refused(untouched: World, kind: str) -> None:
    refused(untouched, an_avis(), 415, "type_refuse", **{"content-type": kind})


def test_a_body_without_content_type_is_refused(world: World) -> None:
    answer = world.client.post("/api/v1/avis", content=b"{}", headers={"origin": SITE})
    assert "content-type" not in answer.request.headers
    problem(answer, 415, "type_refuse")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain;charset=UTF-8",
        "Text/Plain ; charset=utf-8",
        "application/json",
        "application/json; charset=utf-8",
    ],
)
def test_text_and_json_are_accepted(world: World, kind: str) -> None:
    assert world.post(an_avis(), **{"content-type": kind}).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_refused_and_told_which_one_to_use(untouched: World, method: str) -> None:
    answer = untouched.client.request(method, "/api/v1/avis")
    problem(answer, 405, "methode_refusee")
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_another_method_is_told_all_that_the_address_answers(untouched: World) -> None:
    allowed = {
        address: untouched.client.put(address).headers["allow"]
        for address in ("/f/k7f3q2", "/f/k7f3q2.json", "/f/k7f3q2/merci", "/resultats/")
    }
    assert allowed.pop("/f/k7f3q2") == "GET, HEAD, POST"
    assert set(allowed.values()) == {"GET, HEAD"}


def test_a_client_that_leaves_in_the_middle_is_no_error_of_ours(world: World) -> None:
    incoming = iter(
        [
            {"type": "http.request", "body": b'{"cle":', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/avis",
        "query_string": b"",
        "headers": [(b"content-type", b"text/plain")],
        "client": ("192.0.2.1", 50_000),
        "state": dict(world.client.app_state),
    }

    async def work() -> None:
        await world.client.app(scope, receive, send)

    asyncio.run(work())
    assert sent[0]["status"] == 400
    assert "erreur_interne" not in world.client.get("/metrics").text


# The bouton, the origin, the jeton


def test_an_unknown_bouton_is_refused(world: World) -> None:
    document = refused(world, an_avis(bouton="zzzz22"), 404, "bouton_inconnu")
    assert "zzzz22" in document["detail"]


@pytest.mark.parametrize("code", ["", "K7F3Q2", "k7f", "k7f3q2 ", "../k7f3q2", "é" * 6, "k" * 99])
def test_what_cannot_be_a_code_is_refused(untouched: World, code: str) -> None:
    document = refused(untouched, an_avis(bouton=code), 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == ["bouton"]


def test_a_closed_bouton_is_refused_until_it_opens_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    asyncio.run(world.store.set_bouton_ouvert(FIN.code, False))
    refused(world, an_avis(), 410, "bouton_ferme")
    asyncio.run(world.store.set_bouton_ouvert(FIN.code, True))
    assert world.post(an_avis()).status_code == 201


def test_a_replay_is_told_the_truth_though_the_bouton_has_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.catalogue.FRESH_SECONDS", 0.0)
    body = an_avis(etape=2)
    assert world.post(body).status_code == 201
    asyncio.run(world.store.set_bouton_ouvert(FIN.code, False))
    for etape in (2, 1):
        answer = world.post({**body, "etape": etape})
        assert (answer.status_code, answer.json()) == (200, {"resultat": "deja_enregistre"})
    refused(world, {**body, "etape": 3}, 410, "bouton_ferme")
    refused(world, {**body, "cle": new_cle(NOON)}, 410, "bouton_ferme")
    refused(world, {**body, "jeton": "x.y"}, 403, "jeton_invalide")
    refused(world, {**body, "jeton": a_jeton(AILLEURS.code)}, 403, "jeton_invalide")


def test_a_replay_is_told_the_truth_though_its_jeton_has_expired(world: World) -> None:
    body = an_avis()
    assert world.post(body).status_code == 201
    world.clock.advance(days=2)
    assert world.post(body).json() == {"resultat": "deja_enregistre"}
    refused(world, {**body, "etape": 2}, 403, "jeton_perime")
    refused(world, {**body, "cle": new_cle(NOON)}, 403, "jeton_perime")
    refused(world, {**body, "jeton": body["jeton"] + "0"}, 403, "jeton_invalide")


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.exemple.fr.evil.test",
        "https://www.exemple.fr:8443",
        "https://www.exemple.fr:443",
        "http://www.exemple.fr",
        "https://exemple.fr",
        "https://evil.test",
        "https://www.exemple.fr/",
        "https://WWW.EXEMPLE.FR",
        "HTTPS://www.exemple.fr",
        "https://www.exemple.fr, https://evil.test",
        "https://www.exemple.fr https://evil.test",
        "www.exemple.fr",
        "null",
        "",
        "*",
        "http://127.0.0.1:8001",
        "http://localhost:8000",
    ],
)
def test_an_origin_that_is_not_on_the_list_is_refused(untouched: World, origin: str) -> None:
    document = refused(untouched, an_avis(), 403, "origine_refusee", origin=origin)
    assert f"« {origin} »" in document["detail"]


def test_a_site_of_one_bouton_is_not_a_site_of_another(world: World) -> None:
    refused(world, an_avis(COURRIEL), 403, "origine_refusee", origin=SITE)


def test_our_own_pages_and_programs_without_origin_are_let_in(world: World) -> None:
    assert world.post(an_avis(), origin="http://127.0.0.1:8000").status_code == 201
    headers = {"content-type": "application/json"}
    answer = world.client.post("/api/v1/avis", json=an_avis(), headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("changes", [{"jeton": ""}, {}])
def test_an_avis_without_jeton_is_refused(untouched: World, changes: dict[str, str]) -> None:
    body = an_avis()
    del body["jeton"]
    refused(untouched, {**body, **changes}, 403, "jeton_absent")


def test_a_jeton_of_another_bouton_is_refused(world: World) -> None:
    refused(world, an_avis(jeton=a_jeton(AILLEURS.code)), 403, "jeton_invalide")


def test_a_jeton_of_another_collector_is_refused(world: World) -> None:
    foreign = Jetons("un-autre-secret-de-trente-deux-caracteres", 24).sign(FIN.code, NOON)
    refused(world, an_avis(jeton=foreign), 403, "jeton_invalide")


def forged() -> list[str]:
    opened, signature = a_jeton().split(".")
    later = f"{int(opened, 16) + 1:x}"
    other = "B" if signature[0] == "A" else "A"
    return [
        f"{later}.{signature}",
        f"0{opened}.{signature}",
        f"{opened.upper()}X.{signature}",
        f"{opened}.{other}{signature[1:]}",
        f"{opened}.{signature[:-1]}",
        f"{opened}.{signature}=",
        f"{opened}.{signature}.",
        f"{opened}.",
        f".{signature}",
        f"{opened}{signature}",
        ".",
        "…",
        "jeton.é",
        "é.è",
        f"{opened}.é{signature[1:]}",
        "\u0000.\u0000",
        "0x10.0",
        "a" * 200,
    ]


@pytest.mark.parametrize("jeton", forged())
def test_a_forged_jeton_is_refused(untouched: World, jeton: str) -> None:
    refused(untouched, an_avis(jeton=jeton), 403, "jeton_invalide")


def test_a_jeton_is_good_for_a_day_and_not_a_millisecond_more(world: World) -> None:
    a_day_old = a_jeton(FIN.code, NOON - 24 * HOUR)
    assert world.post(an_avis(jeton=a_day_old)).status_code == 201
    world.clock.ms += 1
    refused(world, an_avis(jeton=a_day_old), 403, "jeton_perime")


def test_a_jeton_that_is_too_long_is_refused_before_anything_is_computed(world: World) -> None:
    refused(world, an_avis(jeton="a" * 201), 422, "avis_invalide")


# The answers


@pytest.mark.parametrize(
    "level",
    ["0", "4", "-1", "2.5", '"3"', '"trois"', "true", "false", "null", "[]", "{}", "10", "11",
     "9223372036854775808", "-9223372036854775809", "1e30", "1" + "0" * 400, "3.0000001"],
)  # fmt: skip
def test_what_is_not_a_level_from_1_to_3_is_refused(untouched: World, level: str) -> None:
    body = as_json(an_avis(), notes=f'{{"satisfaction": {level}}}')
    if level == "1" + "0" * 400:  # no number of any machine: not JSON for our reader
        refused(untouched, body, 400, "json_invalide")
        return
    document = refused(untouched, body, 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == ["notes.satisfaction"]


@pytest.mark.parametrize("level", ["3", "3.0", "3e0", "0.3e1"])
def test_three_is_three_however_it_is_written(world: World, level: str) -> None:
    body = as_json(an_avis(), notes=f'{{"satisfaction": {level}}}')
    assert world.post(body).status_code == 201
    assert world.histogram() == {3: 1}
    assert world.rows("select notes from avis") == [('{"satisfaction":3}',)]


def test_every_wrong_field_is_named_at_once_with_what_was_wanted(world: World) -> None:
    body = an_avis(etape=0, langue="français", affichage="bandeau", widget="1", age=42)
    document = refused(world, body, 422, "avis_invalide")
    assert {f["champ"]: f["attendu"] for f in document["erreurs"]} == {
        "etape": "au moins 1",
        "langue": "deux lettres, comme fr",
        "affichage": "dialogue | integre | flottant | lien | cadre | page | api",
        "widget": "une version X.Y.Z",
        "age": "aucun champ de ce nom",
    }


def test_every_wrong_answer_is_named_at_once(world: World) -> None:
    notes = {"effort": 6, "clarte": 7, "politesse": 1}
    document = refused(world, an_avis(notes=notes), 422, "avis_invalide")
    assert [(f["champ"], f["valeur"], f["attendu"]) for f in document["erreurs"]] == [
        ("notes.satisfaction", "", "cette réponse est obligatoire"),
        ("notes.effort", "6", "un niveau de 1 à 5"),
        ("notes.clarte", "7", "un niveau de 1 à 5"),
        ("notes.politesse", "politesse", "clarte | effort | satisfaction"),
    ]


@pytest.mark.parametrize("code", ["avis", "ouverture", "satisfactions", "aide"])
def test_a_dimension_that_is_not_asked_is_refused(untouched: World, code: str) -> None:
    document = refused(untouched, an_avis(notes={"satisfaction": 3, code: 1}), 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == [f"notes.{code}"]


@pytest.mark.parametrize("code", ["Satisfaction", "satisfaction ", "", "é", "a" * 41, "\u0000"])
def test_what_cannot_be_a_dimension_is_refused(untouched: World, code: str) -> None:
    document = refused(untouched, an_avis(notes={"satisfaction": 3, code: 1}), 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == ["notes"]


@pytest.mark.parametrize("notes", [[], "3", 3, None, {}, {"effort": 5}], ids=repr)
def test_without_the_mandatory_answer_there_is_no_avis(untouched: World, notes: object) -> None:
    refused(untouched, an_avis(notes=notes), 422, "avis_invalide")


@pytest.mark.parametrize("questionnaire", ["standard-2", "satisfaction", "avis"])
def test_an_unknown_questionnaire_is_refused_with_those_that_exist(
    untouched: World, questionnaire: str
) -> None:
    document = refused(untouched, an_avis(questionnaire=questionnaire), 422, "avis_invalide")
    assert document["erreurs"] == [
        {
            "champ": "questionnaire",
            "valeur": questionnaire,
            "attendu": " | ".join(sorted(shipped_questionnaires())),
        }
    ]


A_CLE = new_cle(NOON, 7)


@pytest.mark.parametrize(
    "cle",
    [
        "",
        "8ae844e2-80c8-47f5-82b0-ea1b83a842aa",  # version 4
        A_CLE.upper(),
        f"{{{A_CLE}}}",
        f"urn:uuid:{A_CLE}",
        UUID(A_CLE).hex,
        A_CLE + "\n",
        " " + A_CLE,
        A_CLE[:-1],
        A_CLE[:19] + "c" + A_CLE[20:],
        A_CLE.replace("7", "٧"),
        "00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_a_uuid_of_version_7_is_no_cle(untouched: World, cle: str) -> None:
    document = refused(untouched, an_avis(cle=cle), 422, "avis_invalide")
    assert [(f["champ"], f["attendu"]) for f in document["erreurs"]] == [
        ("cle", "un UUIDv7 en minuscules")
    ]


def test_a_cle_may_be_two_days_ahead_and_no_more(world: World) -> None:
    assert world.post(an_avis(cle=new_cle(NOON + 48 * HOUR))).status_code == 201
    for ahead in (48 * HOUR + 1, 480 * HOUR):
        document = refused(world, an_avis(cle=new_cle(NOON + ahead)), 422, "avis_invalide")
        assert document["erreurs"][0]["attendu"] == "un UUIDv7 daté d’aujourd’hui"


@pytest.mark.parametrize("etape", ["0", "-1", "100001", "1.5", '"1"', "true", "null", "1e30"])
def test_what_is_not_a_step_is_refused(untouched: World, etape: str) -> None:
    document = refused(untouched, as_json(an_avis(), etape=etape), 422, "avis_invalide")
    assert [f["champ"] for f in document["erreurs"]] == ["etape"]


def test_the_last_possible_step_is_stored_as_a_whole_number(world: World) -> None:
    assert world.post(as_json(an_avis(), etape="1e5")).status_code == 201
    assert world.rows("select etape, typeof(etape) from avis") == [(100_000, "integer")]


def test_a_wrong_value_is_given_back_no_longer_than_needed(world: World) -> None:
    document = refused(world, an_avis(widget="1" * 9_000), 422, "avis_invalide")
    assert document["erreurs"][0]["valeur"] == "1" * 80 + "…"


def test_no_refusal_gives_back_more_than_needed_of_what_came(untouched: World) -> None:
    long = "x" * 30_000
    for answer in (
        untouched.post(an_avis(), origin=long),
        untouched.post(an_avis(), **{"content-type": long}),
        untouched.post(an_avis(**{long: 1})),
        untouched.post(an_avis(notes={long: 1})),
        untouched.client.get(f"/f/{long}"),
        untouched.client.get(f"/f/{long}.json"),
        untouched.client.get(f"/api/v1/demarches/{long}/scores"),
        untouched.client.get("/api/v1/demarches/x/scores", params={"pas": long}),
    ):
        assert 400 <= answer.status_code < 500
        assert "x" * 80 in answer.text
        assert "x" * 81 not in answer.text


def test_a_body_that_is_nested_deeper_than_any_reader_goes_is_refused(untouched: World) -> None:
    for depth in (300, 1_000):
        body = as_json(an_avis(), verbatim="[" * depth + "]" * depth)
        document = refused(untouched, body, 422, "avis_invalide")
        assert [f["champ"] for f in document["erreurs"]] == ["verbatim"]


# The comment


@pytest.mark.parametrize("character", ["a", "é", "’", "字", "😀"])
def test_a_comment_of_10_000_characters_is_kept_whole(world: World, character: str) -> None:
    body = json.dumps(an_avis(verbatim=character * 10_000), ensure_ascii=False).encode()
    assert world.post(body).status_code == 201
    assert world.rows("select verbatim from avis") == [(character * 10_000,)]


@pytest.mark.parametrize("character", ["a", "😀"])
def test_a_comment_of_one_character_more_is_refused(untouched: World, character: str) -> None:
    body = an_avis(verbatim=character * 10_001)
    document = refused(
        untouched, json.dumps(body, ensure_ascii=False).encode(), 422, "avis_invalide"
    )
    assert document["erreurs"] == [
        {
            "champ": "verbatim",
            "valeur": character * 80 + "…",
            "attendu": "au plus 10000 caractères",
        }
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('"Bien"', "Bien"),
        ('"  Bien \\n"', "Bien"),
        ('"Une\\r\\nDeux\\rTrois\\nQuatre"', "Une\nDeux\nTrois\nQuatre"),
        ('"Une\\u2028Deux\\u2029Trois"', "Une\nDeux\nTrois"),
        ('"a\\tb"', "a\tb"),
        ('"nul\\u0000, cloche\\u0007, \\u009bcsi"', "nul, cloche, csi"),
        ('"\\u202eecnarF\\u202c \\u2066x\\u2069"', "ecnarF x"),
        ('"\\ufeffmarque"', "marque"),
        ('"e\\u0301"', "é"),
        ('"\\ud83d\\ude00 😀 👩‍🏫"', "😀 😀 👩‍🏫"),
        ('"coup\\ud83d"', "coup\ufffd"),
        ('"\\ude00\\ud83d"', "\ufffd\ufffd"),
        ('"\\uD83D \\ud83d\\ude00"', "\ufffd 😀"),
        ('"<script>alert(1)</script>"', "<script>alert(1)</script>"),
        ('"\'; drop table avis; --"', "'; drop table avis; --"),
        ('"\\\\ud83d"', "\\ud83d"),
        ('"\\u200fمرحبا"', "\u200fمرحبا"),
        ('"𝒜𠀀"', "𝒜𠀀"),
        ('""', None),
        ('" \\r\\n\\u0000 "', None),
    ],
)
def test_what_is_kept_of_a_comment(world: World, sent: str, kept: str | None) -> None:
    assert world.post(as_json(an_avis(), verbatim=sent)).status_code == 201
    assert world.rows("select verbatim from avis") == [(kept,)]


@pytest.mark.parametrize("verbatim", [None, 3, ["a"], {"fr": "a"}], ids=repr)
def test_a_comment_that_is_not_text_is_refused(untouched: World, verbatim: object) -> None:
    refused(untouched, an_avis(verbatim=verbatim), 422, "avis_invalide")


def test_half_an_emoji_elsewhere_is_no_way_around_the_schema(world: World) -> None:
    refused(world, as_json(an_avis(), cle='"\\ud83d"'), 422, "avis_invalide")
    refused(world, as_json(an_avis(), bouton='"k7f3q2\\ud83d"'), 422, "avis_invalide")
    refused(world, as_json(an_avis(), jeton='"\\ud83d.\\ude00"'), 403, "jeton_invalide")


# The same avis, from several sides


def test_two_bodies_with_one_cle_and_etape_at_one_instant_are_one_avis(world: World) -> None:
    for _ in range(5):
        first = an_avis(notes={"satisfaction": 1})
        second = {**first, "notes": {"satisfaction": 3}}
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(world.post, [first, second]))
        assert sorted(a.status_code for a in answers) == [200, 201]
        kept = json.loads(world.rows("select notes from avis order by id desc limit 1")[0][0])
        stored = next(
            b for a, b in zip(answers, [first, second], strict=True) if a.status_code == 201
        )
        assert kept == stored["notes"]
    assert world.count() == 5
    assert sum(world.histogram().values()) == 5


# Doubts: stored, answered as any other, and left out of the counters


def a_quick_avis(**changes: Any) -> dict[str, Any]:
    """An avis sent half a second after its form was opened."""
    return an_avis(jeton=a_jeton(FIN.code, NOON - 500), **changes)


def reasons(world: World) -> list[str | None]:
    return [row[0] for row in world.rows("select ecarte from avis")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (an_avis(site_web="https://evil.test"), "piege"),
        (a_quick_avis(), "trop_rapide"),
        (a_quick_avis(site_web="x"), "piege"),
    ],
)
def test_a_doubtful_avis_is_stored_and_not_counted(
    world: World, body: dict[str, Any], reason: str
) -> None:
    answer = world.post(body)
    assert (answer.status_code, answer.json()) == (201, {"resultat": "enregistre"})
    assert reasons(world) == [reason]
    assert counters(world) == []


def test_an_empty_trap_and_one_second_are_no_reason_for_doubt(world: World) -> None:
    assert world.post(an_avis(site_web="")).status_code == 201
    assert world.post(an_avis(jeton=a_jeton(FIN.code, NOON - 1_000))).status_code == 201
    # Ours, and of a time to come: the clock went back, and says nothing about who answered.
    assert world.post(an_avis(jeton=a_jeton(FIN.code, NOON + 5_000))).status_code == 201
    assert reasons(world) == [None, None, None]
    assert world.histogram() == {3: 3}


def test_an_avis_that_began_too_fast_counts_once_it_goes_on_at_a_normal_pace(
    world: World,
) -> None:
    body = a_quick_avis()
    world.post(body)
    world.clock.advance(seconds=5)
    assert world.post({**body, "etape": 2}).json() == {"resultat": "mis_a_jour"}
    assert reasons(world) == [None]
    assert world.histogram() == {3: 1}


def test_an_avis_that_walks_into_the_trap_later_leaves_the_counters(world: World) -> None:
    body = an_avis()
    world.post(body)
    world.post({**body, "etape": 2, "site_web": "x"})
    assert reasons(world) == ["piege"]
    assert world.histogram() == {}


def test_what_a_person_has_set_aside_stays_aside(world: World) -> None:
    body = an_avis()
    world.post(body)
    assert asyncio.run(world.store.set_aside(1, body["cle"], "spam"))
    assert world.histogram() == {}
    assert world.post({**body, "etape": 2, "verbatim": "Encore"}).status_code == 200
    assert reasons(world) == ["spam"]
    assert world.histogram() == {}


# Too many


def test_an_address_that_sends_too_much_is_told_when_to_come_back(tmp_path: Path) -> None:
    with a_world(tmp_path, address_rate="30", address_burst="3") as world:
        for _ in range(3):
            assert world.post(an_avis()).status_code == 201
        answer = world.post(an_avis())
        document = problem(answer, 429, "trop_de_demandes")
        assert answer.headers["retry-after"] == "2"  # 30 a minute: one every two seconds
        assert "2 s" in document["detail"]
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
        assert world.count() == 3
        assert world.histogram() == {3: 3}


def test_what_is_refused_for_another_reason_uses_up_the_burst_too(tmp_path: Path) -> None:
    with a_world(tmp_path, address_rate="30", address_burst="2") as world:
        for _ in range(2):
            problem(world.post(b"{"), 400, "json_invalide")
        problem(world.post(an_avis()), 429, "trop_de_demandes")


def test_a_bouton_that_gets_too_much_does_not_close_another(tmp_path: Path) -> None:
    with a_world(tmp_path, bouton_rate="6", bouton_burst="2") as world:
        for _ in range(2):
            assert world.post(an_avis()).status_code == 201
        answer = world.post(an_avis())
        problem(answer, 429, "trop_de_demandes")
        assert 9 <= int(answer.headers["retry-after"]) <= 10
        assert world.post(an_avis(AILLEURS)).status_code == 201
        assert world.count() == 3


def test_a_refusal_of_the_jeton_does_not_use_up_the_bouton(tmp_path: Path) -> None:
    with a_world(tmp_path, bouton_rate="6", bouton_burst="1") as world:
        for _ in range(3):
            problem(world.post(an_avis(jeton="x.y")), 403, "jeton_invalide")
        assert world.post(an_avis()).status_code == 201
