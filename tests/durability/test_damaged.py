"""A base that is damaged is never taken for a sound one: it is refused at the start, or as soon as
the damage is met, with the way to have it back. Nothing is acknowledged that is not stored."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from collector import serve
from collector.app import create_app
from collector.clock import Clock
from collector.domain import Avis, new_cle
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from tests.durability.outside import jdma
from tests.http.problems import problem
from tests.world import FIN, NOON, MovedClock, World, an_avis, new_database, rows, settings

MANY = 400  # avis: enough for pages of every kind
WORDS = "Un commentaire assez long pour que les avis remplissent des pages."
RESTORE = "une sauvegarde (« jdma restore »)"

# What a server reads before it serves, and what it touches with the first avis: tables, an index.
READ_AT_THE_START = ["migration", "structure", "questionnaire", "demarche", "bouton", "catalogue"]
TOUCHED_BY_AN_AVIS = ["avis", "sqlite_autoindex_avis_1", "agregat", "agregat_mois"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with many avis, which no server has open."""
    path = new_database(tmp_path_factory.mktemp("sound"))
    asyncio.run(record_many(path))
    return path


async def record_many(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    first = Avis(
        1, "", FIN.code, "standard-1", 1, "2026-11-22T09:00:00.000Z", "2026-11-22",
        {"satisfaction": 3}, WORDS,
    )  # fmt: skip
    await store.record([first._replace(cle=new_cle(NOON - n)) for n in range(MANY)])
    await store.close()


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path))


def page_of(path: Path, name: str) -> int:
    """The first page of a table or an index."""
    found = rows(path, f"select rootpage from sqlite_schema where name = '{name}'")
    return int(found[0][0])


def damage(path: Path, page: int) -> None:
    """Make noise of a page, as a failing disk does."""
    [(size,)] = rows(path, "pragma page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(random.Random(page).randbytes(size))


@contextlib.contextmanager
def served(path: Path) -> Iterator[World]:
    """A collector in this process, on a base that is there."""
    clock, store = MovedClock(), SqliteStore(path)

    async def start() -> None:
        await store.open()
        await serve.prepare(store)

    try:
        asyncio.run(start())
        app = create_app(settings(), store, Clock(clock))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield World(client, clock, path, store)
    finally:
        asyncio.run(store.close())


def refusal(path: Path) -> str:
    """What is said at the start."""
    with pytest.raises(StoreError) as raised, served(path):
        pass
    return str(raised.value)


def test_a_sound_base_is_served(path: Path) -> None:
    with served(path) as world:
        assert world.post(an_avis()).status_code == 201
        assert world.client.get("/readyz").status_code == 200
        assert world.count() == MANY + 1


@pytest.mark.parametrize("name", READ_AT_THE_START)
def test_damage_that_a_start_meets_is_refused_with_the_way_to_restore(
    path: Path, name: str
) -> None:
    damage(path, page_of(path, name))
    said = refusal(path)
    assert said.startswith("avis.db est abîmé (database disk image is malformed)")
    assert RESTORE in said


def test_a_base_whose_head_is_damaged_or_whose_end_is_missing_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert RESTORE in refusal(path)
    path.write_bytes(whole)
    damage(path, 1)
    assert RESTORE in refusal(path)


@pytest.mark.parametrize("name", TOUCHED_BY_AN_AVIS)
def test_damage_that_an_avis_meets_ends_all_writing_until_it_is_restored(
    path: Path, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("collector.writer.FAILING_SECONDS", 0.0)
    damage(path, page_of(path, name))
    with served(path) as world:
        for _ in range(3):
            refused = world.post(an_avis())
            problem(refused, 503, "stockage_indisponible")
            assert refused.headers["retry-after"] == "2"
            ready = world.client.get("/readyz")
            assert ready.status_code == 503
            assert RESTORE in ready.json()["raison"]
        assert world.client.get("/healthz").status_code == 200
    assert "avis.db est abîmé" in caplog.text
    assert RESTORE in caplog.text


def test_damage_that_figures_meet_ends_all_writing_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.writer.FRESH_SECONDS", 0.0)
    with served(path) as world:
        assert world.post(an_avis()).status_code == 201
        assert world.rows("pragma wal_checkpoint(truncate)")[0][0] == 0
        damage(path, page_of(path, "agregat_mois"))
        shown = world.client.get("/api/v1/demarches/carte-de-stationnement/scores")
        problem(shown, 503, "stockage_indisponible")
        assert RESTORE in world.client.get("/readyz").json()["raison"]
        problem(world.post(an_avis()), 503, "stockage_indisponible")


def page_of_old_avis(path: Path) -> int:
    """A page that neither a start nor a new avis reads."""
    [(size,)] = rows(path, "pragma page_size")
    content = path.read_bytes()
    starts = range(0, len(content), size)
    found = [n for n, at in enumerate(starts, 1) if WORDS.encode() in content[at : at + size]]
    return found[len(found) // 2]


def test_verify_finds_damage_wherever_it_is(path: Path) -> None:
    verify = ("verify", f"--database=sqlite:///{path}")
    assert jdma(*verify).returncode == 0
    whole = path.read_bytes()
    damage(path, page_of_old_avis(path))
    with served(path) as world:
        assert world.post(an_avis()).status_code == 201
    ended = jdma(*verify)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("jdma : avis.db est abîmé (")
    assert RESTORE in ended.stderr
    assert ended.stderr.count("\n") == 1
    path.write_bytes(whole)
    assert jdma(*verify).returncode == 0
