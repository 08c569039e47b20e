"""Answers of all démarches: fresh enough, and asked for once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from collector.domain import Avis, new_cle
from collector.recent import FRESH_SECONDS, Recent
from collector.store.contract import Answers
from collector.store.sqlite import SqliteStore
from tests.world import FIN, NOON, fill

MONTHS = ("2025-12", "2026-11")
KIND = ["satisfaction"]


def an_answer(rank: int) -> Avis:
    return Avis(
        1, new_cle(NOON, rank), FIN.code, "standard-1", 1,
        "2026-11-22T10:00:00.000Z", "2026-11-22", {"satisfaction": 3},
    )  # fmt: skip


def test_what_was_read_serves_until_it_is_old_and_for_the_same_question(tmp_path: Path) -> None:
    now = [0.0]

    async def work() -> list[int]:
        store = SqliteStore(tmp_path / "avis.db")
        await store.open()
        await fill(store)
        recent = Recent(store, lambda: now[0])

        async def n(*dimensions: str) -> int:
            found: list[Answers] = await recent.answers(*MONTHS, dimensions or KIND)
            return sum(each.n for each in found)

        seen = [*await asyncio.gather(*(n() for _ in range(5)))]
        await store.record([an_answer(1)])
        now[0] = FRESH_SECONDS - 0.1
        seen.append(await n())
        seen.append(await n("satisfaction", "effort"))
        await store.record([an_answer(2)])
        now[0] *= 3
        seen.append(await n())
        await store.close()
        return seen

    assert asyncio.run(work()) == [0, 0, 0, 0, 0, 0, 1, 2]
