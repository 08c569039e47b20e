"""The recipe of examples/litestream, run for real: everything is killed, and then restored.

Runs when JDMA_TEST_LITESTREAM names the binary.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import yaml

from tests.durability.load import Ledger, answer_until_it_ends, audit, send
from tests.durability.outside import jdma, until
from tests.world import a_server, new_database, rows

LITESTREAM = os.environ.get("JDMA_TEST_LITESTREAM", "")
RECIPE = Path(__file__).parents[2] / "examples" / "litestream" / "litestream.yml"

pytestmark = pytest.mark.skipif(not LITESTREAM, reason="JDMA_TEST_LITESTREAM names no binary")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The recipe as it stands, but for where the database and its replica are."""
    settings: dict[str, Any] = yaml.safe_load(RECIPE.read_text("utf-8"))
    (database,) = settings["dbs"]
    database["path"] = str(tmp_path / "avis.db")
    database["replica"]["path"] = str(tmp_path / "replique")
    path = tmp_path / "litestream.yml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


@contextlib.contextmanager
def replicating(recipe: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Litestream beside the server; killed at the end, if it was not before."""
    with (recipe.parent / "journal").open("wb") as log:
        process = subprocess.Popen(
            [LITESTREAM, "replicate", "-config", str(recipe)], stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def restored(recipe: Path) -> Path | None:
    """What the replica has by now, as a new file; None when that is nothing yet."""
    path = recipe.parent / f"rendu-{uuid4().hex}.db"
    done = subprocess.run(
        [LITESTREAM, "restore", "-config", str(recipe), "-o", str(path),
         str(recipe.parent / "avis.db")],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return path if done.returncode == 0 else None


def holds(path: Path | None, acknowledged: Mapping[str, int]) -> bool:
    if path is None or not rows(path, "select 1 from sqlite_schema where name = 'avis'"):
        return False
    stored = dict(rows(path, "select cle, etape from avis"))
    return all(stored.get(cle, 0) >= etape for cle, etape in acknowledged.items())


def test_what_reached_the_replica_is_there_once_after_everything_was_killed(
    recipe: Path, tmp_path: Path
) -> None:
    path = new_database(tmp_path)
    ledger = Ledger()
    before: dict[str, int] = {}
    with replicating(recipe) as litestream, a_server(path) as server:

        def strike() -> None:
            before.update(ledger.acknowledged)
            until(lambda: holds(restored(recipe), before), 20)
            litestream.kill()
            server.kill()

        answer_until_it_ends(server.url, ledger, random.Random(2), strike, 3)
    came_back = restored(recipe)
    assert came_back is not None
    assert len(before) > 100
    assert audit(came_back, replace(ledger, acknowledged=before)) == []

    # `jdma restore` checks it and puts it where the lost one was.
    new = tmp_path / "nouveau.db"
    ended = jdma("restore", str(came_back), f"--database=sqlite:///{new}")
    assert (ended.returncode, ended.stderr) == (0, "")
    with a_server(new) as server:
        assert httpx.get(f"{server.url}/readyz").status_code == 200
        again = [body for (cle, etape), body in ledger.sent.items() if etape > before.get(cle, 0)]
        assert set(send(server.url, ledger, again)) <= {200, 201}
    assert audit(new, ledger) == []


def test_what_came_after_litestream_had_ended_is_not_in_the_replica(
    recipe: Path, tmp_path: Path
) -> None:
    """The server goes on without it, and so nobody is told: see « Surveiller » in the recipe."""
    path = new_database(tmp_path)
    ledger = Ledger()
    with a_server(path) as server:
        with replicating(recipe):
            until(lambda: holds(restored(recipe), {}), 20)
        answer_until_it_ends(server.url, ledger, random.Random(3), server.kill, 0.3)
    came_back = restored(recipe)
    assert came_back is not None
    assert any("was acknowledged at etape" in each for each in audit(came_back, ledger))
