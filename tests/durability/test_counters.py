"""Promise 3, end to end: whatever is posted, the counters are what a recount of the avis says."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.world import AILLEURS, FIN, SITE, a_server, an_avis, histogram, new_database


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
