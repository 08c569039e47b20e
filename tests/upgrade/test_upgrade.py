"""A database of each release before is taken over whole: see `tests.upgrade.make`."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.asked.recherche import parse_recherche
from collector.asked.selection import Selection
from collector.serve import opened
from collector.store.contract import Store
from tests import postgres
from tests.forked import run
from tests.store.engines import Kept
from tests.upgrade.make import COUNT, HERE, figures
from tests.world import CARTE, Where, address_of, execute, rows, settings

RELEASES = sorted(path.stem for path in HERE.glob("*.json"))
NEWEST = len(list(HERE.parents[1].glob("collector/store/migrations/*.sqlite.sql")))

ENGINES = ("sqlite", "postgres")

Tables = dict[str, list[str]]
"""The columns of each table."""


@pytest.fixture(params=[f"{release} {engine}" for release in RELEASES for engine in ENGINES])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Where]]:
    """A release, and a database that it left."""
    release, engine = request.param.split()
    if engine == "sqlite":
        path = tmp_path / "avis.db"
        shutil.copy(HERE / f"{release}.sqlite", path)
        yield release, path
    else:
        with postgres.a_database() as address:
            postgres.execute(address, (HERE / f"{release}.postgres.sql").read_text())
            yield release, address


def tables_of(where: Where) -> Tables:
    """All of them but what an engine keeps for itself, and where migrations are noted."""
    if isinstance(where, Path):
        sql = (
            "select t.name, c.name from sqlite_schema as t, pragma_table_info(t.name) as c "
            "where t.type = 'table' and t.name <> 'migration' and t.name not like 'recherche%'"
        )
    else:
        sql = (
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'public' and table_name <> 'migration' order by ordinal_position"
        )
    found: Tables = {}
    for table, column in rows(where, sql):
        found.setdefault(table, []).append(column)
    return found


def content(where: Where, tables: Tables) -> dict[str, list[str]]:
    """Every row of these tables, of these columns, in an order that says nothing."""
    return {
        table: sorted(map(repr, rows(where, f"select {', '.join(columns)} from {table}")))
        for table, columns in tables.items()
    }


def held(known: Any, now: Any) -> bool:
    """Whether what was known is still said; more may be."""
    if isinstance(known, dict):
        return isinstance(now, dict) and all(held(known[name], now.get(name)) for name in known)
    if isinstance(known, list):
        return len(known) == len(now) and all(map(held, known, now))
    return bool(known == now)


def test_it_is_migrated_and_keeps_every_row(old: tuple[str, Where]) -> None:
    _, where = old
    database = f"--database={address_of(where)}"
    tables = tables_of(where)
    before = content(where, tables)
    assert {"avis", "agregat", "compte", "retrait", "brouillon", "presence"} <= before.keys()
    assert len(before["avis"]) == COUNT
    tried = run("migrate", database, "--dry-run")
    assert (tried.returncode, content(where, tables)) == (0, before)
    done = run("migrate", database)
    assert done.returncode == 0, done.stderr
    assert rows(where, "select max(numero) from migration") == [(NEWEST,)]
    assert content(where, tables) == before
    verified = run("verify", database)
    assert verified.returncode == 0, verified.stderr


def test_it_says_the_same_figures_and_finds_the_same_words(old: tuple[str, Where]) -> None:
    release, where = old

    async def work() -> tuple[dict[str, Any], list[str | None]]:
        async with opened(settings(database=address_of(where))) as store:
            await store.migrate()
            return await figures(kept(store)), await found(store)

    said, comments = asyncio.run(work())
    known = json.loads((HERE / f"{release}.json").read_text())
    assert held(known, said)
    assert len(comments) > 5
    assert all(comment and "pièces" in comment for comment in comments)


def kept(store: Store) -> Kept:
    assert isinstance(store, Kept)
    return store


async def found(store: Store) -> list[str | None]:
    given = Selection((CARTE.id,), recherche=parse_recherche("pieces"))
    return [each.avis.verbatim for each in await store.search(given, 50)]


def test_a_row_or_a_figure_that_was_lost_would_be_seen(old: tuple[str, Where]) -> None:
    release, where = old
    tables = tables_of(where)
    before = content(where, tables)
    execute(where, "update avis set langue = 'de' where langue = 'en'")
    assert content(where, tables) != before
    execute(where, "update agregat set n = n + 1 where dimension = 'effort'")
    database = f"--database={address_of(where)}"
    run("migrate", database)
    assert run("verify", database).returncode == 1
    known = json.loads((HERE / f"{release}.json").read_text())
    address = next(iter(known))
    assert not held(known, {**known, address: {**known[address], "total": None}})
    assert held(known, {**known, "autre": 1})
