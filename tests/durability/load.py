"""People who answer as fast as they can and remember what they were told; and the audit of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import httpx2 as httpx

from collector.config import load
from collector.integrity import Difference, verify
from collector.serve import opened
from tests.durability.outside import metric, until
from tests.world import AILLEURS, COURRIEL, FIN, Where, a_jeton, address_of, an_avis, rows

PEOPLE = 16
FEW = 4
IN_TIME = 30  # seconds: no answer takes that long unless something hangs
WIDGET_WAITS = 8  # seconds: LIMIT in widget/src/request.js

Body = dict[str, Any]


@dataclass
class Ledger:
    """Everything that was sent, and what came back."""

    sent: dict[tuple[str, int], Body] = field(default_factory=dict)
    unanswered: dict[tuple[str, int], Body] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The highest etape of each cle that was answered 200 or 201."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often each status came, with its code when it is a refusal."""
    slowest: float = 0
    """The seconds that the slowest answer took."""

    def sending(self, body: Body) -> None:
        key = body["cle"], body["etape"]
        self.sent[key] = self.unanswered[key] = body

    def answered(self, body: Body, answer: httpx.Response) -> None:
        cle, etape = body["cle"], body["etape"]
        if answer.status_code in (200, 201):
            self.acknowledged[cle] = max(etape, self.acknowledged.get(cle, 0))
            self.unanswered.pop((cle, etape), None)
            self.answers[str(answer.status_code)] += 1
        else:
            self.answers[f"{answer.status_code} {answer.json()['code']}"] += 1


def fresh_avis(chance: random.Random) -> Body:
    """The first state of a new avis, at the real time: a real server has a real clock."""
    now_ms = time.time_ns() // 1_000_000
    bouton = chance.choice([FIN, COURRIEL, AILLEURS])
    notes = {"satisfaction": chance.randint(1, 3)}
    return an_avis(bouton, now_ms, jeton=a_jeton(bouton.code, now_ms - 10_000), notes=notes)


def next_step(body: Body, chance: random.Random) -> Body:
    notes = {**body["notes"], "clarte": chance.randint(1, 5)}
    etape = body["etape"] + 1
    return {**body, "etape": etape, "notes": notes, "verbatim": f"Étape {etape} 👍"}


async def post(client: httpx.AsyncClient, ledger: Ledger, body: Body) -> httpx.Response:
    ledger.sending(body)
    started = time.monotonic()
    answer = await client.post("/api/v1/avis", json=body)
    ledger.slowest = max(ledger.slowest, time.monotonic() - started)
    ledger.answered(body, answer)
    return answer


async def one_person(
    client: httpx.AsyncClient, ledger: Ledger, chance: random.Random, enough: float = inf
) -> None:
    """Answer, step by step, sometimes twice, until nobody answers any more, or enough was sent."""
    with contextlib.suppress(httpx.TransportError):
        while len(ledger.sent) < enough:
            body = fresh_avis(chance)
            await post(client, ledger, body)
            while chance.random() < 0.4:
                if chance.random() < 0.5:
                    body = next_step(body, chance)
                await post(client, ledger, body)  # the same state again is a deliberate retry


async def _until_it_ends(
    url: str, ledger: Ledger, chance: random.Random, strike: Callable[[], object], after: float
) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=IN_TIME) as client:
        await post(client, ledger, fresh_avis(chance))
        people = [asyncio.ensure_future(one_person(client, ledger, chance)) for _ in range(PEOPLE)]
        await asyncio.sleep(after)
        await asyncio.to_thread(strike)
        await asyncio.wait_for(asyncio.gather(*people), IN_TIME)


def answer_until_it_ends(
    url: str, ledger: Ledger, chance: random.Random, strike: Callable[[], object], after: float
) -> None:
    """Have people answer; `strike` the server so many seconds after its first answer, while they go
    on; return once nobody is answered any more."""
    asyncio.run(_until_it_ends(url, ledger, chance, strike, after))


async def _answer(url: str, ledger: Ledger, chance: random.Random, enough: int) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=IN_TIME) as client:
        people = [one_person(client, ledger, chance, enough) for _ in range(FEW)]
        await asyncio.gather(*people)


def answer(url: str, ledger: Ledger, chance: random.Random, enough: int) -> None:
    """Have a few people answer, so that batches are small and many, until enough was sent."""
    asyncio.run(_answer(url, ledger, chance, enough))


async def one_who_insists(
    client: httpx.AsyncClient, ledger: Ledger, chance: random.Random, ended: threading.Event
) -> None:
    """Answer, step by step, and the same again after a 503 or no answer, until it is over."""
    body = fresh_avis(chance)
    while not ended.is_set():
        with contextlib.suppress(httpx.TransportError):
            if (await post(client, ledger, body)).status_code != 503:
                body = next_step(body, chance) if chance.random() < 0.3 else fresh_avis(chance)
                await asyncio.sleep(0.005)
                continue
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def people_who_insist(url: str, ledger: Ledger, chance: random.Random) -> Iterator[None]:
    """People who answer for as long as the block lasts, whatever becomes of the server's store."""
    ended = threading.Event()

    async def work() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=IN_TIME) as client:
            people = (one_who_insists(client, ledger, chance, ended) for _ in range(PEOPLE))
            await asyncio.gather(*people)

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(asyncio.run, work())
        try:
            yield
        finally:
            ended.set()
        done.result(IN_TIME)


def wait_for_answers(ledger: Ledger, n: int) -> None:
    """Return once so many avis more have been acknowledged."""
    enough = len(ledger.acknowledged) + n
    until(lambda: len(ledger.acknowledged) >= enough, IN_TIME)


async def _send(url: str, ledger: Ledger, batch: list[Body]) -> list[int]:
    async with httpx.AsyncClient(base_url=url, timeout=IN_TIME) as client:
        answers = await asyncio.gather(*(post(client, ledger, body) for body in batch))
    return [answer.status_code for answer in answers]


def send(url: str, ledger: Ledger, batch: Iterable[Body]) -> list[int]:
    """Send all of these at once; what each was answered."""
    return asyncio.run(_send(url, ledger, list(batch)))


@dataclass
class Told:
    """One answer, and the seconds it took."""

    status: int
    code: str | None
    retry_after: str | None
    seconds: float


def tell(url: str, ledger: Ledger, body: Body) -> Told:
    """Send one avis, from a thread of its own."""
    ledger.sending(body)
    started = time.monotonic()
    answer = httpx.post(f"{url}/api/v1/avis", json=body, timeout=IN_TIME, verify=False)
    seconds = time.monotonic() - started
    ledger.answered(body, answer)
    return Told(
        answer.status_code, answer.json().get("code"), answer.headers.get("retry-after"), seconds
    )


def stand_before_the_lock(
    url: str, ledger: Ledger, people: Executor, chance: random.Random
) -> list[Future[Told]]:
    """Send avis to a server whose file is locked, until one batch waits for the file and the next
    one waits for that batch."""
    sent: list[Future[Told]] = []
    while metric(url, "jdma_queue") < 1:
        sent.append(people.submit(tell, url, ledger, fresh_avis(chance)))
    return sent


def compare(where: Where, ledger: Ledger) -> list[str]:
    """What is stored otherwise than the ledger says; nothing when the list is empty."""
    stored = rows(where, "select cle, etape, notes, verbatim from avis")
    times = Counter(cle for cle, *_ in stored)
    etapes = {cle: etape for cle, etape, *_ in stored}
    found = [f"{cle} is stored {n} times" for cle, n in times.items() if n > 1]
    found += [
        f"{cle} was acknowledged at etape {etape}, and is stored at {etapes.get(cle)}"
        for cle, etape in ledger.acknowledged.items()
        if etapes.get(cle, 0) < etape
    ]
    for cle, etape, notes, verbatim in stored:
        body = ledger.sent.get((cle, etape), {})
        if (body.get("notes"), body.get("verbatim")) != (json.loads(notes), verbatim):
            found.append(f"{cle} is stored at etape {etape} as it was never sent")
    return found


def damage(path: Path) -> list[str]:
    """What SQLite finds broken in a database; nothing when the list is empty."""
    said = [row[0] for row in rows(path, "pragma integrity_check")]
    return [] if said == ["ok"] else [f"integrity_check: {each}" for each in said]


def audit(where: Where, ledger: Ledger) -> list[str]:
    """What is wrong with a database after what the ledger says; nothing when the list is empty."""
    found = compare(where, ledger)
    found += damage(where) if isinstance(where, Path) else []
    return found + [f"verify: {each}" for each in asyncio.run(_differences(where))]


async def _differences(where: Where) -> list[Difference]:
    """What `jdma verify` finds."""
    async with opened(load({"database": address_of(where)}, environ={})) as store:
        demarches = (await store.load_catalogue()).demarches.values()
        return [each for demarche in demarches for each in await verify(store, demarche)]
