"""Time of one démarche’s figures, with 50,000 avis in the database and with 5,000,000; and of all
démarches at a glance, beside the page of one."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx

from collector.comptes import Compte, Droit
from collector.config import load
from collector.domain import PARIS
from collector.serve import opened
from collector.store.sqlite import SqliteStore
from tests.admin.visit import HASH, PASSWORD
from tests.bench.serving import a_server
from tests.world import address_of, new_database

SMALL = 50_000
LARGE = 5_000_000
DEMARCHES = 250
REQUESTS = 200
# Enough for nearly every level of every month of each of them to have its counter.
MANY = 1_000
OVERVIEW = 1_000_000
DASHBOARD = "/admin/demarches/mesure"
READER = "mesure@exemple.fr"

_AVIS = """
with recursive serial (i) as (
    select 1
    union all
    select i + 1 from serial where i < :n
)
insert into avis (
    demarche_id, cle, bouton, questionnaire, etape, recu_le, jour, notes, langue, affichage
)
select
    1000 + i % :demarches,
    printf('%08x-0000-7000-8000-%012x', i, i),
    'b' || (1000 + i % :demarches),
    'standard-1',
    1,
    date(:last, '-' || (i * 365 / :n) || ' days') || 'T10:00:00.000Z',
    date(:last, '-' || (i * 365 / :n) || ' days'),
    json_object('satisfaction', 1 + i % 3, 'effort', 1 + i % 5, 'clarte', 1 + i / 7 % 5),
    'fr',
    'dialogue'
from serial
"""

_AGREGAT = """
insert into agregat (demarche_id, bouton, jour, questionnaire, dimension, note, n)
select demarche_id, bouton, jour, questionnaire, each.key, each.value, count(*)
from avis, json_each(notes) as each
group by 1, 2, 3, 4, 5, 6
union all
select demarche_id, bouton, jour, questionnaire, 'avis', 1, count(*)
from avis
group by 1, 2, 3, 4
"""

_AGREGAT_MOIS = """
insert into agregat_mois (demarche_id, mois, bouton, questionnaire, dimension, note, n)
select demarche_id, substr(jour, 1, 7), bouton, questionnaire, dimension, note, sum(n)
from agregat
group by 1, 2, 3, 4, 5, 6
"""


def measure(folder: Path) -> tuple[float, float]:
    """Median ms of one figures request, few avis then many. The démarche has its share of them.

    Both are asked in turn, so that a slow minute of the machine weighs on both.
    """
    with contextlib.ExitStack() as stack:
        urls = []
        for name, n in (("small", SMALL), ("large", LARGE)):
            (folder / name).mkdir()
            path = new_database(folder / name)
            fill(path, n)
            server = stack.enter_context(a_server(path))
            urls.append(f"{server.url}/api/v1/demarches/mesure/scores?pas=mois")
        client = stack.enter_context(httpx.Client())
        small, large = zip(
            *([_time(client, url) for url in urls] for _ in range(REQUESTS)), strict=True
        )
        return statistics.median(small), statistics.median(large)


def measure_dashboard(folder: Path, demarches: int) -> tuple[float, float]:
    """Median ms of one démarche’s dashboard, few avis then many, as `measure` does."""
    with contextlib.ExitStack() as stack:
        clients = []
        for n in (SMALL, LARGE):
            place = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
            path = new_database(Path(place))
            fill(path, n, demarches)
            asyncio.run(_add_reader(path))
            server = stack.enter_context(a_server(path, totp="personne"))
            clients.append(stack.enter_context(contextlib.closing(_signed_in(server.url))))
        # Where the address leads to that says no period: a year, month by month.
        urls = [client.get(DASHBOARD).headers["location"] for client in clients]
        small, large = zip(
            *([_time(*each) for each in zip(clients, urls, strict=True)] for _ in range(REQUESTS)),
            strict=True,
        )
        return statistics.median(small), statistics.median(large)


async def _add_reader(path: Path) -> None:
    le = datetime.now(UTC).isoformat()
    async with opened(load({"database": address_of(path)}, environ={})) as store:
        assert isinstance(store, SqliteStore)
        await store.add_compte(Compte(0, READER, "Lecture", le, HASH))
        found = await store.compte_of(READER)
        assert found is not None
        await store.add_droit(Droit(0, found.id, "porteur", None, None, False, le, "mesure"))


def _signed_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url)
    who = {"courriel": READER, "mot_de_passe": PASSWORD}
    answer = client.post("/admin/connexion", data=who, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303, answer.text
    return client


def measure_overview(folder: Path) -> tuple[float, float, float]:
    """Median ms of the page of one démarche, then of the list of MANY, asked in turn; and the most
    a list took: of those that had to be read from the store anew."""
    path = new_database(folder)
    fill(path, OVERVIEW, MANY)
    with a_server(path) as server, httpx.Client() as client:
        urls = [f"{server.url}/resultats/mesure", f"{server.url}/resultats/?tri=note"]
        one, every = zip(
            *([_time(client, url) for url in urls] for _ in range(REQUESTS)), strict=True
        )
        return statistics.median(one), statistics.median(every), max(every)


def fill(path: Path, n: int, demarches: int = DEMARCHES) -> None:
    """Put `n` avis of so many démarches and of a year into a database, with their counters."""
    last = (datetime.now(PARIS) - timedelta(days=1)).date().isoformat()
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("pragma synchronous = off")  # this database lives a minute
        con.execute("pragma cache_size = -200000")
        for i in range(demarches):
            con.execute(
                "insert into demarche (id, slug, titre, structure_id, questionnaire, langue, "
                "publique, archivee, externes) "
                "values (?1, ?2, ?2, 1, 'standard-1', 'fr', 1, 0, '[]')",
                (1000 + i, "mesure" if i == 0 else f"mesure-{i}"),
            )
            con.execute(
                "insert into bouton (code, demarche_id, libelle, affichage, origines, ouvert) "
                "values (?1, ?2, ?1, 'dialogue', '[]', 1)",
                (f"b{1000 + i}", 1000 + i),
            )
        con.execute(_AVIS, {"n": n, "demarches": demarches, "last": last})
        con.execute(_AGREGAT)
        con.execute(_AGREGAT_MOIS)
        con.commit()


def _time(client: httpx.Client, url: str) -> float:
    started = time.perf_counter()
    client.get(url).raise_for_status()
    return (time.perf_counter() - started) * 1000
