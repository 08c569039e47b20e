"""The round that is made about once a minute: look at what is due, then send what waits.

With several servers on one database, one at a time makes it: a lease, taken by one statement, and
taken anew while it lasts. What was accepted is marked afterwards: a server that dies between the
two sends it twice, and nothing is ever lost. A program knows an event by its id; a person, at
worst, reads a message again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from jinja2 import Environment

from admin_ui.alertes import veille as rules
from admin_ui.alertes.remise import Remise
from admin_ui.courriel import Courrier
from collector.alertes import Evenement, Veille
from collector.asked.periode import Periode
from collector.clock import Instant
from collector.domain import PARIS, Catalogue, Demarche
from collector.parts import Parts
from collector.presence import ORIGINE_REFUSEE
from collector.store.admin import AdminStore
from collector.store.contract import StoreError

logger = logging.getLogger("admin_ui")

TACHE = "ronde"
EVERY = 60.0  # seconds
LEASE = timedelta(minutes=3)  # longer than anything that is done between two looks at it
FRESH = timedelta(seconds=30)  # it is not taken anew before
AT_ONCE = 8  # messages on their way
PAGE = 100
PAGES = 100  # in one round
CLOSING_SECONDS = 3.0

KEPT_DAYS = 90  # of what has ended


class LeaseLost(Exception):
    """Another server makes the round by now."""


Decision = tuple[Veille, Evenement | None]


@dataclass(frozen=True, slots=True)
class Case:
    """What a look is about."""

    veille: Veille
    now: Instant
    demarche: Demarche
    catalogue: Catalogue


class Rondes:
    """Makes rounds from `start` to `close`."""

    def __init__(self, parts: Parts, courrier: Courrier, templates: Environment) -> None:
        assert isinstance(parts.store, AdminStore)
        self.remise = Remise(parts, courrier, templates)
        self._parts, self._store = parts, parts.store
        self._woken, self._closing = asyncio.Event(), False
        self._task: asyncio.Task[None] | None = None
        self._pris = ""

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Let what is under way end, for a while."""
        self._closing = True
        self._woken.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._task, CLOSING_SECONDS)

    def wake(self) -> None:
        """Make a round now."""
        self._woken.set()

    async def _run(self) -> None:
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), EVERY)
            self._woken.clear()
            if not self._closing:
                await self._safely(self.ronde)

    async def _safely(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except (StoreError, LeaseLost) as error:
            logger.warning("a round of alerts ended early: %s", error or "another server makes it")
        except Exception:  # the outermost edge: the next round is made all the same
            logger.exception("a bug in a round of alerts")

    async def ronde(self) -> bool:
        """Make one. False when there was nothing to do, or another server does it. Raises
        StoreError, LeaseLost."""
        now = self._parts.clock.now()
        if not await self._anything(now) or not await self._take(now):
            return False
        try:
            await self._watch()
            await self._deliver()
            await self._store.forget_envois(rules.later(now, -timedelta(days=KEPT_DAYS)))
        finally:
            await self._store.finish_tache(TACHE, self._pris, self._parts.clock.now().recu_le)
        return True

    async def _anything(self, now: Instant) -> bool:
        """Asked first: a server with nothing to do writes nothing."""
        waiting = await self._store.envois_due(now.recu_le, 1)
        return bool(waiting or await self._store.due(now.recu_le, 1))

    async def _take(self, now: Instant) -> bool:
        before, after = rules.later(now, -LEASE), rules.later(now, LEASE)
        self._pris = now.recu_le
        return await self._store.take_tache(TACHE, now.recu_le, before, after)

    async def _keep(self) -> Instant:
        """The instant, at which the round is still ours. Raises LeaseLost."""
        now = self._parts.clock.now()
        if rules.later(now, -FRESH) > self._pris:
            if not await self._store.keep_tache(TACHE, self._pris, now.recu_le):
                raise LeaseLost
            self._pris = now.recu_le
        return now

    # What there is to tell

    async def _watch(self) -> None:
        for _ in range(PAGES):
            now = await self._keep()
            due = await self._store.due(now.recu_le, PAGE)
            for veille, ecoutee in due:
                if ecoutee:
                    await self._look(veille)
                else:
                    await self._store.drop_veille(veille)
            if len(due) < PAGE:
                return

    async def _look(self, veille: Veille) -> None:
        now = await self._keep()
        catalogue = await self._parts.catalogue.get()
        demarche = catalogue.demarches.get(veille.demarche_id)
        if demarche is None or demarche.archivee:  # as if it began, once it is back
            await self._store.advance(veille, rules.first(veille.demarche_id, veille.genre, now))
            return
        try:
            after, event = await self._decide(Case(veille, now, demarche, catalogue))
        except (StoreError, ValueError, LookupError):  # one is not to silence the others
            logger.exception("no decision on %s of démarche %d", veille.genre, demarche.id)
            after, event = veille._replace(prochain_le=rules.later(now, rules.GROUPED)), None
        await self._store.advance(veille, after, event)

    async def _decide(self, case: Case) -> Decision:
        genre = case.veille.genre
        if genre in rules.RESUMES:
            return await self._resume(case)
        looks = {
            "commentaires": self._commentaires,
            "baisse": self._baisse,
            "silence": self._silence,
            "integration": self._integration,
        }
        return await looks[genre](case)

    async def _resume(self, case: Case) -> Decision:
        period = rules.resume_of(case.veille, case.now)
        if period is None:
            again = rules.morning_after(case.now, case.veille.genre)
            return case.veille._replace(prochain_le=again), None
        counts = await self._parts.store.counts_by_day(case.demarche.id, *rules.days_of(period))
        comments = await self._store.count_comments(case.demarche.id, *_instants(period))
        about = (case.demarche, case.catalogue)
        return rules.resume(case.veille, case.now, period, counts, comments, *about)

    async def _commentaires(self, case: Case) -> Decision:
        end = case.now.recu_le
        since, last_hour = [
            await self._store.count_comments(case.demarche.id, start, end)
            for start in rules.comments_since(case.veille, case.now)
        ]
        return rules.commentaires(case.veille, case.now, since, last_hour)

    async def _baisse(self, case: Case) -> Decision:
        avant, apres = rules.drop_days(case.now)
        days = avant.du.isoformat(), apres.au.isoformat()
        counts = await self._parts.store.counts_by_day(case.demarche.id, *days)
        return rules.baisse(case.veille, case.now, counts, case.demarche, case.catalogue)

    async def _silence(self, case: Case) -> Decision:
        days = await self._store.avis_by_day(case.demarche.id, *rules.silence_days(case.now))
        boutons = case.catalogue.boutons.values()
        ouvert = any(b.ouvert for b in boutons if b.demarche_id == case.demarche.id)
        return rules.silence(case.veille, case.now, days, ouvert)

    async def _integration(self, case: Case) -> Decision:
        days = (case.now.jour - timedelta(days=1)).isoformat(), case.now.jour_iso
        refused: Counter[str] = Counter()
        for seen in await self._store.presence(case.demarche.id, *days):
            if seen.genre == ORIGINE_REFUSEE:
                refused[seen.bouton] += seen.n
        boutons = case.catalogue.boutons.values()
        names = {b.code: b.libelle for b in boutons if b.demarche_id == case.demarche.id}
        return rules.integration(case.veille, case.now, refused, names)

    # What waits

    async def _deliver(self) -> None:
        for _ in range(PAGES):
            now = await self._keep()
            waiting = await self._store.envois_due(now.recu_le, PAGE)
            for start in range(0, len(waiting), AT_ONCE):
                await self._keep()
                await self.remise.send(waiting[start : start + AT_ONCE])
            if len(waiting) < PAGE:
                return


def _instants(period: Periode) -> tuple[str, str]:
    """Where its days begin and end in Paris, in UTC."""
    days = period.du, period.au + timedelta(days=1)
    start, end = (datetime.combine(day, time(), PARIS).astimezone(UTC) for day in days)
    return rules.written(start), rules.written(end)
