"""One server under mixed load for as long as is said: what grows, what slows down, what gets lost.

JDMA_TEST_SOAK sets the seconds (180). Whatever the machine makes noisy is printed; what a sound
server keeps on any machine is judged, and ends the run with 1 when it is broken.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx2 as httpx

from tests.bench.ingest import LIMITS
from tests.bench.serving import a_server
from tests.durability.load import next_step
from tests.durability.outside import jdma
from tests.http.html import parse
from tests.watch import Said, Vitals, slope, vitals
from tests.world import AILLEURS, COURRIEL, FIN, Server, an_avis, new_database, rows

SECONDS = float(os.environ.get("JDMA_TEST_SOAK", "180"))
RATE = 40.0  # visits a second, of two requests or three
MOST_AT_ONCE = 300  # visits under way; one more would say how slow the machine is, not the server
THINKING = 2.0  # seconds between two clicks, at most

MOST_WAL = 64 * 1024 * 1024  # bytes
MOST_FILES = 8  # more open files at the end than at the beginning

Stored = tuple[dict[str, int], str | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One second: the process, the bytes of the database's log and how often it began again, avis
    that wait."""

    at: float
    vitals: Vitals
    wal: int
    restarts: int
    queue: float


@dataclass
class Soak:
    """Everything that was seen."""

    samples: list[Sample] = field(default_factory=list)
    answers: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """By kind: when each answer came, and the milliseconds it took."""
    refused: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    told: dict[str, Stored] = field(default_factory=dict)
    """What was acknowledged last under each cle."""
    lost: list[str] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    """Bytes of the database, before and after."""

    def quarter(self, number: int) -> list[Sample]:
        """The samples of one quarter, 1 to 4, once the server is warm."""
        warm = self.samples[len(self.samples) // 6 :]
        size = len(warm) / 4
        return warm[int((number - 1) * size) : int(number * size)]


# Visits


@dataclass
class Visitor:
    """Whoever comes: asks, and remembers what was answered."""

    client: httpx.AsyncClient
    found: Soak
    chance: random.Random

    async def ask(self, kind: str, method: str, url: str, **request: Any) -> httpx.Response | None:
        """The answer, or None when it was not the one that is wanted."""
        started = time.perf_counter()
        try:
            answer = await self.client.request(method, url, **request)
        except httpx.TransportError as error:
            self.found.refused[f"{kind}: {type(error).__name__}"] += 1
            return None
        now = time.perf_counter()
        self.found.answers[kind].append((now, (now - started) * 1000))
        if answer.status_code >= 400:
            self.found.refused[f"{kind}: {answer.status_code}"] += 1
            return None
        return answer

    async def think(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, THINKING))

    async def answer_in_a_widget(self) -> None:
        """Step by step, and sometimes the same step twice."""
        bouton = self.chance.choice([FIN, COURRIEL, AILLEURS])
        form = await self.ask("questions", "GET", f"/f/{bouton.code}.json")
        if form is None:
            return
        told = form.json()
        body = an_avis(bouton, cle=told["cle"], jeton=told["jeton"], notes=self._notes())
        await self._post(body)
        while self.chance.random() < 0.5:
            if self.chance.random() < 0.6:
                await self.think()
                body = next_step(body, self.chance)
            await self._post(body)

    async def _post(self, body: dict[str, Any]) -> None:
        if await self.ask("avis", "POST", "/api/v1/avis", json=body):
            self.found.told[body["cle"]] = body["notes"], body.get("verbatim")

    def _notes(self) -> dict[str, int]:
        return {"satisfaction": self.chance.randint(1, 3)}

    async def answer_on_a_page(self) -> None:
        """The form as a page, with its hidden fields; sometimes the button is clicked twice."""
        page = await self.ask("formulaire", "GET", "/f/k7f3q2")
        if page is None:
            return
        fields = {
            each.attrs["name"]: each.attrs["value"]
            for each in parse(page.text).all("input", type="hidden")
        }
        notes, verbatim = self._notes(), self.chance.choice(["", "Très bien, merci."])
        fields |= {f"note.{name}": str(note) for name, note in notes.items()}
        await self.think()
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            answer = await self.ask(
                "envoi", "POST", "/f/k7f3q2", data={**fields, "verbatim": verbatim}
            )
            if answer is not None:
                self.found.told[fields["cle"]] = notes, verbatim or None
        await self.ask("merci", "GET", "/f/k7f3q2/merci")

    async def read_figures(self) -> None:
        slug = self.chance.choice(["carte-de-stationnement", "dossier-long"])
        await self.ask("chiffres", "GET", f"/api/v1/demarches/{slug}/scores?pas=mois")
        await self.ask("résultats", "GET", f"/resultats/{slug}")

    async def load_the_widget(self) -> None:
        await self.ask("widget", "GET", "/w/1.0.0/avis.js")

    def any_visit(self) -> Callable[[], Awaitable[None]]:
        visits = (
            self.answer_in_a_widget,
            self.answer_on_a_page,
            self.read_figures,
            self.load_the_widget,
        )
        return self.chance.choices(visits, weights=(60, 20, 10, 10))[0]


async def _visit(visitor: Visitor, seconds: float) -> None:
    """So many visits a second, whether those before them are over or not."""
    under_way: set[asyncio.Task[None]] = set()
    started = time.perf_counter()
    begun = 0
    while (passed := time.perf_counter() - started) < seconds:
        while begun < passed * RATE:
            begun += 1
            if len(under_way) >= MOST_AT_ONCE:
                visitor.found.skipped += 1
                continue
            task = asyncio.ensure_future(visitor.any_visit()())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(0.01)
    await asyncio.gather(*under_way)


async def _sample(client: httpx.AsyncClient, server: Server, found: Soak) -> None:
    while True:
        metrics = (await client.get("/metrics")).text
        queue = next(line for line in metrics.splitlines() if line.startswith("jdma_queue "))
        found.samples.append(_look(server, float(queue.split()[1])))
        await asyncio.sleep(1)


def _look(server: Server, queue: float) -> Sample:
    wal = Path(f"{server.path}-wal")
    with wal.open("rb") as file:
        head = file.read(16)  # its last four bytes grow each time the log begins again
    return Sample(
        time.perf_counter(),
        vitals(server.process.pid),
        wal.stat().st_size,
        int.from_bytes(head[12:], "big"),
        queue,
    )


async def _soak(server: Server, seconds: float, found: Soak) -> None:
    chance = random.Random(int(os.environ.get("JDMA_TEST_SEED", "1")))
    async with httpx.AsyncClient(base_url=server.url, timeout=30, verify=False) as client:
        sampling = asyncio.ensure_future(_sample(client, server, found))
        await _visit(Visitor(client, found, chance), seconds)
        sampling.cancel()


def soak(folder: Path, seconds: float) -> Soak:
    """Load a server for so many seconds, end it, and look at what it has kept."""
    found = Soak()
    path = new_database(folder)
    size = path.stat().st_size
    with a_server(path, None, **LIMITS | {"min_seconds": "0"}) as server:
        said = Said(server)
        asyncio.run(_soak(server, seconds, found))
        ended = server.terminate()
    if ended != 0 or len(said.all().splitlines()) > 1:
        found.lost.append(f"the server ended with {ended} and said: {said.all()}")
    found.size = size, path.stat().st_size
    found.lost += _audit(path, found.told)
    return found


def _audit(path: Path, told: dict[str, Stored]) -> list[str]:
    """What is wrong with what is stored, after what was acknowledged."""
    kept = rows(path, "select cle, notes, verbatim from avis")
    stored: dict[str, Stored] = {cle: (json.loads(notes), text) for cle, notes, text in kept}
    found = [f"{len(kept) - len(stored)} avis are stored twice"] if len(kept) > len(stored) else []
    found += [f"{cle} was acknowledged, and is stored as {stored.get(cle)}"
              for cle, state in told.items() if stored.get(cle) != state]  # fmt: skip
    with closing(sqlite3.connect(path)) as con:
        if (integrity := con.execute("pragma integrity_check").fetchone()[0]) != "ok":
            found.append(f"integrity_check: {integrity}")
    verified = jdma("verify", f"--database=sqlite:///{path}")
    if verified.returncode != 0:
        found.append(f"verify: {verified.stdout}{verified.stderr}")
    return found


# What it comes to


def broken(found: Soak) -> list[str]:
    """Which bounds are broken that hold on any machine, however busy."""
    wal = max(each.wal for each in found.samples)
    before, after = (median(s.vitals.files for s in found.quarter(n)) for n in (1, 4))
    return [
        *([f"the log of the database grew to {wal:,} bytes"] if wal > MOST_WAL else []),
        *([f"open files: {before:g}, then {after:g}"] if after > before + MOST_FILES else []),
        *(f"refused: {what}, {n} times" for what, n in found.refused.items()),
        *found.lost,
    ]


def report(found: Soak) -> Iterator[str]:
    first, last = found.samples[0], found.samples[-1]
    warm = [each for n in (1, 2, 3, 4) for each in found.quarter(n)]
    hours = [each.at / 3600 for each in warm]
    growth = slope(hours, [each.vitals.memory for each in warm])
    an_hour = max(len(found.told), 1) / (last.at - first.at) * 3600
    asked = sum(map(len, found.answers.values()))
    memory = [each.vitals.memory for each in (found.samples[0], warm[0], last)]
    yield f"durée {last.at - first.at:.0f} s, {asked:,} demandes, {len(found.told):,} avis"
    if found.skipped:
        yield f"  machine trop lente : {found.skipped:,} visites n’ont pas eu lieu"
    yield f"mémoire {memory[0]:.1f}, {memory[1]:.1f} (chaude), {memory[2]:.1f} Mo"
    yield f"  pente {growth:+.1f} Mo par heure, {growth / an_hour * 1e6:+.1f} Mo par million d’avis"
    for name in ("files", "threads"):
        quarters = [median(getattr(s.vitals, name) for s in found.quarter(n)) for n in (1, 2, 3, 4)]
        seen = [getattr(each.vitals, name) for each in warm]
        label = {"files": "descripteurs", "threads": "fils"}[name]
        yield f"{label} {' '.join(f'{q:g}' for q in quarters)} par quart, {min(seen)} à {max(seen)}"
    wal = max(each.wal for each in found.samples)
    yield f"journal (WAL) {wal / 1e6:.1f} Mo au plus, repris {last.restarts - first.restarts} fois"
    before, after = found.size
    each_avis = (after - before) / max(len(found.told), 1)
    yield f"base {after / 1e6:.1f} Mo, {each_avis:.0f} octets par avis"
    yield f"file d’attente {max(each.queue for each in found.samples):.0f} au plus"
    yield f"{'ms':14}{'p50':>8}{'p99':>8}   p99 du premier quart, du dernier"
    for kind, answers in sorted(found.answers.items()):
        yield _times(kind, answers, first.at, last.at)


def _times(kind: str, answers: Sequence[tuple[float, float]], first: float, last: float) -> str:
    quarter = (last - first) / 4
    p50, p99 = _percentiles([ms for _, ms in answers])
    _, early = _percentiles([ms for at, ms in answers if at < first + quarter])
    _, late = _percentiles([ms for at, ms in answers if at > last - quarter])
    return f"{kind:14}{p50:8.1f}{p99:8.1f}{early:10.1f}{late:8.1f}"


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    if len(times) < 2:
        return float("nan"), float("nan")
    found = quantiles(times, n=100)
    return found[49], found[98]


def run(folder: Path) -> None:
    """Soak, print, and end with 1 when a bound is broken."""
    found = soak(folder, SECONDS)
    for line in report(found):
        print(line)
    if wrong := broken(found):
        raise SystemExit("\n".join(wrong[:20]))
