"""What every refusal has in common, in French and in English (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx

from collector import errors
from collector.errors import Refusal
from tests.world import World

LANGUES = ("fr", "en")

Problem = dict[str, Any]


def refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal that can be answered."""
    for kind in base.__subclasses__():
        yield kind
        yield from refusals(kind)


# The collector's: those of the administration are pages only, and no part of the interface.
BY_CODE = {kind.code: kind for kind in refusals() if kind.__module__.startswith("collector.")}


def problem(answer: httpx.Response, status: int, code: str, langue: str = "fr") -> Problem:
    """The problem document of an answer, which has this status and code, in this language."""
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    document: Problem = answer.json()
    assert document["code"] == code
    assert document["type"] == f"urn:jdma:erreur:{code}"
    assert document["status"] == status
    assert document["title"] == BY_CODE[code].title[langue]
    assert document["detail"]
    assert "{" not in document["detail"]
    assert set(document) - {"erreurs"} == {"type", "title", "status", "detail", "code"}
    assert ("erreurs" in document) == issubclass(BY_CODE[code], errors.Invalid)
    for faute in document.get("erreurs", []):
        assert set(faute) == {"champ", "valeur", "attendu"}
        assert faute["champ"]
        assert faute["attendu"]
    # A widget on any page can read why, and when to come back.
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return document


def refused(world: World, body: Any, status: int, code: str, **headers: str) -> Problem:
    """Post a body that is refused in both languages and leaves no trace; the problem in French."""
    before = world.rows("select * from avis"), counters(world)
    french, english = (
        problem(world.post(body, **{"accept-language": langue, **headers}), status, code, langue)
        for langue in LANGUES
    )
    assert (world.rows("select * from avis"), counters(world)) == before
    assert [(f["champ"], f["valeur"]) for f in french.get("erreurs", [])] == [
        (f["champ"], f["valeur"]) for f in english.get("erreurs", [])
    ]
    return french


def counters(world: World) -> list[tuple[Any, ...]]:
    """Every counter of avis; openings are a statistic apart."""
    return world.rows("select * from agregat where dimension <> 'ouverture' order by 1, 2, 3, 4, 5")


def as_json(body: dict[str, Any], **raw: str) -> bytes:
    """A body whose fields of these names hold raw JSON, which `json.dumps` would not write."""
    text = json.dumps({**body, **{name: f"@{name}@" for name in raw}})
    for name, value in raw.items():
        text = text.replace(f'"@{name}@"', value)
    return text.encode()
