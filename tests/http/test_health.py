"""Alive, able to store, and how it goes: /healthz, /readyz, /metrics."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector import __version__
from tests.http.problems import problem
from tests.world import World, a_jeton, a_world, an_avis


def metrics(world: World) -> dict[tuple[str, str], float]:
    """Every figure of /metrics, by name and label."""
    answer = world.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_server_that_runs_is_alive_and_ready(world: World) -> None:
    alive, ready = world.client.get("/healthz"), world.client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"etat": "vivant"})
    assert (ready.status_code, ready.json()) == (200, {"etat": "pret"})
    assert alive.headers["cache-control"] == ready.headers["cache-control"] == "no-store"


def test_readiness_is_a_commit_of_its_own(world: World) -> None:
    before = world.rows("select le from sonde")
    time.sleep(0.002)
    world.client.get("/readyz")
    assert world.rows("select le from sonde") > before


def test_a_store_that_cannot_write_is_alive_and_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.sqlite_file.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("collector.writer.FAILING_SECONDS", 0.3)
    with a_world(tmp_path) as world:
        with closing(sqlite3.connect(world.path, isolation_level=None)) as other:
            other.execute("begin exclusive")
            answer = world.client.get("/readyz")
            assert (answer.status_code, answer.json()["etat"]) == (503, "pas_pret")
            assert "locked" in answer.json()["raison"]
            assert world.client.get("/healthz").status_code == 200
            refused = world.post(an_avis())
            problem(refused, 503, "stockage_indisponible")
            assert refused.headers["retry-after"] == "2"
        # The lock is gone, and a probe would pass; what counts is that a batch has just failed.
        assert metrics(world)["jdma_storing", ""] == 0
        told = world.client.get("/readyz").json()
        assert told["raison"] == "le dernier lot n’a pas pu être enregistré"
        end = time.monotonic() + 5
        while world.client.get("/readyz").status_code != 200:
            assert time.monotonic() < end, "a failure is never forgotten"
            time.sleep(0.05)
        assert world.post(an_avis()).status_code == 201
        assert metrics(world)["jdma_avis_not_stored_total", ""] == 1


def test_a_writer_that_has_stopped_is_not_ready(world: World) -> None:
    writer = world.client.app_state["parts"].writer
    portal = world.client.portal
    assert portal
    portal.call(writer.close)
    answer = world.client.get("/readyz")
    assert (answer.status_code, answer.json()["raison"]) == (503, "l’écriture est arrêtée")
    problem(world.post(an_avis()), 503, "stockage_indisponible")
    assert world.count() == 0


def test_metrics_count_avis_by_what_became_of_them(world: World) -> None:
    body = an_avis()
    world.post(body)
    world.post(body)
    world.post({**body, "etape": 2})
    world.clock.advance(hours=2)
    world.post({**body, "etape": 3})
    found = metrics(world)
    assert {
        outcome: found["jdma_avis_total", outcome]
        for outcome in ("stored", "updated", "unchanged", "too_late", "other_bouton")
    } == {"stored": 1, "updated": 1, "unchanged": 1, "too_late": 1, "other_bouton": 0}
    assert found["jdma_commits_total", ""] == 4
    assert found["jdma_commit_seconds_total", ""] > 0
    assert found["jdma_last_commit_age_seconds", ""] >= 0
    assert found["jdma_queue", ""] == 0


def test_metrics_tell_how_old_widgets_are_and_what_room_there_is(tmp_path: Path) -> None:
    with a_world(tmp_path, database=f"sqlite:///{tmp_path}/avis.db") as world:
        check_what_is_around(world)


def check_what_is_around(world: World) -> None:
    parts, portal = world.client.app_state["parts"], world.client.portal
    assert portal
    older, newest = parts.releases.versions[0], parts.releases.newest
    for version in (newest, older, older, "999.0.0", None):
        world.post({**an_avis(), "widget": version} if version else without_widget())
    portal.call(parts.presence.write)
    found = metrics(world)
    ages = {age: found["jdma_widget_avis_total", age] for age in ("newest", "older", "unknown")}
    assert ages == {"newest": 1, "older": 2, "unknown": 1}
    assert found["jdma_storing", ""] == 1
    assert found["jdma_queue_limit", ""] == 2000
    assert found["jdma_disk_free_bytes", ""] > found["jdma_database_bytes", ""] > 0
    assert found["jdma_build_info", __version__] == 1


def without_widget() -> dict[str, object]:
    return {name: value for name, value in an_avis().items() if name != "widget"}


def test_metrics_count_refusals_by_code(world: World) -> None:
    for _ in range(3):
        world.post(b"{")
    world.post(an_avis(bouton="zzzz22"))
    world.client.get("/nulle-part")
    world.client.get("/f/zzzz22", headers={"accept": "text/html"})
    world.client.post(
        "/f/k7f3q2",
        content="jeton=" + a_jeton(opened_ms=0),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    found = metrics(world)
    assert {
        code: found["jdma_refusals_total", code]
        for code in ("json_invalide", "bouton_inconnu", "introuvable", "jeton_perime")
    } == {"json_invalide": 3, "bouton_inconnu": 2, "introuvable": 1, "jeton_perime": 1}


def test_nothing_of_anyone_is_in_the_metrics(tmp_path: Path) -> None:
    with a_world(tmp_path, address_rate="30", address_burst="2") as world:
        headers = {"x-forwarded-for": "203.0.113.7", "user-agent": "Navigateur/1"}
        for _ in range(4):
            world.post(an_avis(verbatim="Mon secret"), **headers)
        text = world.client.get("/metrics").text
        assert 'jdma_refusals_total{code="trop_de_demandes"} 2.0' in text
        for secret in ("testclient", "203.0.113.7", "Navigateur", "secret", "k7f3q2", "exemple"):
            assert secret not in text


def test_the_database_holds_neither_address_nor_browser(world: World) -> None:
    headers = {"x-forwarded-for": "203.0.113.7", "user-agent": "Navigateur/1"}
    assert world.post(an_avis(), **headers).status_code == 201
    asyncio.run(world.store.probe())
    kept = b"".join(path.read_bytes() for path in world.path.parent.glob("avis.db*"))
    assert b"k7f3q2" in kept
    for trace in (b"testclient", b"203.0.113.7", b"Navigateur"):
        assert trace not in kept
