"""Time of a search's first page, with 10,000 comments in the database and with 1,000,000.

JDMA_TEST_BENCH_AVIS sets how many the larger one has.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collector.asked.recherche import parse_recherche
from collector.asked.selection import Selection
from collector.clock import instant
from collector.domain import Avis, new_cle
from collector.store.contract import Row
from collector.store.sqlite import SqliteStore
from tests.world import CARTE, FIN, LONGUE, NOON, fill

SMALL = 10_000
LARGE = int(os.environ.get("JDMA_TEST_BENCH_AVIS", 1_000_000))
FIRST_PAGE = 20
ROUNDS = 40
LOADED = 5_000  # comments in one transaction

# Words as frequent as words are (Zipf's law), in comments of 8 to 50 of them.
VOCABULARY = 30_000
SYLLABLES = "ba be ca co de di do fa fe fi ga la le li lo ma me mi mo na ne no pa pe po ra re ri ro"
MIDDLING, COMMON = 100, 8  # ranks
# Said by as many people, few, in both: else one page would be full and the other nearly empty.
RARE = "xylographe"
RARELY = 30
PHRASE = "pièce jointe"
PHRASED = 0.01  # share of comments that have it


@dataclass(frozen=True, slots=True)
class Searched:
    """Median ms of the first page, few comments then many, and how many of these answer."""

    name: str
    matches: int
    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small


def measure(folder: Path) -> list[Searched]:
    return asyncio.run(_measure(folder))


async def _measure(folder: Path) -> list[Searched]:
    small, large = [await _filled(folder / f"{n}.db", n) for n in (SMALL, LARGE)]
    words = _vocabulary()
    asked = {
        "un mot rare": RARE,
        "un mot moyen": words[MIDDLING],
        "un mot courant": words[COMMON],
        "une expression": f'"{PHRASE}"',
        "deux mots": f"{words[MIDDLING]} {words[COMMON]}",
    }
    try:
        return [await _searched(name, q, small, large) for name, q in asked.items()]
    finally:
        await small.close()
        await large.close()


async def _searched(name: str, q: str, small: SqliteStore, large: SqliteStore) -> Searched:
    """Both are asked in turn, so that a slow minute of the machine weighs on both."""
    selection = Selection((CARTE.id, LONGUE.id), recherche=parse_recherche(q))
    times = [
        (await _time(small, selection), await _time(large, selection)) for _ in range(ROUNDS + 1)
    ]
    # The first of them reads from the disk.
    few, many = zip(*times[1:], strict=True)
    counts = await large.histogram(selection)
    matches = sum(count.n for count in counts if count.dimension == "avis")
    return Searched(name, matches, statistics.median(few), statistics.median(many))


async def _time(store: SqliteStore, selection: Selection) -> float:
    started = time.perf_counter()
    if not await store.search(selection, FIRST_PAGE):
        raise SystemExit("Rien n’a été trouvé : la mesure ne vaut rien.")
    return (time.perf_counter() - started) * 1000


async def _filled(path: Path, n: int) -> SqliteStore:
    """A store with so many comments, each unlike the others."""
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    rows = _rows(n)
    while page := list(itertools.islice(rows, LOADED)):
        await store.load(page)
    return store


def _rows(n: int) -> Iterator[Row]:
    chance = random.Random(n)
    words = _vocabulary()
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    for i in range(n):
        said = chance.choices(words, cum_weights=weights, k=chance.randint(8, 50))
        if chance.random() < PHRASED:
            said.insert(chance.randrange(len(said)), PHRASE)
        if i % (n // RARELY) == 0:
            said.insert(chance.randrange(len(said)), RARE)
        at = instant(NOON + i * 1000)
        bouton, demarche = (FIN.code, CARTE.id) if i % 3 else ("b2c3d4", LONGUE.id)
        avis = Avis(
            demarche, new_cle(at.ms, i), bouton, "standard-1", 1, at.recu_le, at.jour_iso, {},
            f"{' '.join(said).capitalize()}.",
        )  # fmt: skip
        yield (*avis._replace(notes='{"satisfaction":3}'),)  # type: ignore[arg-type]


def _vocabulary() -> list[str]:
    """Words that could be, the most frequent first."""
    chance = random.Random(1)
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        made["".join(chance.choices(SYLLABLES.split(), k=chance.choice((2, 2, 3, 3, 4, 5))))] = None
    return list(made)
