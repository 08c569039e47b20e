"""`jdma demo`: thirteen months of invented history, a collector, a procedure site elsewhere."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from collector import presence
from collector.annexe import annexes
from collector.app import create_app
from collector.catalogue import shipped_questionnaires
from collector.config import Settings
from collector.demo.histoire import history, openings
from collector.demo.plan import Plan
from collector.demo.site import create_site
from collector.domain import Avis, Cell, Vu
from collector.releases import Releases
from collector.serve import bind, run
from collector.store.contract import Store

TOTAL = 60_000
_BATCH = 2_000  # ours alone: nobody waits behind it


async def fill(
    store: Store, plan: Plan, origine: str, jusqu_a: datetime, said: Callable[[int], None]
) -> int:
    """Put the plan and its history into an empty store; `said` is told of each batch stored."""
    for structure in plan.domain_structures():
        await store.add_structure(structure)
    for demarche in plan.domain_demarches():
        await store.add_demarche(demarche)
    for bouton in plan.domain_boutons((origine,)):
        await store.add_bouton(bouton)
    since = (jusqu_a - timedelta(days=presence.KEPT_DAYS)).date().isoformat()
    stored = 0
    for batch in _batches(history(plan, shipped_questionnaires(), jusqu_a, total=TOTAL)):
        opened = openings(batch)
        await store.record(batch, opened)
        await store.add_presence(_seen(batch, opened, presence.site(origine), since))
        stored += len(batch)
        said(len(batch))
    return stored


def _seen(batch: Sequence[Avis], opened: Mapping[Cell, int], nom: str, since: str) -> Counter[Vu]:
    """What a server would have seen of these, of days it remembers."""
    seen: Counter[Vu] = Counter()
    for cell, n in opened.items():
        seen[Vu(*cell[:3], presence.OUVERTURE, nom)] += n
    for avis in batch:
        where = avis.demarche_id, avis.bouton, avis.jour
        seen[Vu(*where, presence.AVIS, nom)] += 1
        if avis.widget:
            seen[Vu(*where, presence.VERSION, avis.widget)] += 1
    return Counter({vu: n for vu, n in seen.items() if vu.jour >= since})


def _batches(avis: Iterator[Avis]) -> Iterator[list[Avis]]:
    while batch := list(itertools.islice(avis, _BATCH)):
        yield batch


async def serve_demo(
    settings: Settings, store: Store, site_port: int, ready: Callable[[], None]
) -> None:
    """Serve the collector and the procedure site until interrupted: one process, two origins."""
    collector = create_app(settings, store, annexes=annexes(settings))
    site = create_site(settings.base_url, Releases())
    sockets = [bind(settings.host, settings.port), bind(settings.host, site_port)]
    await run(_by_port(collector, site, site_port), settings, sockets, ready)


def _by_port(collector: ASGIApp, site: ASGIApp, site_port: int) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        at_site = scope["type"] == "http" and scope["server"][1] == site_port
        await (site if at_site else collector)(scope, receive, send)

    return app


def forget(database: Path) -> None:
    """Remove a demonstration's database and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
