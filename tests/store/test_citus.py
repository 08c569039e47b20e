"""Tables spread over servers: refused where Citus is not; with all that is in them where it is.

JDMA_TEST_CITUS names a cluster, the address of its coordinator: the contract then runs on it too,
and what is below that asks for it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from collector.domain import Structure
from collector.integrity import verify
from collector.store.contract import Store, StoreError
from tests.store.engines import CitusEngine, PostgresEngine, SqliteEngine
from tests.store.test_contract import STORED, UNCHANGED, a_state, an_opening, histogram
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, LONGUE, fill

pytestmark = pytest.mark.anyio

ON_A_CLUSTER = pytest.mark.skipif(
    "JDMA_TEST_CITUS" not in os.environ, reason="JDMA_TEST_CITUS names no cluster"
)


@pytest.mark.parametrize(
    ("engine", "said"),
    [(SqliteEngine, "il faut PostgreSQL et Citus"), (PostgresEngine, "n’est pas dans cette base")],
)
async def test_where_citus_is_not_it_is_said_and_nothing_changes(
    tmp_path: Path, engine: type[SqliteEngine] | type[PostgresEngine], said: str
) -> None:
    made = engine(tmp_path)
    store = made.connect()
    await store.open()
    try:
        await fill(store)
        before = made.schema()
        with pytest.raises(StoreError, match=said):
            await store.distribute()
        assert made.schema() == before
        assert await store.record([a_state(1)]) == [STORED]
    finally:
        await store.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store on the cluster, its tables not spread yet."""
    store = CitusEngine(tmp_path).connect()
    await store.open()
    await fill(store)
    yield store
    await store.close()


@ON_A_CLUSTER
async def test_what_is_there_is_spread_with_the_tables(store: Store) -> None:
    batch = [a_state(n, (FIN, AILLEURS, COURRIEL)[n % 3]) for n in range(300)]
    await store.record(batch, {an_opening(): 7})
    before = await histogram(store), await store.load_catalogue()
    assert await store.distribute()
    assert not await store.distribute()  # once is enough
    assert (await histogram(store), await store.load_catalogue()) == before
    assert await store.record(batch) == [UNCHANGED] * 300
    assert await verify(store, CARTE) == await verify(store, LONGUE) == []
    assert await store.add_structure(Structure(0, "Préfecture")) == 2  # numbers go on


@ON_A_CLUSTER
async def test_a_batch_is_one_call_to_the_server_of_its_demarche(
    store: Store, tmp_path: Path
) -> None:
    await store.distribute()
    con = await asyncpg.connect(f"{os.environ['JDMA_TEST_CITUS']}?search_path=contrat")
    try:
        plan = await con.fetch("explain select record_batch(1, '{}', '{}', '{}')")
    finally:
        await con.close()
    assert any("Task Count: 1" in line for (line,) in plan)
