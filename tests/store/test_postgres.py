"""What PostgreSQL alone has: several servers on one database, settings that lose data, failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from collector.integrity import verify
from collector.serve import prepare
from collector.store import postgres_server
from collector.store.contract import Store, StoreError
from collector.store.postgres import PostgresStore
from collector.store.postgres_server import MIGRATION_LOCK
from tests import postgres
from tests.ports import free_port
from tests.store.engines import PostgresEngine
from tests.store.test_contract import STORED, UNCHANGED, a_state, histogram
from tests.world import AILLEURS, CARTE, LONGUE, fill

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(tmp_path: Path) -> PostgresEngine:
    return PostgresEngine(tmp_path)


@pytest.fixture
async def store(engine: PostgresEngine) -> AsyncIterator[Store]:
    store = engine.connect()
    await store.open()
    await fill(store)
    yield store
    await store.close()


@pytest.fixture
async def others(engine: PostgresEngine, store: Store) -> AsyncIterator[list[Store]]:
    """Three more servers on the database of `store`."""
    made = [engine.connect() for _ in range(3)]
    for each in made:
        await each.open()
    yield made
    for each in made:
        await each.close()


# Several servers


async def test_servers_that_write_the_same_avis_at_once_count_each_once(
    store: Store, others: list[Store]
) -> None:
    # Each has the keys in another order, and steps that the others have not.
    batches = [
        [a_state(n, etape=n * k % 4 + 1, notes={"satisfaction": k % 3 + 1}) for n in order]
        for k, order in enumerate(
            (range(40), range(39, -1, -1), range(0, 80, 2), range(79, 0, -2)), start=1
        )
    ]
    servers = [store, *others]
    for _ in range(5):
        await asyncio.gather(*(s.record(b) for s, b in zip(servers, batches, strict=True)))
    assert await store.total() == 80
    assert await verify(store, CARTE) == []
    assert (await histogram(store))["avis"] == {1: 80}


async def test_one_avis_handed_to_every_server_at_once_is_stored_by_one(
    store: Store, others: list[Store]
) -> None:
    for n in range(20):
        found = await asyncio.gather(*(each.record([a_state(n)]) for each in (store, *others)))
        assert sorted(outcome for [outcome] in found) == [STORED, UNCHANGED, UNCHANGED, UNCHANGED]
    assert await histogram(store) == {"avis": {1: 20}, "satisfaction": {3: 20}}


async def test_a_commit_that_lasts_does_not_hold_up_the_same_demarche_elsewhere(
    engine: PostgresEngine, store: Store
) -> None:
    await store.record([a_state(1)])
    [(part,)] = engine.rows("select distinct part from agregat")
    elsewhere = (part + 1) % 16
    busy = await asyncpg.connect(engine.address)
    transaction = busy.transaction()
    await transaction.start()
    await busy.execute(
        "insert into agregat select demarche_id, bouton, jour, questionnaire, dimension, note, 1, "
        f"{elsewhere} from agregat"
    )
    try:
        assert await store.record([a_state(2)]) == [STORED]
        # The negative twin: on the row that this server adds to, it would have waited in vain.
        await busy.execute(f"update agregat set n = n where part = {part}")
        with pytest.raises(StoreError, match="timeout"):
            await store.record([a_state(3)])
    finally:
        await transaction.rollback()
        await busy.close()
    assert await store.record([a_state(3)]) == [STORED]
    assert await verify(store, CARTE) == []


async def test_servers_that_start_at_once_on_an_empty_database_set_it_up_once(
    engine: PostgresEngine,
) -> None:
    servers = [engine.connect() for _ in range(4)]
    for each in servers:
        await each.open()
    try:
        await asyncio.gather(*map(prepare, servers))
    finally:
        for each in servers:
            await each.close()
    assert engine.rows("select numero from migration order by 1") == [
        (n,) for n in range(1, len(list(engine.migrations.glob("*.postgres.sql"))) + 1)
    ]


async def test_a_migration_waits_for_another_one_and_then_says_so(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "MIGRATION_LOCK_SECONDS", 1)
    other = await asyncpg.connect(engine.address)
    await other.execute(f"select pg_advisory_lock({MIGRATION_LOCK})")
    store = engine.connect()
    await store.open()
    try:
        with pytest.raises(StoreError, match="lock timeout"):
            await store.migrate()
        await other.close()
        assert await store.migrate() == [
            path.name for path in sorted(engine.migrations.glob("*.postgres.sql"))
        ]
    finally:
        await store.close()


# A server that would lose what it has confirmed


async def test_a_session_that_may_lose_what_it_commits_is_refused_unless_told(
    engine: PostgresEngine,
) -> None:
    careless = f"{engine.address}&synchronous_commit=off"
    store = PostgresStore(careless)
    with pytest.raises(StoreError, match="synchronous_commit à « off »"):
        await store.open()
    await store.close()
    told = PostgresStore(careless, unsafe=True)
    await told.open()
    await told.close()


async def test_a_server_without_fsync_or_full_pages_is_refused() -> None:
    folder = postgres.a_folder()
    cluster = postgres.new_cluster(folder, ["fsync = off", "full_page_writes = off"])
    cluster.start()
    store = PostgresStore(cluster.address())
    try:
        with pytest.raises(StoreError, match="fsync, full_page_writes à « off »"):
            await store.open()
    finally:
        await store.close()
        cluster.stop()
        postgres.remove(folder)


async def test_a_commit_whose_wait_for_the_standby_is_cut_short_is_not_acknowledged(
    engine: PostgresEngine, store: Store
) -> None:
    engine.execute("alter system set synchronous_standby_names = 'absent'")
    engine.execute("select pg_reload_conf()")
    try:
        waiting = asyncio.ensure_future(store.record([a_state(1)]))
        stuck = "select pid from pg_stat_activity where wait_event = 'SyncRep'"
        for _ in range(200):
            if found := await asyncio.to_thread(engine.rows, stuck):
                break
            await asyncio.sleep(0.01)
        await asyncio.to_thread(engine.rows, f"select pg_cancel_backend({found[0][0]})")
        with pytest.raises(StoreError, match="sous réserve"):
            await waiting
    finally:
        postgres.reset(engine.address, "synchronous_standby_names")
    # It is there, though: whoever tries again is told so.
    assert await store.record([a_state(1)]) == [UNCHANGED]


# A server that goes away


async def test_a_lost_connection_is_an_error_once_and_then_made_anew(
    engine: PostgresEngine, store: Store
) -> None:
    await store.record([a_state(1)])
    engine.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'jdma' and pid <> pg_backend_pid()"
    )
    outcomes = []
    for _ in range(3):
        try:
            outcomes += await store.record([a_state(2)])
        except StoreError:
            continue
    assert outcomes[0] is STORED
    assert await store.total() == 2
    assert await verify(store, CARTE) == []


@pytest.mark.parametrize("port", [None, "avis"], ids=["nobody", "no number"])
async def test_a_database_that_is_not_there_is_a_sentence_without_the_password(
    port: str | None,
) -> None:
    port = port or str(free_port())
    store = PostgresStore(f"postgresql://jdma:tres-secret@127.0.0.1:{port}/avis")
    with pytest.raises(StoreError) as told:
        await store.open()
    await store.close()
    assert f"127.0.0.1:{port}/avis ne répond pas" in str(told.value)
    assert "tres-secret" not in str(told.value)


async def test_where_no_host_takes_writes_the_reason_of_each_is_given(
    engine: PostgresEngine,
) -> None:
    nobody, known = free_port(), postgres.shared().port
    several = engine.address.replace(f":{known}/", f":{nobody},127.0.0.1:{known}/")
    store = PostgresStore(f"{several}&default_transaction_read_only=on")
    with pytest.raises(StoreError) as told:
        await store.open()
    await store.close()
    said = str(told.value)
    assert f"127.0.0.1:{known}/postgres ne répond pas : serveur en lecture seule." in said
    assert f"127.0.0.1:{nobody}/postgres ne répond pas : [Errno" in said


async def test_of_several_hosts_the_one_that_takes_writes_is_used(
    engine: PostgresEngine, store: Store
) -> None:
    nobody = free_port()
    several = engine.address.replace("127.0.0.1:", f"127.0.0.1:{nobody},127.0.0.1:", 1)
    other = PostgresStore(several)
    await other.open()
    try:
        assert await other.record([a_state(1), a_state(1, AILLEURS)]) == [STORED, STORED]
    finally:
        await other.close()
    assert await verify(store, LONGUE) == []
