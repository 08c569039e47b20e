"""What a server says of itself: one event a line, of which request, and nothing of anyone."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from collector.clock import Clock
from collector.privacy.contact import Effacements
from collector.watch.log import Json, Words, way_of
from tests.http.problems import problem
from tests.watch import Said
from tests.world import FIN, SECRET, World, a_server, a_world, an_avis, new_database

PERSON = ("203.0.113.7", "Navigateur/1", "camille@exemple.fr", "Mon secret")
HEADERS = {"x-forwarded-for": PERSON[0], "user-agent": PERSON[1], "accept": "text/html"}
ID = "0af7651916cd43dd8448eb211c80319c"


def events(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def record_of(name: str, message: str, error: BaseException | None = None) -> logging.LogRecord:
    raised = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, None, raised)


def fails() -> None:
    try:
        raise ValueError("Mon secret")
    except ValueError as error:
        raise OSError(28, "Mon secret") from error


def failed() -> OSError:
    with pytest.raises(OSError, match="Mon secret") as caught:
        fails()
    return caught.value


def test_an_exception_is_told_by_its_kind_and_its_way() -> None:
    error = failed()
    kinds = [line for line in way_of(error) if ":" not in line]
    assert kinds == ["OSError (ENOSPC)", "ValueError"]
    assert f"{__name__}:{fails.__code__.co_firstlineno + 4} fails" in list(way_of(error))
    for form in (Json(), Words()):
        said = form.format(record_of("collector", "a bug", error))
        assert "OSError (ENOSPC)" in said
        assert "Mon secret" not in said
    assert "Mon secret" in logging.Formatter().format(record_of("collector", "a bug", error))


def test_an_event_is_one_line_whoever_wrote_it() -> None:
    forged = "une\nERROR collector: deux\x1b[2J\u2028trois"
    assert Words().format(record_of("collector", forged)) == (
        "ERROR collector: une ERROR collector: deux [2J trois"
    )
    with_way = Words().format(record_of("collector", forged, failed())).splitlines()
    assert [line for line in with_way if not line.startswith("  ")] == with_way[:1]
    assert Json().format(record_of("collector", forged, failed())).count("\n") == 0


def test_of_a_lost_task_its_values_are_not_told() -> None:
    """asyncio writes the task below its message, and with it the exception as it writes itself."""
    message = (
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('Mon secret')>"
    )
    said = json.loads(Json().format(record_of("asyncio", message)))
    assert said["message"] == "Task exception was never retrieved"
    assert "Mon secret" in json.loads(Json().format(record_of("autre", message)))["message"]


def test_a_json_line_has_what_a_collector_of_logs_looks_for() -> None:
    event = json.loads(Json().format(record_of("collector", "à voir")))
    assert list(event) == ["time", "level", "logger", "message"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"])
    assert (event["level"], event["logger"], event["message"]) == ("error", "collector", "à voir")


def test_every_refusal_has_an_id_and_no_stored_avis_has(world: World) -> None:
    ids = {
        world.post(b"{").headers["x-request-id"],
        world.client.get("/nulle-part").headers["x-request-id"],
        world.client.get("/nulle-part", headers={"accept": "text/html"}).headers["x-request-id"],
    }
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    stored = world.post(an_avis())
    assert (stored.status_code, "x-request-id" in stored.headers) == (201, False)


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        ("127.0.0.1", ID, True),
        ("127.0.0.1", "7f1b4a3c-1111-4222-8333-444455556666", True),
        ("127.0.0.1", "camille@exemple.fr", False),
        ("127.0.0.1", "203.0.113.7", False),
        ("127.0.0.1", "a" * 65, False),
        ("", ID, False),
    ],
)
def test_the_id_of_a_declared_proxy_is_kept(
    tmp_path: Path, proxies: str, given: str, kept: bool
) -> None:
    with a_world(tmp_path, trusted_proxies=proxies) as world:
        answer = world.client.get("/nulle-part", headers={"x-request-id": given})
        assert (answer.headers["x-request-id"] == given) is kept


def test_a_server_tells_refusals_in_json_with_their_id_and_stored_avis_not(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path, log="json", log_level="info", trusted_proxies="127.0.0.1") as server:
        said = Said(server)
        url = f"{server.url}/api/v1/avis"
        now = Clock().now().ms
        stored = httpx.post(url, json=an_avis(FIN, now, verbatim=PERSON[3]), headers=HEADERS)
        refused = httpx.post(url, json=an_avis(FIN, now, notes={PERSON[2]: 3}), headers=HEADERS)
        ours = {**HEADERS, "x-request-id": ID}
        page = httpx.get(f"{server.url}/f/zzzz22?x={PERSON[2]}", headers=ours)
        assert [each.status_code for each in (stored, refused, page)] == [201, 422, 404]
        assert server.terminate() == 0
    told = events(said.all().splitlines())
    refusals = [(each["message"], each["request_id"]) for each in told if "request_id" in each]
    assert refusals == [
        ("a request was refused: 422 avis_invalide", refused.headers["x-request-id"]),
        ("a request was refused: 404 bouton_inconnu", ID),
    ]
    assert [each["message"] for each in told if each["message"].startswith("Prêt : ")]
    assert {each["logger"] for each in told} >= {"collector", "uvicorn.error"}
    for trace in PERSON:
        assert trace not in said.all()


def test_what_deletes_an_address_that_was_left_is_in_no_log(tmp_path: Path) -> None:
    jeton = Effacements(SECRET).sign(FIN.demarche_id, an_avis()["cle"])
    page = f"/contact/{jeton}"
    with a_server(new_database(tmp_path), log_level="info") as server:
        said = Said(server)
        thanks = httpx.get(f"{server.url}/f/{FIN.code}/merci?contact={jeton}")
        assert page in thanks.text
        for method, address, status in (
            ("get", page, 200), ("post", page, 200), ("get", f"{page}x", 404), ("put", page, 405),
        ):  # fmt: skip
            assert httpx.request(method, f"{server.url}{address}").status_code == status
        assert server.terminate() == 0
    assert "a request was refused: 404" in said.all()
    assert jeton not in said.all()


def test_a_level_decides_what_is_told(tmp_path: Path) -> None:
    with a_server(new_database(tmp_path), log_level="erreur") as server:
        said = Said(server)
        httpx.get(f"{server.url}/nulle-part")
        assert server.terminate() == 0
    assert "refused" not in said.all()


def test_a_bug_is_told_with_the_id_of_its_answer_and_without_what_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    said, logger = io.StringIO(), logging.getLogger("collector")
    handler = logging.StreamHandler(said)
    handler.setFormatter(Json())
    logger.addHandler(handler)
    request.addfinalizer(lambda: logger.removeHandler(handler))
    monkeypatch.setattr("collector.ingest.parse_avis", lambda *_: fails())
    answer = world.post(an_avis(verbatim=PERSON[3]), **{**HEADERS, "accept": "*/*"})
    problem(answer, 500, "erreur_interne")
    [event] = [each for each in events(said.getvalue().splitlines()) if each["level"] == "error"]
    assert event["request_id"] == answer.headers["x-request-id"]
    assert event["traceback"][0] == "OSError (ENOSPC)"
    for trace in PERSON:
        assert trace not in said.getvalue()
