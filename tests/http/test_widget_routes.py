"""What a widget is given: its questions, and its own file."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from collector.catalogue import shipped_questionnaires
from collector.config import resource
from collector.domain import in_language
from collector.jeton import Jetons
from collector.releases import Releases, snippet
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


# The file


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for what is only read."""
    with a_world(tmp_path_factory.mktemp("files")) as made:
        yield made


def every_file() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (release["version"], name, listed)
        for release in Releases().index["versions"]
        for name, listed in release["fichiers"].items()
    ]


@pytest.mark.parametrize(("version", "name", "listed"), every_file())
def test_a_release_is_served_as_it_was_published(
    files: World, version: str, name: str, listed: dict[str, Any]
) -> None:
    answer = files.client.get(f"/w/{version}/{name}", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert (f"sha384-{digest}", len(answer.content)) == (listed["integrity"], listed["octets"])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = {"js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(("version", "name", "listed"), every_file())
def test_a_release_travels_compressed_when_the_browser_can(
    files: World, version: str, name: str, listed: dict[str, Any]
) -> None:
    address = f"/w/{version}/{name}"
    with files.client.stream("GET", address, headers={"accept-encoding": "br, gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    plain = files.client.get(address, headers={"accept-encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == plain.content
    assert "content-encoding" not in plain.headers
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert len(sent) < len(plain.content)


def test_a_file_the_browser_has_is_not_sent_again(files: World) -> None:
    address = f"/w/{Releases().newest}/avis.js"
    etag = files.client.get(address).headers["etag"]
    again = files.client.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert "immutable" in again.headers["cache-control"]
    assert files.client.get(address, headers={"if-none-match": '"autre"'}).status_code == 200


def asked(world: World, address: str, **headers: str) -> tuple[int, str, str | None]:
    """Status, tag and coding of a file."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = world.client.get(address, headers=names)
    return answer.status_code, answer.headers["etag"], answer.headers.get("content-encoding")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("gzip;q=1.0", "gzip"),
        ("gzip;q=0", None),
        ("br, gzip; q=0.000, identity", None),
        ("gzipped", None),
        ("", None),
    ],
)
def test_a_file_is_compressed_for_those_who_ask_for_it(
    files: World, accepted: str, coding: str | None
) -> None:
    address = f"/w/{Releases().newest}/avis.js"
    assert asked(files, address, accept_encoding=accepted)[2] == coding


def test_the_two_codings_of_a_file_have_tags_of_their_own(files: World) -> None:
    address = f"/w/{Releases().newest}/avis.js"
    _, plain, _ = asked(files, address, accept_encoding="identity")
    _, zipped, _ = asked(files, address, accept_encoding="gzip")
    assert zipped == f'{plain[:-1]}-gzip"'
    for tags in (zipped, f'"a", {zipped}', f'"a",W/{zipped} , "b"', "*"):
        assert asked(files, address, accept_encoding="gzip", if_none_match=tags)[0] == 304
    for tags in (plain, '"a", "b"', zipped.strip('"'), ""):
        assert asked(files, address, accept_encoding="gzip", if_none_match=tags)[0] == 200


def test_a_style_sheet_is_served_under_its_own_name_only(files: World) -> None:
    page = files.client.get("/resultats/", headers={"accept": "text/html"}).text
    [address] = re.findall(r"/style/[0-9a-f]+\.css", page)
    answer = files.client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    other = files.client.get("/style/0123456789abcdef.css")
    problem(other, 404, "version_inconnue")


@pytest.mark.parametrize(
    "path", ["/f/k7f3q2/", "/f/k7f3q2.json/", "/resultats", "/healthz/", "/api/v1/demarches/"]
)
def test_an_address_with_a_slash_too_many_or_too_few_is_not_sent_elsewhere(
    files: World, path: str
) -> None:
    answer = files.client.get(path, headers={"host": "evil.test"})
    assert "location" not in answer.headers
    assert "barre oblique" in problem(answer, 404, "introuvable")["detail"]


def test_a_major_version_is_its_newest_release_and_is_kept_for_an_hour(files: World) -> None:
    newest = Releases().newest
    major = newest.partition(".")[0]
    answer = files.client.get(f"/w/{major}/avis.js")
    assert answer.content == files.client.get(f"/w/{newest}/avis.js").content
    assert answer.headers["cache-control"] == "public, max-age=3600"


def test_the_index_lists_every_release(files: World) -> None:
    answer = files.client.get("/w/index.json")
    assert answer.json() == json.loads(
        resource("widget", "releases", "index.json").read_text("utf-8")
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize(
    "path",
    [
        "9.9.9/avis.js",
        "9/avis.js",
        "0.1/avis.js",
        "latest/avis.js",
        "0.1.0/index.json",
        "0.1.0/avis.js.map",
        "0.1.0/AVIS.JS",
        "0.1.0/..",
        "..%2f..%2fpyproject.toml/avis.js",
        "0.1.0/..%2f..%2f..%2fpyproject.toml",
        "0.1.0/%2e%2e%2f%2e%2e%2findex.json",
        "%2fetc/passwd",
        "0.1.0/avis.js%00",
        "0.1.0/",
        "0.1.0",
        "",
    ],
)
def test_nothing_else_is_served_from_there(files: World, path: str, langue: str) -> None:
    answer = files.client.get(f"/w/{path}", headers={"accept-language": langue})
    assert answer.status_code == 404
    code = answer.json()["code"]
    assert code in ("version_inconnue", "introuvable")
    problem(answer, 404, code, langue)


def test_the_snippet_names_the_bytes_that_are_served(files: World) -> None:
    text = snippet("https://avis.exemple.fr", Releases(), FIN.code)
    found = re.search(r'src="https://avis\.exemple\.fr(/w/[^"]+)" integrity="([^"]+)"', text)
    assert found
    served = files.client.get(found[1]).content
    digest = base64.b64encode(hashlib.sha384(served).digest()).decode()
    assert found[2] == f"sha384-{digest}"
    assert f'href="https://avis.exemple.fr/f/{FIN.code}"' in text
    assert 'crossorigin="anonymous" defer' in text
