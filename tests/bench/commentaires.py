"""Time of the pages of comments, with 50,000 avis of one démarche and with 5,000,000.

JDMA_TEST_BENCH_AVIS sets how many the larger one has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from collector.clock import Clock
from collector.comptes import Compte, Droit
from collector.moderation import Etat
from collector.store.moderating import Par
from collector.store.sqlite import SqliteStore
from tests.admin.visit import HASH, PASSWORD
from tests.world import CARTE, VILLE, a_server, new_database

SMALL = 50_000
LARGE = int(os.environ.get("JDMA_TEST_BENCH_AVIS", 5_000_000))
MARKED = 3_000  # comments with a label, and dealt with
REQUESTS = 60
COURRIEL = "porteur@exemple.fr"

# One avis every six seconds until now, a third of them with a comment: of five million the oldest
# are eleven months old, and kept.
_FILL = """
with recursive serial (i) as (
    select 1
    union all
    select i + 1 from serial where i < :n
)
insert into avis (
    demarche_id, cle, bouton, questionnaire, etape, recu_le, jour, notes, verbatim, langue,
    affichage, ecarte
)
select
    1,
    printf('%08x-0000-7000-8000-%012x', i, i),
    'k7f3q2',
    'standard-1',
    1,
    strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now', ((i - :n) * 6) || ' seconds'),
    date('now', ((i - :n) * 6) || ' seconds'),
    json_object('satisfaction', 1 + i % 3, 'effort', 1 + i % 4),
    case when i % 3 = 0 then 'Le formulaire refuse la pièce ' || i || ', je recommence.' end,
    'fr',
    'dialogue',
    case when i % 1000 = 0 then 'piege' end
from serial
"""


@dataclass(frozen=True, slots=True)
class Read:
    """Median ms of one page, few avis then many."""

    name: str
    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small


def measure(folder: Path) -> list[Read]:
    """Both are asked in turn, so that a slow minute of the machine weighs on both."""
    with contextlib.ExitStack() as stack:
        sides = []
        for name, n in (("small", SMALL), ("large", LARGE)):
            (folder / name).mkdir()
            path = new_database(folder / name)
            fill(path, n)
            server = stack.enter_context(a_server(path, totp="personne"))
            sides.append(_signed_in(server.url))
            stack.callback(sides[-1].close)
        found = []
        for name, address in _pages().items():
            times = [[_time(client, address) for client in sides] for _ in range(REQUESTS)]
            small, large = (statistics.median(each) for each in zip(*times, strict=True))
            found.append(Read(name, small, large))
        return found


def _pages() -> dict[str, str]:
    middle = SMALL // 2 // 3 * 3
    return {
        "liste": "",
        "à lire": "?etat=a_lire",
        "traités": "?etat=traite",
        "une étiquette": "?etiquette=1",
        "écartés": "?statut=ecarte",
        "un niveau que personne n’a choisi": "?note.effort=5",
        "des mots": "?q=formulaire",
        "un commentaire, ses voisins": f"/{_cle(middle)}",
    }


def _cle(i: int) -> str:
    return f"{i:08x}-0000-7000-8000-{i:012x}"


def fill(path: Path, n: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("pragma synchronous = off")  # this database lives a few minutes
        con.execute("pragma cache_size = -200000")
        con.execute(_FILL, {"n": n})
        con.commit()
    asyncio.run(_mark(path, n))


async def _mark(path: Path, n: int) -> None:
    store = SqliteStore(path)
    await store.open()
    le = Clock().now().recu_le
    id = await store.add_compte(Compte(0, COURRIEL, "Porteur", le, HASH))
    await store.add_droit(Droit(0, id, "porteur", demarche_id=CARTE.id, donne_le=le, donne_par=""))
    etiquette = await store.add_etiquette(VILLE.id, "Urgent")
    etat: Etat = "traite"
    step = n // MARKED // 3 * 3
    cles = [_cle(i) for i in range(3, n, step)]
    for start in range(0, len(cles), 100):
        chosen = cles[start : start + 100]
        await store.attach(CARTE.id, chosen, VILLE.id, etiquette)
        await store.mark(CARTE.id, chosen, etat, Par("Porteur", le))
    await store.close()


def _signed_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=f"{url}/admin/demarches/{CARTE.slug}/")
    said = {"courriel": COURRIEL, "mot_de_passe": PASSWORD}
    site = {"sec-fetch-site": "same-origin"}
    assert client.post(f"{url}/admin/connexion", data=said, headers=site).status_code == 303
    return client


def _time(client: httpx.Client, address: str) -> float:
    started = time.perf_counter()
    client.get(f"commentaires{address}").raise_for_status()
    return (time.perf_counter() - started) * 1000
