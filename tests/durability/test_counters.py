"""Promise 3, end to end: whatever is posted, the counters are what a recount of the avis says."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests import postgres
from tests.durability.load import Ledger, answer_until_it_ends, audit
from tests.durability.outside import jdma
from tests.world import (
    AILLEURS,
    CARTE,
    FIN,
    SITE,
    Where,
    a_server,
    address_of,
    an_avis,
    execute,
    histogram,
    new_database,
    set_up,
)


def verify(path: Path) -> int:
    """The exit code of `jdma verify`."""
    command = [sys.executable, "-m", "collector", "verify", f"--database=sqlite:///{path}"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


def test_promise_3_the_counters_equal_a_recount(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path) as server, httpx.Client(headers={"origin": SITE}) as client:

        def post(body: dict[str, Any]) -> int:
            return client.post(f"{server.url}/api/v1/avis", json=body).status_code

        for n in range(40):
            now = int(time.time() * 1000)
            first = an_avis((FIN, AILLEURS)[n % 2], now, notes={"satisfaction": n % 3 + 1})
            later = {**first, "etape": 3, "notes": {"satisfaction": 2, "effort": n % 5 + 1}}
            trap = {"site_web": "https://spam.example"} if n % 10 == 9 else {}
            assert post({**first, **trap}) == 201
            assert post({**first, **trap}) == 200
            if n % 2:
                assert post({**later, **trap}) == 200
                assert post({**first, "etape": 2, "notes": {"satisfaction": 1}}) == 200
        assert verify(path) == 0  # beside the server
        server.terminate()
    # 4 of the 40 fell into the trap; half were completed and ended on level 2.
    assert sum(histogram(path, "avis").values()) == 36
    assert sum(histogram(path, "effort").values()) == 16
    assert verify(path) == 0


def test_a_counter_that_is_off_by_one_is_found(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path) as server:
        body = an_avis(FIN, int(time.time() * 1000))
        httpx.post(f"{server.url}/api/v1/avis", json=body, headers={"origin": SITE})
        server.terminate()
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("update agregat set n = n + 1 where dimension = 'satisfaction'")
        con.commit()
    assert verify(path) == 1


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_counter_altered_by_hand_is_named_and_mended_while_people_answer(
    tmp_path: Path, engine: str
) -> None:
    with contextlib.ExitStack() as stack:
        where: Where = new_database(tmp_path)
        if engine == "postgresql":
            where = stack.enter_context(postgres.a_database())
            set_up(where)
        server = stack.enter_context(a_server(where))
        ledger, said = Ledger(), dict[str, subprocess.CompletedProcess[str]]()

        def alter_and_mend() -> None:
            for table in ("agregat", "agregat_mois"):
                execute(where, f"update {table} set n = n + 1000 where dimension = 'satisfaction'")
            for command in ("verify", "rebuild"):
                said[command] = jdma(command, f"--database={address_of(where)}")
            said["verify again"] = jdma("verify", f"--database={address_of(where)}")
            server.terminate()

        answer_until_it_ends(server.url, ledger, random.Random(5), alter_and_mend, 0.3)
        assert said["verify"].returncode == 1
        assert f"{CARTE.slug} {FIN.code} " in said["verify"].stdout
        assert said["rebuild"].returncode == 0
        assert said["verify again"].returncode == 0
        assert set(ledger.answers) <= {"200", "201"}
        assert audit(where, ledger) == []
