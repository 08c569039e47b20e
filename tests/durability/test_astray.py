"""Files that are removed or replaced under a server: SQLite would go on writing to what nobody
finds again. It is seen before anybody is told that an avis is stored."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.serve import opened
from collector.store.contract import StoreError
from collector.store.sqlite_paths import Paths
from tests.http.problems import problem
from tests.world import World, a_world, an_avis, rows, settings


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    copy = beside(path, ".copy")
    shutil.copy(path, copy)
    copy.rename(path)


def move(path: Path) -> None:
    path.rename(beside(path, ".away"))


def move_back(path: Path) -> None:
    beside(path, ".away").rename(path)


def bring_into_the_base(world: World) -> None:
    """What was written so far, as a clean end does."""
    assert world.rows("pragma wal_checkpoint")[0][0] == 0


LOST = [(suffix, lose) for suffix in ("", "-wal", "-shm") for lose in (remove, replace)]


@pytest.mark.parametrize(("suffix", "lose"), LOST)
def test_nothing_is_acknowledged_once_a_file_is_astray(
    world: World, suffix: str, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    assert world.post(an_avis()).status_code == 201
    lost = beside(world.path, suffix)
    lose(lost)
    for body in (an_avis(), an_avis(etape=2)):
        refused = world.post(body)
        problem(refused, 503, "stockage_indisponible")
        assert refused.headers["retry-after"] == "2"
    assert world.client.get("/readyz").status_code == 503
    assert world.client.get("/healthz").status_code == 200
    assert f"{lost.name} n’est plus le fichier que ce serveur a ouvert" in caplog.text
    assert ("« jdma restore »" if lost == world.path else "SIGTERM") in caplog.text


def test_a_server_that_nobody_writes_to_is_not_ready_either(world: World) -> None:
    assert world.client.get("/readyz").status_code == 200
    world.path.unlink()
    answer = world.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["raison"].startswith("avis.db n’est plus le fichier que ce serveur a ouve")


def test_once_the_file_is_back_it_goes_on_by_itself(world: World) -> None:
    first, second = an_avis(), an_avis()
    assert world.post(first).status_code == 201
    move(world.path)
    assert world.post(second).status_code == 503
    move_back(world.path)
    assert world.post(second).status_code in (200, 201)
    assert world.client.get("/readyz").status_code == 200
    assert world.post(first).status_code == 200
    assert world.count() == 2
    assert world.histogram() == {3: 2}


# What the sentence tells people to do


def test_a_log_that_was_removed_is_brought_into_the_base_by_a_clean_end(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        acknowledged = some_avis(world)
        beside(world.path, "-wal").unlink()
        assert world.post(an_avis()).status_code == 503
    assert acknowledged <= stored(world.path)


def test_a_base_that_was_removed_can_be_had_back_from_the_process(
    world: World, tmp_path: Path
) -> None:
    acknowledged = some_avis(world)
    for suffix in ("", "-wal", "-shm"):
        beside(world.path, suffix).unlink()
    assert world.post(an_avis()).status_code == 503
    rescued = tmp_path / "rescued"
    rescued.mkdir()
    for held in Path(f"/proc/{os.getpid()}/fd").iterdir():
        name = str(held.readlink()).removesuffix(" (deleted)") if held.is_symlink() else ""
        if name in (str(world.path), f"{world.path}-wal"):
            shutil.copy(held, rescued / Path(name).name)
    assert acknowledged <= stored(rescued / world.path.name)


def some_avis(world: World) -> set[str]:
    """Have some avis acknowledged; their keys."""
    bodies = [an_avis() for _ in range(10)]
    assert {world.post(body).status_code for body in bodies} == {201}
    return {body["cle"] for body in bodies}


def stored(path: Path) -> set[str]:
    return {cle for (cle,) in rows(path, "select cle from avis")}


# The negative twin: a server that does not look


def test_a_server_that_does_not_look_acknowledges_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Paths, "check_in_place", lambda paths: None)
    with a_world(tmp_path) as world:
        bring_into_the_base(world)
        replace(world.path)
        acknowledged = some_avis(world)
        assert world.client.get("/readyz").status_code == 200
        beside(world.path, "-wal").unlink()
    assert acknowledged.isdisjoint(stored(world.path))


# While no server runs


def killed(world: World, folder: Path) -> Path:
    """What is left of a base when its server is killed now."""
    folder.mkdir()
    for suffix in ("", "-wal", "-shm"):
        shutil.copy(beside(world.path, suffix), folder)
    return folder / world.path.name


async def open_and_write(path: Path) -> None:
    async with opened(settings(database=f"sqlite:///{path}")) as store:
        await store.probe()


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as raised:
        asyncio.run(open_and_write(path))
    return str(raised.value)


def test_after_a_kill_a_log_or_a_base_that_is_missing_is_told_at_the_start(
    world: World, tmp_path: Path
) -> None:
    acknowledged = some_avis(world)
    path = killed(world, tmp_path / "killed")
    move(path)
    assert refusal(path) == (
        f"{path} manque, alors que son journal avis.db-wal est là. Remettez la base, "
        "ou restaurez une sauvegarde (« jdma restore »)."
    )
    move_back(path)
    move(beside(path, "-wal"))
    assert refusal(path).startswith(f"{path} ne s’ouvre pas : avis.db-wal manque, et avec lui")
    move_back(beside(path, "-wal"))
    asyncio.run(open_and_write(path))
    assert stored(path) == acknowledged


def test_who_accepts_the_loss_of_the_log_can_go_on(world: World, tmp_path: Path) -> None:
    bring_into_the_base(world)
    some_avis(world)
    path = killed(world, tmp_path / "killed")
    beside(path, "-wal").unlink()
    assert refusal(path).endswith("pour continuer sans eux, supprimez avis.db-shm.")
    beside(path, "-shm").unlink()
    asyncio.run(open_and_write(path))
    assert stored(path) == set()
