"""What a server does once a day: on every engine, by a clock that is moved."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest

from collector.acces import Entree
from collector.clock import Clock
from collector.privacy.daily import AGAIN_MS, Daily
from collector.privacy.purge import Pace, kept_months, purge
from collector.store.contract import Store
from tests.store.engines import Engine
from tests.store.test_purging import on
from tests.world import NOON, MovedClock, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def daily(store: Store, clock: MovedClock) -> Daily:
    return Daily(store, settings(), Clock(clock))


async def test_it_is_done_at_the_start_and_once_a_day(
    store: Store, daily: Daily, clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collector.purge")
    done = []

    async def chore() -> None:
        done.append(clock.ms)

    daily.also(chore)
    await store.record([on(1, "2025-11-21"), on(2, "2025-11-22"), on(3, "2024-10-21")])
    assert await daily.round()
    assert daily.health.gone == {"commentaires": 2, "avis": 1}
    assert daily.health.last_success == NOON / 1000
    assert not await daily.round()
    clock.advance(hours=12)  # 23:00 in Paris
    assert not await daily.round()
    clock.advance(hours=2)
    assert await daily.round()
    assert daily.health.gone == {"commentaires": 3, "avis": 1}
    assert done == [NOON, clock.ms]
    assert [each.message for each in caplog.records] == [
        "deleted, for they were too old: commentaires=2 avis=1 contacts=0 journal=0 comptes=0",
        "deleted, for they were too old: commentaires=1 avis=0 contacts=0 journal=0 comptes=0",
    ]


async def test_another_server_knows_that_it_was_done(
    store: Store, daily: Daily, clock: MovedClock
) -> None:
    other = Daily(store, settings(), Clock(clock))
    assert await daily.round()
    assert not await other.round()
    assert other.health.last_success == daily.health.last_success
    longer = Daily(store, settings(keep_comments="13"), Clock(clock))
    assert await longer.round()  # other months are another thing to do


async def test_a_failure_is_seen_and_tried_again_after_an_hour(
    store: Store,
    daily: Daily,
    clock: MovedClock,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await store.record([on(1, "2025-11-21")])
    engine.execute("alter table suivi rename to ailleurs")
    assert not await daily.round()
    assert (daily.health.failures, daily.health.last_success) == (1, None)
    assert "what is too old was not all deleted" in caplog.text
    assert "palissandre" not in caplog.text
    [failed] = await store.purges(5)
    assert failed.raison
    assert not failed.went_well
    engine.execute("alter table ailleurs rename to suivi")
    assert not await daily.round()
    clock.ms += AGAIN_MS
    assert await daily.round()
    last, _ = await store.purges(5)
    assert last.went_well
    assert last.effaces["commentaires"] == 1
    assert datetime.fromisoformat(last.le).timestamp() == clock.ms / 1000


async def test_a_clock_that_runs_far_ahead_deletes_nothing_by_itself(
    store: Store, daily: Daily, clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    await store.record([on(1, "2026-11-21")])
    await store.add_entree(Entree("2026-11-21T10:00:00.000Z", "compte 1", "essai", {}))
    assert await daily.round()
    clock.advance(hours=24 * 31)
    assert await daily.round()  # as far as a run may come by itself
    clock.advance(hours=24 * 800)
    assert not await daily.round()
    assert "is the clock right?" in caplog.text
    assert daily.health.failures == 1
    assert daily.health.gone == {}
    clock.ms += AGAIN_MS
    assert not await daily.round()
    asked = await purge(store, kept_months(settings()), Clock(clock), "jdma purge", Pace())
    assert asked is not None
    assert asked.effaces["avis"] == asked.effaces["journal"] == 1
    assert not await daily.round()  # done today
    clock.advance(hours=24)
    assert await daily.round()
