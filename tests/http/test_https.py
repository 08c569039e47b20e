"""Under https every answer says to stay there, whoever makes it: a view, a refusal, the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.clock import Clock
from tests.http.wire import Answer, Connection, connected, request
from tests.world import FIN, SITE, a_server, an_avis, new_database

HSTS = "strict-transport-security"
NOT_HTTP = b"n'importe quoi\r\n\r\n"


REQUESTS: dict[str, tuple[bytes, int]] = {
    "une page": (request(f"/f/{FIN.code}"), 200),
    "un renvoi": (request("/"), 307),
    "un renvoi de l’administration": (request("/admin/"), 303),
    "une page de l’administration": (request("/admin/connexion"), 200),
    "rien": (request("/favicon.ico"), 204),
    "un fichier": (request("/w/index.json"), 200),
    "des chiffres": (request("/api/v1/demarches"), 200),
    "un refus en JSON": (request("/nulle-part"), 404),
    "un refus en page": (request("/nulle-part", headers={"Accept": "text/html"}), 404),
    "une méthode refusée": (request("/healthz", "DELETE"), 405),
    "ce qui n’est pas HTTP": (NOT_HTTP, 400),
    "un en-tête trop grand": (request(headers={"X-Long": "x" * 70_000}), 431),
}


@pytest.fixture(scope="module")
def under_https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = new_database(tmp_path_factory.mktemp("https"))
    with a_server(path, public_url="https://avis.exemple.fr") as server:
        yield server.url


def answer_to(url: str, sent: bytes) -> Answer:
    with connected(url) as connection:
        return answered(connection, sent)


def answered(connection: Connection, sent: bytes) -> Answer:
    connection.send(sent)
    answer = connection.answer()
    assert answer is not None
    return answer


@pytest.mark.parametrize("what", REQUESTS)
def test_under_https_every_answer_says_to_stay_there(under_https: str, what: str) -> None:
    sent, status = REQUESTS[what]
    answer = answer_to(under_https, sent)
    assert answer.status == status
    assert answer.headers[HSTS] == "max-age=31536000"


def test_an_avis_and_what_is_kept_already_say_it_too(under_https: str) -> None:
    headers = {"Origin": SITE, "Content-Type": "text/plain"}
    body = json.dumps(an_avis(FIN, Clock().now().ms)).encode()
    with connected(under_https) as connection:
        stored = answered(connection, request("/api/v1/avis", "POST", body, headers))
        first = answered(connection, request("/w/index.json"))
        again = {"If-None-Match": first.headers["etag"]}
        kept = answered(connection, request("/w/index.json", headers=again))
    assert (stored.status, first.status, kept.status) == (201, 200, 304)
    assert {each.headers[HSTS] for each in (stored, first, kept)} == {"max-age=31536000"}


def test_under_http_no_answer_says_so(tmp_path: Path) -> None:
    with a_server(new_database(tmp_path), public_url="http://avis.exemple.fr") as server:
        for sent, status in REQUESTS.values():
            answer = answer_to(server.url, sent)
            assert (answer.status, HSTS in answer.headers) == (status, False)
