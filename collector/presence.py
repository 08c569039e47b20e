"""What is seen of each bouton: from which sites, with which widget, and what was refused.

Counted in memory and written about once a second, so that a porteur can see that the button works,
or why not. Of a site its name is kept and nothing else; of a person, nothing at all. What is not
written when the server dies is lost: these are signs of life, not somebody's answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from collector.domain import Bouton, Vu
from collector.errors import OriginRefused, Refusal
from collector.store.contract import Store, StoreError

logger = logging.getLogger("collector.presence")

EVERY = 1.0  # seconds
CLOSING_SECONDS = 2.0
MOST_WAITING = 10_000  # different things counted until they are written; what is more is not
KEPT_DAYS = 92
NONE = "aucune"  # what stands for a version that is no release of ours

# What `Vu.genre` may be, and what its `valeur` is then.
OUVERTURE = "ouverture"  # a site whose widget was given the questions
AVIS = "avis"  # a site from which an avis was stored
VERSION = "version"  # the version of the widget that sent it
REFUS = "refus"  # the code of a refusal
ORIGINE_REFUSEE = "origine_refusee"  # a site that is none of the bouton's

# What stands for a site that has no name.
SANS_ORIGINE = "sans origine"
ADRESSE_IP = "adresse IP"
ILLISIBLE = "illisible"

_LONGEST = 300  # characters looked at of what may be an origin: a name has 253 at most
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")


class _Key(NamedTuple):
    demarche_id: int
    bouton: str
    jour: str
    genre: str
    valeur: str | None
    widget: str | None = None


class Presence:
    """The only one that calls `Store.add_presence` in a server."""

    def __init__(self, store: Store, releases: Collection[str] = ()) -> None:
        self._store = store
        self._releases = releases
        self._seen: Counter[_Key] = Counter()
        self.versions: Counter[str] = Counter()
        """Avis stored since the start, by the release of their widget (NONE: of no release)."""
        self._closing = asyncio.Event()
        self._today = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what waits, then stop; a store that hangs is not waited for."""
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CLOSING_SECONDS)
            self._task.cancel()

    def count_opening(self, bouton: Bouton, jour: str, origin: str | None) -> None:
        self._count(_Key(bouton.demarche_id, bouton.code, jour, OUVERTURE, origin))

    def count_avis(self, bouton: Bouton, jour: str, origin: str | None, widget: str | None) -> None:
        """Count an avis that was stored, by its `Origin` and the version of its widget."""
        self._count(_Key(bouton.demarche_id, bouton.code, jour, AVIS, origin, widget))

    def count_refusal(
        self, bouton: Bouton, jour: str, refusal: Refusal, origin: str | None = None
    ) -> None:
        self._count(_Key(bouton.demarche_id, bouton.code, jour, REFUS, refusal.code))
        if isinstance(refusal, OriginRefused) and origin is not None:
            place = bouton.demarche_id, bouton.code, jour
            self._count(_Key(*place, ORIGINE_REFUSEE, origin[:_LONGEST]))

    def _count(self, key: _Key) -> None:
        if len(self._seen) < MOST_WAITING or key in self._seen:
            self._seen[key] += 1

    async def _run(self) -> None:
        try:
            closing = False
            while not closing:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), EVERY)
                closing = self._closing.is_set()
                await self.write()
        except Exception:  # the outermost edge of a task that nobody waits for
            logger.exception("what reaches boutons is not written any more")

    async def write(self) -> None:
        """Write what was counted; where the store fails, it waits for the next time."""
        if not self._seen:
            return
        seen, self._seen = self._seen, Counter()
        named = _named(seen)
        try:
            await self._store.add_presence(named)
        except StoreError:  # said by the writer, and by /readyz
            self._seen.update(seen)
        else:
            self._count_versions(named)
            await self._forget(max(key.jour for key in seen))

    def _count_versions(self, named: Counter[Vu]) -> None:
        for vu, n in named.items():
            if vu.genre == VERSION:
                self.versions[vu.valeur if vu.valeur in self._releases else NONE] += n

    async def _forget(self, today: str) -> None:
        """Once a day, leave behind what is too old to say anything."""
        if today > self._today:
            self._today = today
            before = date.fromisoformat(today) - timedelta(days=KEPT_DAYS)
            with contextlib.suppress(StoreError):  # tomorrow will do
                await self._store.forget_presence(before.isoformat())


def _named(seen: Counter[_Key]) -> Counter[Vu]:
    found: Counter[Vu] = Counter()
    for key, n in seen.items():
        for vu in _vus(key):
            found[vu] += n
    return found


def _vus(key: _Key) -> Iterator[Vu]:
    where = key.demarche_id, key.bouton, key.jour
    yield Vu(*where, key.genre, key.valeur or "" if key.genre == REFUS else site(key.valeur))
    if key.widget is not None:
        yield Vu(*where, VERSION, key.widget)


def site(origin: str | None) -> str:
    """The name of a site, with its port where it has one. Never an address on the network, which
    may be a person's; one's own machine has a name."""
    if origin is None:
        return SANS_ORIGINE
    try:
        parts = urlsplit(origin)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ILLISIBLE
    if ":" in name or name.rstrip(".").rpartition(".")[2].isdecimal():
        if name not in ("127.0.0.1", "::1"):
            return ADRESSE_IP
        name = "localhost"
    elif not _NAME.fullmatch(name):
        return ILLISIBLE
    return name if port is None else f"{name}:{port}"
