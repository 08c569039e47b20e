"""schemas/openapi.yaml: valid, about the routes there are, and its examples do what it says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from collector.app import ROUTES
from collector.config import resource
from collector.domain import new_cle
from collector.releases import Releases
from tests.http.problems import BY_CODE
from tests.http.reading import EVERYTHING, a_token
from tests.world import FIN, NOON, SITE, World, a_jeton, a_world

PATH = resource("schemas", "openapi.yaml")


class OnceLoader(yaml.SafeLoader):
    """YAML as it says it is: of two things of one name, the usual loader forgets the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        if twice := {each for each in names if names.count(each) > 1}:
            raise ValueError(f"twice{node.start_mark}: {sorted(twice)}")
        return super().construct_mapping(node, deep)


def loaded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, OnceLoader)
    return found


SPEC = loaded(PATH.read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")

# Addresses that pages use among themselves; nobody is to rely on them.
NOT_AN_INTERFACE = {("/", "get"), ("/style/{digest}.css", "get"), ("/favicon.ico", "get")}


def resolved(value: Any) -> Any:
    """A value of the document, with what it refers to in its place."""
    if not isinstance(value, dict) or "$ref" not in value:
        return value
    file, _, inside = value["$ref"].partition("#")
    found = json.loads((PATH.parent / file).read_text("utf-8")) if file else SPEC
    for step in filter(None, inside.split("/")):
        found = found[step]
    return resolved(found)


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): operation
        for path, item in SPEC["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def inlined(schema: Any) -> Any:
    """A schema without references into the document, which a validator of one schema can take."""
    if isinstance(schema, dict) and "$ref" in schema:
        return inlined(resolved(schema)) if "/components/" in schema["$ref"] else resolved(schema)
    if isinstance(schema, dict):
        return {name: inlined(each) for name, each in schema.items()}
    return [inlined(each) for each in schema] if isinstance(schema, list) else schema


# The document


def test_the_document_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(SPEC, base_uri=PATH.as_uri()).iter_errors()) == []
    spoiled = {**SPEC, "paths": {"/healthz": {"get": {"responses": {"200": {}}}}}}
    assert list(OpenAPIV31SpecValidator(spoiled, base_uri=PATH.as_uri()).iter_errors())


def test_nothing_in_it_has_the_name_of_another() -> None:
    assert loaded("a: {b: 1, c: 2}\nd: {b: 1}") == {"a": {"b": 1, "c": 2}, "d": {"b": 1}}
    with pytest.raises(ValueError, match="'b'"):
        loaded("a: {b: 1, c: 2, b: 3}")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(SPEC))
    assert {"avis.v1.json", "formulaire.v1.json", "scores.v1.json"} <= found
    for reference in found:
        assert resolved({"$ref": reference})


def test_nothing_is_described_that_is_not_used() -> None:
    used = set(references(SPEC))
    for kind, components in SPEC["components"].items():
        for name in components:
            if kind == "securitySchemes":  # named where they are asked for, not referred to
                asked = [each for o in operations().values() for each in o.get("security", [])]
                assert {name: []} in asked
                continue
            assert f"#/components/{kind}/{name}" in used


def test_every_schema_in_it_is_a_schema() -> None:
    for operation in operations().values():
        for each in [*operation["responses"].values(), operation.get("requestBody", {})]:
            for content in resolved(each).get("content", {}).values():
                jsonschema_rs.meta.validate(resolved(content["schema"]))


# The routes


def routes() -> set[tuple[str, str]]:
    return {
        (route.path, method.lower())
        for route in ROUTES
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_every_route_is_described_and_nothing_else_is() -> None:
    assert len(routes()) == len(ROUTES)
    assert routes() - NOT_AN_INTERFACE == set(operations())
    assert routes() >= NOT_AN_INTERFACE


def test_every_file_of_a_release_is_described() -> None:
    _, name = operations()["/w/{version}/{name}", "get"]["parameters"]
    published = (release["fichiers"] for release in Releases().index["versions"])
    assert set().union(*published) <= set(name["schema"]["enum"])


def test_every_operation_has_a_name_of_its_own_and_a_known_tag() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)
    functions = {route.endpoint.__name__ for route in ROUTES if isinstance(route, Route)}
    assert set(names) <= functions
    tags = {tag["name"] for tag in SPEC["tags"]}
    assert {tag for each in operations().values() for tag in each["tags"]} == tags


# The refusals


def codes_of(response: Any) -> set[str]:
    content = resolved(response).get("content", {}).get("application/problem+json")
    return set(content["schema"]["properties"]["code"]["enum"]) if content else set()


def test_every_refusal_is_described_under_its_status() -> None:
    described: set[str] = set()
    for operation in operations().values():
        for status, response in operation["responses"].items():
            codes = codes_of(response)
            assert {BY_CODE[code].status for code in codes} <= {int(status)}
            described |= codes
    assert described == set(BY_CODE)


def test_whoever_is_to_come_back_is_told_when() -> None:
    for name, response in SPEC["components"]["responses"].items():
        again = codes_of(response) & {"trop_de_demandes", "file_pleine", "stockage_indisponible"}
        assert ("Retry-After" in response.get("headers", {})) == bool(again), name


# The examples, executed


@pytest.fixture
def examples() -> dict[str, dict[str, Any]]:
    found: dict[str, Any] = SPEC["paths"]["/api/v1/avis"]["post"]["requestBody"]["content"]
    assert found["application/json"] == found["text/plain"]
    return {name: each["value"] for name, each in found["text/plain"]["examples"].items()}


def answered(world: World, route: str, method: str, **request: Any) -> Any:
    """The body of an answer, which is of a status, type and shape that the document names."""
    answer = world.client.request(method, route.format(**request.pop("path", {})), **request)
    described = resolved(operations()[route, method]["responses"][str(answer.status_code)])
    if answer.status_code == 302:
        assert "Location" in described["headers"]
        assert answer.headers["location"].startswith("/f/")
        return answer
    kind = answer.headers.get("content-type", "").partition(";")[0]
    content = described["content"][kind]
    if kind.endswith("json"):
        jsonschema_rs.validate(inlined(content["schema"]), answer.json())
    return answer


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_the_examples_of_an_avis_are_stored(
    world: World, examples: dict[str, dict[str, Any]], kind: str
) -> None:
    schema = json.loads(resource("schemas", "avis.v1.json").read_text("utf-8"))
    cles = {example["cle"]: new_cle(NOON) for example in examples.values()}
    told = {}
    for name, example in examples.items():
        jsonschema_rs.validate(schema, example)
        # An address is taken where the démarche asks for one.
        asked = (example["questionnaire"], FIN.demarche_id)
        with closing(sqlite3.connect(world.path)) as database, database:
            database.execute("update demarche set questionnaire = ? where id = ?", asked)
            database.execute("update catalogue set version = version + 1")
        world.client.app_state["parts"].catalogue.look_again()
        body = {**example, "cle": cles[example["cle"]], "jeton": a_jeton()}
        headers = {"content-type": kind, "origin": SITE}
        answer = answered(world, "/api/v1/avis", "post", json=body, headers=headers)
        told[name] = (answer.status_code, answer.json()["resultat"])
    assert told == {
        "premier_clic": (201, "enregistre"),
        "avis_complet": (200, "mis_a_jour"),
        "programme": (201, "enregistre"),
        "avec_adresse": (201, "enregistre"),
    }
    again = {**examples["avis_complet"], "cle": cles[examples["avis_complet"]["cle"]]}
    again["jeton"] = a_jeton()
    answer = answered(world, "/api/v1/avis", "post", json=again)
    assert answer.json() == {"resultat": "deja_enregistre"}
    assert world.histogram() == {1: 2, 3: 1}


def test_the_jeton_of_the_examples_has_the_shape_of_a_real_one(
    examples: dict[str, dict[str, Any]],
) -> None:
    shapes = [[len(part) for part in each["jeton"].split(".")] for each in examples.values()]
    assert all(shape == [len(part) for part in a_jeton().split(".")] for shape in shapes)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Each address of the document is there, also those that are only where they were set."""
    with a_world(tmp_path, security_contact="mailto:securite@exemple.fr") as made:
        yield made


def gets() -> list[str]:
    return [path for path, method in operations() if method == "get"]


@pytest.mark.parametrize("path", gets())
def test_the_examples_of_parameters_are_answered_as_described(world: World, path: str) -> None:
    world.numbered()
    parameters = [resolved(each) for each in operations()[path, "get"].get("parameters", [])]
    inside = {p["name"]: p["example"] for p in parameters if p["in"] == "path"}
    told = [each for each in parameters if "example" in each]  # a cursor is nothing to make up
    query = [(p["name"], p["example"]) for p in told if p["in"] == "query"]
    for each in told:
        jsonschema_rs.validate(each["schema"], each["example"])
    needed = {p["name"] for p in told if p["in"] == "query" and p.get("required")}
    private = "security" in operations()[path, "get"]
    headers = {"authorization": f"Bearer {a_token(world, EVERYTHING, 'verbatims')}"}
    # By twos, and all together: every set of six would be no more telling, and take a minute.
    for size in sorted({0, 1, min(2, len(query)), len(query)}):
        for asked in combinations(query, size):
            if not needed <= dict(asked).keys():
                continue
            answer = answered(
                world, path, "get", path=inside, params=dict(asked),
                headers=headers if private else {},
            )  # fmt: skip
            given = dict(asked)
            half = ("du" in given) != ("au" in given)
            alone = "bouton" in given and bool({"pas", "comparer"} & given.keys())
            wrong = not private and (half or alone)
            led = "302" in operations()[path, "get"]["responses"]
            assert answer.status_code == (422 if wrong else 302 if led else 200)


@pytest.mark.parametrize(
    ("route", "method", "request_", "status"),
    [
        ("/api/v1/avis", "post", {"content": b"{"}, 415),
        ("/api/v1/avis", "post", {"json": []}, 422),
        ("/api/v1/avis", "post", {"json": {}, "headers": {"accept-language": "en"}}, 422),
        ("/api/v1/avis", "post", {"content": b"{", "headers": {"content-type": "text/plain"}}, 400),
        ("/f/{code}.json", "get", {"path": {"code": "zzzz22"}}, 404),
        (
            "/f/{code}.json",
            "get",
            {"path": {"code": FIN.code}, "headers": {"origin": "https://evil.test"}},
            403,
        ),
        ("/api/v1/demarches/{slug}/scores", "get", {"path": {"slug": "nulle-part"}}, 404),
        ("/w/{version}/{name}", "get", {"path": {"version": "9.9.9", "name": "avis.js"}}, 404),
        ("/f/{code}", "get", {"path": {"code": "zzzz22"}}, 404),
        ("/contact/{jeton}", "get", {"path": {"jeton": "zzzz22"}}, 404),
        ("/contact/{jeton}", "post", {"path": {"jeton": "zzzz22"}}, 404),
        ("/resultats/{slug}", "get", {"path": {"slug": "nulle-part"}}, 404),
    ],
)
def test_refusals_have_the_shape_that_is_described(
    world: World, route: str, method: str, request_: dict[str, Any], status: int
) -> None:
    assert answered(world, route, method, **request_).status_code == status


def test_a_shape_that_is_not_described_would_be_seen(world: World) -> None:
    schema = inlined(SPEC["components"]["schemas"]["Probleme"])
    document = world.client.get("/nulle-part").json()
    jsonschema_rs.validate(schema, document)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {**document, "trace": "…"})
