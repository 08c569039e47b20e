"""Choices on every engine: flat notes are counted, recounted, searched, moved as any others."""

from __future__ import annotations

from collections import Counter

import pytest

from collector.asked.selection import Selection
from collector.domain import Avis, Outcome
from collector.exchange.copying import copy
from collector.store.contract import Store
from tests.choices import AIDEE, AIDER, JDMA, add_choices, helped, stored
from tests.store.engines import Engine, SqliteEngine

pytestmark = pytest.mark.anyio

DAY = "2026-11-20"
REACHED = stored(helped(["telephone", "proche"], joint_telephone=2, qualite_telephone=5), DAY)[0]
ALONE = stored(helped(["aucune"]), DAY)[0]


@pytest.fixture
async def asking(store: Store) -> Store:
    await add_choices(store)
    await store.record([REACHED, ALONE])
    return store


async def counters(store: Store) -> Counter[tuple[str, int]]:
    found = await store.counters(AIDEE.id)
    return Counter({(cell.dimension, cell.note): n for cell, n in found})


async def test_options_and_suites_are_counted(asking: Store) -> None:
    assert await counters(asking) == {
        ("avis", 1): 2, ("satisfaction", 3): 2, ("aide", 2): 1, ("aide", 1): 1,
        ("aide.telephone", 1): 1, ("aide.proche", 1): 1, ("aide.aucune", 1): 1,
        ("joint.telephone", 2): 1, ("qualite.telephone", 5): 1,
    }  # fmt: skip


async def test_a_later_state_moves_the_counters_of_what_is_no_longer_ticked(asking: Store) -> None:
    notes = stored(helped(["proche"]), DAY)[0].notes
    [outcome] = await asking.record([REACHED._replace(etape=2, notes=notes)])
    assert outcome is Outcome.UPDATED
    found = await counters(asking)
    assert (found["aide", 1], found["aide", 2], found["aide.proche", 1]) == (2, 0, 1)
    assert not found.keys() & {("aide.telephone", 1), ("joint.telephone", 2)}
    differences = (await asking.audit(AIDEE.id)).differences()
    assert not any(counter.total() for counter in differences)


async def test_a_recount_finds_the_same(asking: Store, engine: Engine) -> None:
    before = await counters(asking)
    engine.execute("update agregat set n = n + 1 where dimension = 'aide.telephone'")
    assert await counters(asking) != before
    await asking.rebuild(AIDEE.id)
    assert await counters(asking) == before


async def chosen(store: Store, name: str, *levels: int) -> list[Avis]:
    selection = Selection((AIDEE.id,), notes=((name, frozenset(levels)),))
    counted = {c.dimension: c.n for c in await store.histogram(selection)}
    found = await store.select(selection, None, "9999", 10)
    assert counted.get("avis", 0) == len(found)
    return found


async def test_avis_are_found_by_what_was_ticked_and_answered_about_it(asking: Store) -> None:
    assert await chosen(asking, "aide.telephone", 1) == [REACHED]
    assert await chosen(asking, "aide.aucune", 1) == [ALONE]
    assert await chosen(asking, "qualite.telephone", 4, 5) == [REACHED]
    assert await chosen(asking, "qualite.telephone", 1) == []


async def test_choices_move_to_another_engine(
    asking: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("ailleurs")
    target = SqliteEngine(path).connect()
    await target.open()
    await target.migrate()
    try:
        assert (await copy(asking, target, lambda _: None)).avis == 2
        assert (await target.load_catalogue()).questionnaires[JDMA.id] == JDMA
        assert (await target.load_catalogue()).boutons[AIDER.code] == AIDER
        assert await counters(target) == await counters(asking)
    finally:
        await target.close()
