"""What may be a few seconds old: fresh enough, and asked for once."""

from __future__ import annotations

import asyncio

import pytest

from collector.recent import FRESH_SECONDS, Recent


def test_what_was_read_serves_until_it_is_old_and_for_the_same_question() -> None:
    now, reads = [0.0], [0]

    async def read() -> int:
        await asyncio.sleep(0)
        reads[0] += 1
        return reads[0]

    async def work() -> list[int]:
        recent: Recent[int] = Recent(lambda: now[0])
        seen = [*await asyncio.gather(*(recent.get("a", read) for _ in range(5)))]
        now[0] = FRESH_SECONDS - 0.1
        seen += [await recent.get("a", read), await recent.get("b", read)]
        now[0] *= 3
        return [*seen, await recent.get("b", read)]

    assert asyncio.run(work()) == [1, 1, 1, 1, 1, 1, 2, 3]


def test_what_cannot_be_read_is_asked_for_again() -> None:
    async def fail() -> int:
        raise ValueError("away")

    async def read() -> int:
        return 1

    async def work() -> int:
        recent: Recent[int] = Recent()
        with pytest.raises(ValueError, match="away"):
            await recent.get("a", fail)
        return await recent.get("a", read)

    assert asyncio.run(work()) == 1
