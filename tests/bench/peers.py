"""Measured in the same run: Datasette's insert API, and our own application under Granian."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.ingest import LIMITS, SCRIPT
from tests.bench.load import Run, awake, wrk
from tests.bench.serving import a_server, running
from tests.ports import free_port
from tests.world import a_jeton, new_database

HERE = Path(__file__).parent
ROUNDS = 3
SECONDS = 4
SECRET = "un-secret-de-mesure-assez-long-pour-tous"


def measure(folder: Path) -> list[str]:
    """Our rate, Datasette's one row a request, and ours served by Granian, round by round."""
    python = _environment(folder / "peers")
    path = new_database(folder)
    targets = folder / "targets"
    targets.write_text(f"k7f3q2 {a_jeton('k7f3q2', int(time.time() * 1000) - 5000)}\n")
    environ = {"JDMA_TEST_BENCH": str(targets)}
    ours: list[Run] = []
    datasette: list[Run] = []
    granian: list[Run] = []
    with awake(), _datasette(python, folder) as (insert, token):
        for _ in range(ROUNDS):
            with a_server(path, None, **LIMITS) as server:
                ours.append(wrk(f"{server.url}/api/v1/avis", SECONDS, SCRIPT, environ))
                server.terminate()
            with _granian(python, path) as url:
                granian.append(wrk(f"{url}/api/v1/avis", SECONDS, SCRIPT, environ))
            script = HERE / "datasette.lua"
            datasette.append(wrk(insert, SECONDS, script, {"JDMA_TEST_TOKEN": token}))
    for name, runs in {"nous": ours, "Granian": granian, "Datasette": datasette}.items():
        if any(run.refused for run in runs):
            raise SystemExit(f"{name} : des demandes refusées, la mesure ne vaut rien.")
    rates = {
        name: statistics.median(run.rate for run in runs)
        for name, runs in {"nous": ours, "datasette": datasette, "granian": granian}.items()
    }
    return [
        f"Datasette, une ligne par demande {rates['datasette']:10,.0f}   par seconde ; "
        f"nous / Datasette {rates['nous'] / rates['datasette']:.0f}",
        f"notre application sous Granian   {rates['granian']:10,.0f}   par seconde ; "
        f"uvicorn / Granian {rates['nous'] / rates['granian']:.2f}",
    ]


def _environment(folder: Path) -> Path:
    """An environment with what is measured beside us, and our own packages under it."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "-r", HERE / "requirements.lock"],
        check=True,
    )  # fmt: skip
    return python


@contextlib.contextmanager
def _datasette(python: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Datasette on a table like ours; the address of its insert API and a token for it."""
    database = folder / "datasette.db"
    with contextlib.closing(sqlite3.connect(database)) as con:
        con.execute("pragma journal_mode = wal")
        con.execute("create table avis (id integer primary key, cle text, bouton text, notes text)")
    port = free_port()
    command = python.parent / "datasette"
    token = subprocess.run(
        [command, "create-token", "root", "--secret", SECRET],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    options = ["--port", str(port), "--root", "--secret", SECRET]
    url = f"http://127.0.0.1:{port}"
    with running([command, "serve", database, *options], url):
        _insert_one(f"{url}/datasette/avis/-/insert", token)
        yield f"{url}/datasette/avis/-/insert", token


def _insert_one(url: str, token: str) -> None:
    body = json.dumps({"row": {"cle": "x", "bouton": "k7f3q2", "notes": "{}"}}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, body, headers))


@contextlib.contextmanager
def _granian(python: Path, path: Path) -> Iterator[str]:
    """Our application under Granian, with the same event loop and collector settings."""
    port = free_port()
    packages = [str(HERE.parent.parent), *(p for p in sys.path if p.endswith("site-packages"))]
    options = ["--interface", "asgi", "--loop", "uvloop", "--no-access-log", "--port", str(port)]
    command: list[str | Path] = [python, "-m", "granian", *options, "tests.bench.under_granian:app"]
    url = f"http://127.0.0.1:{port}"
    environ = {"PYTHONPATH": os.pathsep.join(packages), "JDMA_TEST_DATABASE": str(path)}
    with running(command, f"{url}/healthz", **environ):
        yield url
