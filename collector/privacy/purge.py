"""What is too old is deleted: comments after some months, avis after some more, lines of the
journal, what says whose a closed account was; counters stay.

Months are those of the calendar in Paris. With 12 of them, on the 22nd of November 2026 the oldest
comments that are kept are those of the 22nd of November 2025; where a month has no such day, those
of its last one. Nothing is kept longer than it should be, but for the day that is under way.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.acces import Entree
from collector.asked.periode import jour_a_paris, mois_avant
from collector.clock import Clock, Instant, instant
from collector.config import Settings
from collector.store.contract import Genre, Key, Purge, Store, StoreError

# Each kind, in the order in which they go, and the setting that says for how many months.
MONTHS: Mapping[Genre, str] = {
    "commentaires": "keep_comments",
    "avis": "keep_avis",
    "contacts": "keep_contacts",
    "journal": "keep_journal",
    "comptes": "keep_comptes",
}
OF_NO_DEMARCHE: Collection[Genre] = ("journal", "comptes")

TACHE = "conservation"
# Longer than a day's worth takes. Years of it, the first time, may take more: two then share it.
LEASE = timedelta(hours=1)
# A server that deleted nothing for longer than this asks somebody first: it was away, or its clock
# has run ahead, and a clock that is years ahead would delete everything.
ALONE = timedelta(days=31)
BATCH = 200  # avis at most in one transaction: a few milliseconds, for which new ones wait


class Stopped(StoreError):
    """A run was told to end. What it had deleted is gone, and the next one goes on."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run goes about it. `told`: of each kind and how many more of it are gone. `patience`:
    how long it rests, as a part of the time it took from others. `stopping`: asked after each
    batch."""

    told: Callable[[Genre, int], object] = lambda _, __: None
    patience: float = 0.0
    stopping: Callable[[], bool] = lambda: False


def kept_months(settings: Settings) -> dict[Genre, int]:
    return {genre: int(getattr(settings, name)) for genre, name in MONTHS.items()}


def first_kept(garde: Mapping[Genre, int], today: date) -> dict[Genre, str]:
    """Of each kind, the first day (YYYY-MM-DD) of which everything is kept."""
    return {genre: mois_avant(today, months).isoformat() for genre, months in garde.items()}


def is_due(last: Iterable[Purge], garde: Mapping[Genre, int], today: date) -> bool:
    """Whether there is a run to make: none went well today, with these months. One of the day that
    a backup was made on says nothing of the day on which it is put back."""
    return not any(
        purge.went_well
        and purge.garde == garde
        and jour_a_paris(datetime.fromisoformat(purge.le)) == today
        for purge in last
    )


def is_far(last: Iterable[Purge], now: Instant) -> bool:
    """Whether the last run that went well is too far from now for a run that nobody asked for."""
    well = next((each for each in last if each.went_well), None)
    if well is None:
        return False
    return datetime.fromisoformat(now.recu_le) - datetime.fromisoformat(well.le) > ALONE


async def purge(
    store: Store, garde: Mapping[Genre, int], clock: Clock, par: str, pace: Pace
) -> Purge | None:
    """Delete what is too old, in short transactions: new avis come in between them.

    None when somebody else is at it. Raises StoreError; what was deleted until then stays so, and
    is noted.
    """
    now = clock.now()
    if not await store.take_tache(
        TACHE, now.recu_le, _later(now.ms, -LEASE), _later(now.ms, LEASE)
    ):
        return None
    try:
        return await _noted(store, Purge(now.recu_le, par, garde), now.jour, clock, pace)
    finally:
        await store.finish_tache(TACHE, now.recu_le, clock.now().recu_le)


async def _noted(store: Store, begun: Purge, today: date, clock: Clock, pace: Pace) -> Purge:
    """The run itself, and what becomes of it, in the database."""
    first = first_kept(begun.garde, today)
    id = await store.begin_purge(begun, first["avis"])
    gone: Counter[Genre] = Counter()
    try:
        for genre, before in first.items():
            await _erase(store, genre, before, gone, pace)
        if gone:
            await store.forget()
    except StoreError as error:
        # Of what an engine says, the first line: those below may show a row.
        raison = str(error).partition("\n")[0] or type(error).__name__
        await _end(store, id, begun, gone, clock, raison)
        raise
    return await _end(store, id, begun, gone, clock, None)


async def _end(
    store: Store, id: int, begun: Purge, gone: Counter[Genre], clock: Clock, raison: str | None
) -> Purge:
    effaces = {genre: gone[genre] for genre in begun.garde}
    le = clock.now().recu_le
    ended = begun._replace(fini_le=le, effaces=effaces, raison=raison)
    await store.end_purge(id, ended)
    if gone:
        await store.add_entree(
            Entree(le, begun.par, "conservation", {str(g): n for g, n in effaces.items()})
        )
    return ended


async def _erase(store: Store, genre: Genre, before: str, gone: Counter[Genre], pace: Pace) -> None:
    last: list[Key] = []
    while keys := await store.old(genre, before, BATCH):
        if keys == last:
            raise StoreError(f"{genre} : {len(keys)} lignes trop anciennes ne s’effacent pas.")
        last = keys
        for demarche_id, cles in _by_demarche(keys).items():
            if pace.stopping():
                raise Stopped("le serveur s’est arrêté")
            started = time.monotonic()
            n = await store.erase(genre, demarche_id, cles)
            gone[genre] += n
            pace.told(genre, n)
            await asyncio.sleep((time.monotonic() - started) * pace.patience)


def _by_demarche(keys: Iterable[Key]) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for demarche_id, cle in keys:
        found[demarche_id].append(cle)
    return found


def _later(ms: int, delta: timedelta) -> str:
    return instant(ms + int(delta.total_seconds() * 1000)).recu_le
