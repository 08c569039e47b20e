"""A small world for tests: a store with one démarche, a moved clock, a client, a real server."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from collector.app import create_app
from collector.clock import Clock
from collector.config import Settings, load
from collector.domain import Bouton, Demarche, Structure, new_cle
from collector.jeton import Jetons
from collector.serve import opened, prepare
from collector.store.contract import Store
from collector.store.sqlite import SqliteStore
from tests import postgres
from tests.forked import ROOT, Forked
from tests.ports import free_port

SECRET = "un-secret-de-test-assez-long-pour-etre-accepte"
JDMA = (sys.executable, "-m", "collector")
SITE = "https://www.exemple.fr"
NOON = 1_795_341_600_000  # 2026-11-22 10:00:00 UTC, 11:00 in Paris

Where = Path | str
"""A database: the file of a SQLite one, the address of a PostgreSQL one."""

VILLE = Structure(1, "Ville de Montclair")
CARTE = Demarche(1, "carte-de-stationnement", "Demander une carte", 1, "standard-1", publique=True)
LONGUE = Demarche(2, "dossier-long", "Déposer un dossier", 1, "demarche-longue-1", publique=True)
CACHEE = Demarche(3, "brouillon", "Pas encore publique", 1, "satisfaction-seule-1")
FIN = Bouton("k7f3q2", 1, "Fin de démarche", origines=(SITE,))
COURRIEL = Bouton("m4t8zc", 1, "Courriel")
AILLEURS = Bouton("b2c3d4", 2, "Ailleurs", origines=(SITE,))


@dataclass
class MovedClock:
    """A clock that tests move by hand."""

    ms: int = NOON

    def __call__(self) -> int:
        return self.ms

    def advance(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self.ms += int((seconds + hours * 3600 + days * 86400) * 1000)


def settings(**given: str) -> Settings:
    """Settings for tests: no rate limit unless given."""
    return load({"secret": SECRET, "address_rate": "0", "bouton_rate": "0", **given}, environ={})


async def fill(store: Store) -> None:
    """An open store with three démarches and three boutons."""
    await prepare(store)
    await store.add_structure(VILLE)
    for demarche in (CARTE, LONGUE, CACHEE):
        await store.add_demarche(demarche)
    for bouton in (FIN, COURRIEL, AILLEURS):
        await store.add_bouton(bouton)


async def number(store: SqliteStore) -> None:
    """Give the first démarche and its bouton the numbers they had in the national service."""
    await store.change_demarche(replace(CARTE, externes=("1234", "avis-456")))
    await store.change_bouton(replace(FIN, externe="5678"))


def a_jeton(bouton: str = FIN.code, opened_ms: int = NOON - 10_000) -> str:
    return Jetons(SECRET, 24).sign(bouton, opened_ms)


def an_avis(bouton: Bouton = FIN, /, clock_ms: int = NOON, **changes: Any) -> dict[str, Any]:
    """A body of POST /api/v1/avis that is accepted as it stands, by a collector whose clock says
    `clock_ms`: NOON is a day of its own, and one with the clock of the machine refuses it."""
    return {
        "cle": new_cle(clock_ms),
        "etape": 1,
        "bouton": bouton.code,
        "questionnaire": "demarche-longue-1" if bouton.demarche_id == 2 else "standard-1",
        "notes": {"satisfaction": 3},
        "langue": "fr",
        "affichage": "dialogue",
        "widget": "0.1.0",
        "jeton": a_jeton(bouton.code, clock_ms - 10_000),
        **changes,
    }


@dataclass
class World:
    """A collector in this process, its clock, and what its database says."""

    client: TestClient
    clock: MovedClock
    path: Path
    store: SqliteStore = field(repr=False)

    def post(self, body: Any, **headers: str) -> httpx.Response:
        """Post an avis as the widget does, from SITE unless another origin is given."""
        sent = {"origin": SITE, "content-type": "text/plain", **headers}
        if isinstance(body, bytes):
            return self.client.post("/api/v1/avis", content=body, headers=sent)
        return self.client.post("/api/v1/avis", json=body, headers=sent)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.path, sql)

    def histogram(self, dimension: str = "satisfaction") -> dict[int, int]:
        """The counters of a dimension, over everything."""
        return histogram(self.path, dimension)

    def numbered(self) -> World:
        """The same, with the numbers of `number`, which it knows already."""
        asyncio.run(number(self.store))
        self.client.app_state["parts"].catalogue.look_again()
        return self

    def count(self) -> int:
        return int(self.rows("select count(*) from avis")[0][0])


def address_of(where: Where) -> str:
    """The address of a database, as --database takes it."""
    return f"sqlite:///{where}" if isinstance(where, Path) else where


def rows(where: Where, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds, asked of the database itself."""
    if not isinstance(where, Path):
        return postgres.rows(where, sql)
    with contextlib.closing(sqlite3.connect(where)) as con:
        return con.execute(sql).fetchall()


def execute(where: Where, sql: str) -> None:
    """Do something behind the store's back, and commit it."""
    if not isinstance(where, Path):
        postgres.execute(where, sql)
        return
    with contextlib.closing(sqlite3.connect(where)) as con, con:
        con.execute(sql)


def histogram(where: Where, dimension: str = "satisfaction") -> dict[int, int]:
    found: Counter[int] = Counter()
    for note, n in rows(where, f"select note, n from agregat where dimension = '{dimension}'"):
        found[note] += n
    return {note: n for note, n in sorted(found.items()) if n}


@contextlib.contextmanager
def a_world(folder: Path, **given: str) -> Iterator[World]:
    """A collector in this process on a new database, with `fill`'s démarches."""
    path = new_database(folder)
    clock = MovedClock()
    store = SqliteStore(path)

    async def start() -> None:
        await store.open()
        await prepare(store)

    asyncio.run(start())
    app = create_app(settings(**given), store, Clock(clock))
    try:
        with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
            yield World(client, clock, path, store)
    finally:
        asyncio.run(store.close())


@dataclass
class Server:
    """`jdma serve` as a process of its own."""

    process: subprocess.Popen[str] | Forked
    url: str
    where: Where

    @property
    def path(self) -> Path:
        """The file of its database, a SQLite one."""
        assert isinstance(self.where, Path)
        return self.where

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


def new_database(folder: Path) -> Path:
    """A SQLite database with `fill`'s démarches, for a server to open."""
    path = folder / "avis.db"
    path.write_bytes(_filled())
    return path


@functools.cache
def _filled() -> bytes:
    """The file that `fill` leaves: made once, and from then on copied."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "avis.db"
        set_up(path)
        return path.read_bytes()


def set_up(where: Where) -> None:
    """Make an empty database ready, with `fill`'s démarches; where a loop may be running already,
    as Playwright keeps one."""

    async def work() -> None:
        async with opened(load({"database": address_of(where)}, environ={})) as store:
            await fill(store)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


@contextlib.contextmanager
def a_server(
    where: Where, port: int | None = None, program: Sequence[str] | None = None, **given: str
) -> Iterator[Server]:
    """A real server on a database, ready to answer; ended by its process id in any case.

    Without a `program` to start, it is forked from its imports: see `tests.forked`.
    """
    port = port or free_port()
    values = {
        "secret": SECRET,
        "address_rate": "0",
        "bouton_rate": "0",
        "min_seconds": "0",
        **given,
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
    words = ["serve", f"--database={address_of(where)}", f"--port={port}", *options]
    process = Forked(words) if program is None else _started([*program, *words])
    server = Server(process, f"http://127.0.0.1:{port}", where)
    try:
        wait_ready(server)
        yield server
    finally:
        if process.poll() is None:
            server.kill()
        if process.stdout:
            process.stdout.close()


def _started(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"}, cwd=ROOT,
    )  # fmt: skip


def wait_ready(server: Server, seconds: float = 10) -> None:
    """Return once /readyz is green; fail with what the server said when it is not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.process.poll() is not None:
            said = server.process.stdout.read() if server.process.stdout else ""
            raise AssertionError(f"the server ended at once: {said}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/readyz").status_code == 200:
                return
        time.sleep(0.02)
    raise AssertionError("the server was not ready in time")
