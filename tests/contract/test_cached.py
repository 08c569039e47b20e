"""What caches may keep: the table of examples/deploiement/cdn.md, route by route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx2 as httpx
import pytest
from starlette.routing import Route

from collector.app import ROUTES
from collector.domain import new_cle
from collector.privacy.contact import Effacements
from tests.http.reading import EVERYTHING, a_token
from tests.world import CARTE, FIN, NOON, SECRET, World, a_jeton, a_world, an_avis

TABLE = Path(__file__).parents[2] / "examples" / "deploiement" / "cdn.md"
FIELDS = {
    "jeton": a_jeton(),
    "cle": new_cle(NOON),
    "questionnaire": CARTE.questionnaire,
    "note.satisfaction": "3",
}
DELETION = f"/contact/{Effacements(SECRET).sign(CARTE.id, FIELDS['cle'])}"
SCORES = f"/api/v1/demarches/{CARTE.slug}/scores"


class Row(NamedTuple):
    """A line of the table, as it is written."""

    cache_control: str
    etag: str
    vary: str


def rows() -> dict[str, Row]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return {name: Row(*rest) for name, *rest in cells}


# Each row of the table, the route it is about, and an address of it.
ASKED = {
    "/w/{X.Y.Z}/{fichier}": ("/w/{version}/{name}", "/w/1.0.0/avis.js"),
    "/w/{X}/{fichier}": ("/w/{version}/{name}", "/w/1/avis.js"),
    "/w/index.json": ("", ""),
    "/static/{nom}.svg": ("/static/{name}.svg", "/static/bouton-bleu-clair.svg"),
    "/Demarches/{id}": ("", "/Demarches/1234?button=5678"),
    "/Demarches/{langue}/{id}": ("", "/Demarches/en/1234?button=5678"),
    "/Demarches/avis/{id}": ("", "/Demarches/avis/456?button=5678"),
    "/Demarches/{langue}/avis/{id}": ("", "/Demarches/en/avis/456"),
    "/style/{digest}.css": ("", "/style/STYLE.css"),
    "/favicon.ico": ("", ""),
    "/resultats/{slug}/badge.svg": ("", f"/resultats/{CARTE.slug}/badge.svg"),
    "/": ("", ""),
    "/resultats/": ("", ""),
    "/resultats/methode": ("", ""),
    "/resultats/{slug}": ("", f"/resultats/{CARTE.slug}"),
    "/confidentialite": ("", ""),
    "/confidentialite/{page}": ("", "/confidentialite/registre"),
    "/accessibilite": ("", ""),
    "/api/v1/demarches": ("", ""),
    "/api/v1/demarches/{slug}/scores": ("", SCORES),
    "/api/v1/demarches/{slug}/scores.csv": ("", f"{SCORES}.csv"),
    "/f/{code}": ("", f"/f/{FIN.code}"),
    "POST /f/{code}": ("", f"/f/{FIN.code}"),
    "/f/{code}/merci": ("", f"/f/{FIN.code}/merci"),
    "/contact/{jeton}": ("", DELETION),
    "POST /contact/{jeton}": ("", DELETION),
    "/f/{code}.json": ("", f"/f/{FIN.code}.json"),
    "/f/{code}/diagnostic.json": ("", f"/f/{FIN.code}/diagnostic.json"),
    "POST /api/v1/avis": ("", ""),
    "/api/v1/avis": ("", ""),
    "/api/v1/avis/recherche": ("", "/api/v1/avis/recherche?q=merci"),
    "/exports/avis.{format}": ("", "/exports/avis.csv"),
    "/exports/scores.{format}": ("", "/exports/scores.csv"),
    "POST /api/open-api/statistiques": ("", ""),
    "/api/open-api/services": ("", ""),
    "/api/open-api/health": ("", ""),
    "/healthz": ("", ""),
    "/readyz": ("", ""),
    "/metrics": ("", ""),
    "/.well-known/security.txt": ("", ""),
}
PUBLIC = [name for name, row in rows().items() if row.cache_control.startswith("public")]


def asked(name: str) -> tuple[str, str, str]:
    """Method, route and address of a row."""
    method, _, path = name.rpartition(" ")
    route, address = ASKED[name]
    return method or "GET", route or path, address or path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One with an avis to find, and somebody who may read everything."""
    with a_world(
        tmp_path_factory.mktemp("caches"), security_contact="mailto:securite@exemple.fr"
    ) as made:
        assert made.post(an_avis(verbatim="merci")).status_code == 201
        yield made.numbered()


@pytest.fixture(scope="module")
def token(world: World) -> str:
    return a_token(world, EVERYTHING, "verbatims")


def answer(
    world: World, name: str, headers: Mapping[str, str] = {}, token: str = ""
) -> httpx.Response:
    method, _, address = asked(name)
    if "STYLE" in address:
        style, *_ = world.client.app_state["parts"].styles
        address = address.replace("STYLE", style)
    sent = {**headers, **({"authorization": f"Bearer {token}"} if token else {})}
    if name == "POST /api/v1/avis":
        return world.post(an_avis())
    if address.endswith("/statistiques"):
        year = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
        return world.client.post(address, json=year, headers=sent)
    if method == "POST":
        return world.client.post(address, data=FIELDS, headers=sent)
    return world.client.get(address, headers=sent)


def test_every_route_is_in_the_table() -> None:
    known = {asked(name)[:2] for name in rows()}
    assert rows().keys() == ASKED.keys()
    for route in ROUTES:
        assert isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}:
            assert (method, route.path) in known


@pytest.mark.parametrize("name", ASKED)
def test_each_route_says_what_the_table_says(world: World, token: str, name: str) -> None:
    private = rows()[name].cache_control == "private, no-store"
    found = answer(world, name, token=token if private else "")
    assert found.status_code < 400, found.text
    said = rows()[name]
    headers = found.headers
    written = Row(
        headers["cache-control"], "oui" if "etag" in headers else "", headers.get("vary", "")
    )
    assert written == said


@pytest.mark.parametrize("name", [name for name, row in rows().items() if row.etag])
def test_what_is_kept_is_not_sent_again(world: World, name: str) -> None:
    first = answer(world, name)
    again = answer(world, name, {"if-none-match": f'"autre", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    for header in ("etag", "cache-control", "vary"):
        assert again.headers.get(header) == first.headers.get(header)
    assert answer(world, name, {"if-none-match": '"autre"'}).status_code == 200


# What a browser may ask differently. Where it changes an answer that caches keep, Vary says so.
DIFFERENTLY = {
    "Accept-Language": ("fr", "en"),
    "Accept-Encoding": ("identity", "gzip"),
    "Accept": ("text/html", "application/json"),
    "Origin": ("https://www.exemple.fr", "https://ailleurs.exemple"),
    "User-Agent": ("Navigateur/1", "Telephone/2"),
    "Cookie": ("a=1", "jdma=2"),
    "Host": ("avis.test", "autre.test"),
    "X-Forwarded-Host": ("avis.test", "autre.test"),
    "X-Forwarded-Proto": ("http", "https"),
}


def differing(world: World, name: str) -> set[str]:
    """The headers that change an answer, of those of DIFFERENTLY."""
    return {
        header
        for header, values in DIFFERENTLY.items()
        if len({seen(answer(world, name, {header: value})) for value in values}) > 1
    }


def seen(found: httpx.Response) -> tuple[int, bytes, str]:
    return found.status_code, found.content, found.headers.get("content-encoding", "")


@pytest.mark.parametrize("name", PUBLIC)
def test_vary_names_all_that_changes_what_is_kept(world: World, name: str) -> None:
    varies = {each for each in answer(world, name).headers.get("vary", "").split(", ") if each}
    # The client of the tests unpacks what comes packed.
    assert differing(world, name) <= varies
    assert varies <= {"Accept-Language", "Accept-Encoding"}


def test_what_changes_an_answer_would_be_seen(world: World) -> None:
    assert differing(world, "/resultats/") == {"Accept-Language"}
    assert differing(world, "/w/index.json") == {"Accept-Encoding"}
    assert len(PUBLIC) > 10


@pytest.mark.parametrize("name", ["/resultats/{slug}", "/api/v1/demarches/{slug}/scores"])
def test_a_refusal_is_never_kept(world: World, name: str) -> None:
    _, _, address = asked(name)
    found = world.client.get(address.replace(CARTE.slug, "nulle-part"))
    assert (found.status_code, found.headers["cache-control"]) == (404, "no-store")
    assert "etag" not in found.headers
