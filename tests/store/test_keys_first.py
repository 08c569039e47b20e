"""In a SQLite table without rowid the key comes first: integrity_check is right about no other."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from collector.store.sqlite import SqliteStore
from tests.store.engines import SqliteEngine
from tests.store.test_contract import a_state
from tests.store.test_moderating import JEANNE
from tests.world import CARTE, VILLE, fill

pytestmark = pytest.mark.anyio


def others(con: sqlite3.Connection) -> list[str]:
    """Tables without rowid whose key is somewhere else, or in another order."""
    sql = "select name from pragma_table_list where wr and schema = 'main'"
    names = [name for (name,) in con.execute(sql)]
    assert names
    return [name for name in names if not _key_first(con, name)]


def _key_first(con: sqlite3.Connection, table: str) -> bool:
    places = [row[5] for row in con.execute(f"pragma table_info({table})")]  # in the key; 0: not
    key = [place for place in places if place]
    return places[: len(key)] == sorted(key) == list(range(1, len(key) + 1))


async def test_the_key_of_every_table_comes_first(sqlite: SqliteEngine) -> None:
    store = SqliteStore(sqlite.path)
    await store.open()
    await fill(store)
    with closing(sqlite3.connect(sqlite.path)) as con:
        assert others(con) == []
        con.execute("create table loin (a integer, b integer, primary key (b)) without rowid")
        assert others(con) == ["loin"]
    await store.close()


async def test_a_database_with_labelled_comments_is_sound(sqlite: SqliteEngine) -> None:
    store = SqliteStore(sqlite.path)
    await store.open()
    await fill(store)
    avis = a_state(1, verbatim="Bonjour")
    await store.record([avis], {})
    label = await store.add_etiquette(VILLE.id, "Pièces")
    assert await store.attach(CARTE.id, [avis.cle], VILLE.id, label) == 1
    assert await store.withdraw(CARTE.id, [avis.cle], "injure", JEANNE) == 1
    await store.check()
    await store.close()


@pytest.fixture
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteEngine:
    return SqliteEngine(tmp_path_factory.mktemp("cles"))
