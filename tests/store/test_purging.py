"""What is too old is really gone, on every engine, and the counters tell of it all the same."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from collector.clock import Clock, instant
from collector.copying import copy
from collector.domain import PIEGE, Avis, Cell
from collector.integrity import verify
from collector.purge import Pace, Stopped, first_kept, purge
from collector.recherche import parse_recherche
from collector.selection import Selection
from collector.serve import prepare
from collector.store.contract import Genre, Purge, Store, StoreError
from collector.store.moderating import Par
from collector.store.sqlite import SqliteStore
from tests.store.engines import ENGINES, Engine, Kept, PostgresEngine, SqliteEngine
from tests.store.test_contract import STORED, a_state, an_opening
from tests.world import AILLEURS, CARTE, COURRIEL, FIN, LONGUE, NOON, VILLE, fill

pytestmark = pytest.mark.anyio

DAY = 86_400_000
GARDE: dict[Genre, int] = {"commentaires": 12, "avis": 25}
BY = Par("Jeanne Martin", "2026-11-22T11:00:00.000Z")
HANGING = ("suivi", "avis_etiquette", "retrait")
NOW = Clock(lambda: NOON)


@pytest.fixture
def kept(store: Store) -> Kept:
    assert isinstance(store, Kept)
    return store


def on(n: int, jour: str, bouton: object = FIN, verbatim: str | None = "palissandre") -> Avis:
    """The n-th avis, received at noon UTC on a day."""
    days = (date.fromisoformat(jour) - date(2026, 11, 22)).days
    return a_state(n, bouton, ms=NOON + days * DAY, verbatim=verbatim)  # type: ignore[arg-type]


async def purged(store: Store, garde: dict[Genre, int] = GARDE) -> dict[Genre, int]:
    done = await purge(store, garde, NOW, "essai", Pace())
    assert done
    return dict(done.effaces)


async def found(store: Store) -> list[str]:
    wanted = Selection((1, 2), recherche=parse_recherche("palissandre"), statut="tous")
    return [each.avis.jour for each in await store.search(wanted, 50)]


async def counters(store: Store) -> list[object]:
    ever = [await store.counts_by_month(id, "2000-01", "2100-12") for id in (1, 2)]
    return [*ever, await store.counters(1), await store.counters(2)]


async def right(store: Store) -> bool:
    return await verify(store, CARTE) == await verify(store, LONGUE) == []


async def test_the_last_day_of_comments_is_kept_and_those_before_are_not(
    kept: Kept, engine: Engine
) -> None:
    days = ["2025-11-20", "2025-11-21", "2025-11-22", "2026-11-22"]
    await kept.record([on(n, jour) for n, jour in enumerate(days)])
    await kept.record([on(9, "2025-11-21", AILLEURS)])
    before = await counters(kept)
    assert await purged(kept) == {"commentaires": 3, "avis": 0}
    assert sorted(await found(kept)) == days[2:]
    there = engine.rows("select jour from avis where verbatim is not null order by jour")
    assert [jour for (jour,) in there] == days[2:]
    assert await kept.total() == 5
    assert await counters(kept) == before
    assert await right(kept)
    assert await purged(kept) == {"commentaires": 0, "avis": 0}


async def test_what_people_did_with_a_comment_goes_with_it(kept: Kept, engine: Engine) -> None:
    old, masked, young = on(1, "2025-11-21"), on(2, "2025-11-21"), on(3, "2025-11-22")
    await kept.record([old, masked, young])
    label = await kept.add_etiquette(VILLE.id, "Paiement")
    for avis in (old, masked, young):
        await kept.attach(1, [avis.cle], VILLE.id, label)
        await kept.mark(1, [avis.cle], "a_traiter", BY)
    await kept.mask(1, masked.cle, "palissandre", "[passage masqué]", "injure", BY)
    await kept.withdraw(1, [old.cle, young.cle], "injure", BY)
    assert await kept.count_old(first_kept(GARDE, date(2026, 11, 22)), 100) == {
        "commentaires": {1: 2},
        "avis": {},
    }
    assert await purged(kept) == {"commentaires": 2, "avis": 0}
    for table in HANGING:
        left = engine.rows(f"select cast(cle as text) from {table}")
        assert left == [(young.cle,)], table
    assert await kept.put_back(1, [old.cle]) == 0
    assert await kept.put_back(1, [young.cle]) == 1
    assert await found(kept) == ["2025-11-22"]


async def test_avis_go_after_longer_and_their_counters_stay(kept: Kept, engine: Engine) -> None:
    days = ["2024-10-01", "2024-10-21", "2024-10-22", "2026-11-22"]
    await kept.record([on(n, jour) for n, jour in enumerate(days)], {an_opening(FIN, days[0]): 5})
    aside = on(8, "2024-10-21")._replace(ecarte=PIEGE)
    await kept.record([aside, on(9, "2024-10-21", AILLEURS, None)])
    before = await counters(kept)
    assert await purged(kept) == {"commentaires": 5 - 1, "avis": 4}
    left = engine.rows("select jour from avis order by jour")
    assert [jour for (jour,) in left] == days[2:]
    for table in HANGING:
        assert engine.rows(f"select * from {table}") == []
    assert await counters(kept) == before
    assert await right(kept)
    for id in (1, 2):
        await kept.rebuild(id)
    assert await counters(kept) == before
    assert await kept.horizon() == "2024-10-22"


async def test_without_the_horizon_the_counters_would_be_lost(kept: Kept, engine: Engine) -> None:
    await kept.record([on(1, "2024-10-01"), on(2, "2026-11-22")])
    before = await counters(kept)
    await purged(kept)
    engine.execute("delete from horizon")
    assert {each.cell.jour for each in await verify(kept, CARTE)} == {"2024-10-01", "2024-10"}
    await kept.rebuild(1)
    assert await counters(kept) != before


async def test_months_before_the_horizon_are_still_mended_from_their_days(
    kept: Kept, engine: Engine
) -> None:
    await kept.record([on(1, "2024-10-01"), on(2, "2024-10-25"), on(3, "2026-11-22")])
    before = await counters(kept)
    await purged(kept)
    engine.execute("update agregat_mois set n = n + 7 where dimension = 'avis'")
    engine.execute("update agregat set n = n + 7 where jour = '2024-10-25'")
    assert {each.cell.jour for each in await verify(kept, CARTE)} == {
        "2024-10",
        "2024-10-25",
        "2026-11",
    }
    await kept.rebuild(1)
    assert await counters(kept) == before


async def test_an_avis_is_not_deleted_before_its_counters_are_kept(kept: Kept) -> None:
    avis = on(1, "2024-10-01")
    await kept.record([avis])
    assert await kept.erase("avis", 1, [avis.cle]) == 0
    assert await kept.total() == 1
    await kept.begin_purge(Purge("2026-11-22T10:00:00.000Z", "essai", GARDE), "2024-10-02")
    assert await kept.erase("avis", 1, [avis.cle]) == 1


async def test_a_gesture_on_an_avis_that_is_about_to_go_counts(kept: Kept) -> None:
    first, second = on(1, "2024-10-01"), on(2, "2024-10-01")
    await kept.record([first, second])
    await kept.begin_purge(Purge("2026-11-22T10:00:00.000Z", "essai", GARDE), "2024-10-22")
    assert await kept.set_aside(1, first.cle, "spam")
    assert await right(kept)
    await purged(kept)
    assert not await kept.set_aside(1, first.cle, None)
    assert not await kept.set_aside(1, second.cle, "spam")
    cell = Cell(1, FIN.code, "2024-10-01", "standard-1", "avis", 1)
    assert dict(await kept.counters(1))[cell] == 1


async def test_the_horizon_never_goes_back(kept: Kept) -> None:
    await kept.record([on(1, "2025-06-01")])
    assert (await purged(kept, {"commentaires": 1, "avis": 1}))["avis"] == 1
    await purged(kept)
    assert await kept.horizon() == "2026-10-22"
    assert await right(kept)


# What comes from elsewhere


async def test_avis_of_before_the_horizon_are_brought_once_counted_and_let_go(kept: Kept) -> None:
    await purged(kept)
    page = [on(n, "2023-03-01") for n in range(3)]
    assert await kept.bring([page], Counter()) == (3, 0, 0)
    assert await kept.bring([page], Counter()) == (0, 3, 0)
    assert await right(kept)
    before = await counters(kept)
    assert await purged(kept) == {"commentaires": 3, "avis": 3}
    # Nobody knows any more whether these were among them: counted twice they would be wrong.
    later = [*page, on(5, "2023-03-01", COURRIEL), on(6, "2023-03-02"), on(7, "2026-11-22")]
    assert await kept.bring([later[:2], later[2:]], Counter()) == (3, 0, 3)
    assert await right(kept)
    cell = Cell(1, FIN.code, "2023-03-01", "standard-1", "avis", 1)
    assert dict(await kept.counters(1))[cell] == 3
    assert await counters(kept) != before


async def test_counters_without_avis_are_taken_over_once(kept: Kept) -> None:
    gone = Cell(1, FIN.code, "2023-03-01", "standard-1", "avis", 1)
    counters = Counter({gone: 4, an_opening(FIN, "2023-03-01"): 9})
    page = [on(1, "2023-03-01"), on(2, "2023-03-02")]
    assert await kept.bring([page], counters) == (2, 0, 0)
    assert await kept.outlived(1) == {gone: 4}
    assert dict(await kept.counters(1))[gone] == 5
    assert await kept.horizon() == "2023-03-02"
    assert await right(kept)
    assert await kept.bring([page], counters) == (0, 2, 0)
    assert dict(await kept.counters(1))[gone] == 5


async def test_a_copy_has_the_counters_of_avis_that_are_gone(
    kept: Kept, tmp_path: Path, engine: Engine
) -> None:
    days = ["2024-10-01", "2024-10-01", "2024-10-25", "2026-11-22"]
    await kept.record([on(n, jour) for n, jour in enumerate(days)], {an_opening(FIN, days[0]): 5})
    await purged(kept)
    await kept.bring([[on(7, "2024-10-02")]], Counter())  # still there, before the horizon
    folder = tmp_path / "copie"
    folder.mkdir()
    other = ENGINES["postgresql" if engine.suffix == ".sqlite.sql" else "sqlite"](folder).connect()
    await other.open()
    try:
        await other.migrate()
        await copy(kept, other, lambda _: None)
        assert await counters(other) == await counters(kept)
        assert await other.purges(9) == await kept.purges(9)
        assert await right(other)
        await prepare(other)
    finally:
        await other.close()


# Runs


async def test_what_becomes_of_a_run_is_noted(kept: Kept) -> None:
    await kept.record([on(n, "2025-11-21") for n in range(3)])

    def stopping() -> bool:
        return True

    with pytest.raises(Stopped):
        await purge(kept, GARDE, NOW, "serveur", Pace(stopping=stopping))
    assert await purged(kept) == {"commentaires": 3, "avis": 0}
    now = instant(NOON).recu_le
    last, stopped = await kept.purges(5)
    assert last == Purge(now, "essai", GARDE, now, {"commentaires": 3, "avis": 0})
    assert stopped.raison == "le serveur s’est arrêté"
    assert not stopped.went_well
    [entree] = await kept.journal(9)
    assert (entree.action, entree.sur) == ("conservation", {"commentaires": 3, "avis": 0})


async def test_of_two_at_a_time_one_does_it(kept: Kept) -> None:
    await kept.record([on(1, "2025-11-21")])
    assert await kept.take_tache("conservation", instant(NOON).recu_le, "", "~")
    assert await purge(kept, GARDE, NOW, "essai", Pace()) is None
    assert await found(kept) == ["2025-11-21"]
    later = Clock(lambda: NOON + 2 * 3_600_000)  # whoever had it has died
    assert await purge(kept, GARDE, later, "essai", Pace())


# In the words of one engine


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[tuple[SqliteStore, SqliteEngine]]:
    engine = SqliteEngine(tmp_path)
    store = SqliteStore(engine.path)
    await store.open()
    await fill(store)
    yield store, engine
    await store.close()


async def test_a_row_that_stays_ends_the_run(file: tuple[SqliteStore, SqliteEngine]) -> None:
    store, engine = file
    await store.record([on(1, "2025-11-21")])
    engine.execute(
        "create trigger sourd before update of verbatim on avis begin select raise(ignore); end"
    )
    with pytest.raises(StoreError, match="1 lignes trop anciennes ne s’effacent pas"):
        await purge(store, GARDE, NOW, "essai", Pace())
    [last] = await store.purges(5)
    assert last.raison


async def test_a_word_that_was_deleted_is_in_no_file_of_the_database(
    file: tuple[SqliteStore, SqliteEngine],
) -> None:
    store, engine = file
    long = "palissandre " * 600  # more than a page
    batch = [on(n, "2025-11-21", verbatim=f"palissandre {n}" + long * (n % 9 == 0))
             for n in range(60)]  # fmt: skip
    await store.record(batch)
    await store.withdraw(1, [avis.cle for avis in batch[:7]], "injure", BY)
    assert files_with(engine.path, b"palissandre")
    assert await purged(store) == {"commentaires": 60, "avis": 0}
    assert files_with(engine.path, b"palissandre") == []
    await store.record([on(99, "2026-11-22")])
    assert files_with(engine.path, b"palissandre")


async def test_a_reader_who_stays_holds_up_nothing_but_the_old_pages(
    file: tuple[SqliteStore, SqliteEngine],
) -> None:
    store, engine = file
    await store.record([on(1, "2025-11-21")])
    with contextlib.closing(sqlite3.connect(engine.path, isolation_level=None)) as reader:
        reader.execute("begin")
        assert reader.execute("select verbatim from avis").fetchall() == [("palissandre",)]
        assert await purged(store) == {"commentaires": 1, "avis": 0}
        assert await store.record([on(2, "2026-11-22", verbatim=None)]) == [STORED]
        assert reader.execute("select verbatim from avis").fetchall() == [("palissandre",)]
        reader.execute("commit")
    await store.forget()
    assert files_with(engine.path, b"palissandre") == []


def files_with(path: Path, word: bytes) -> list[str]:
    files = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
    assert path in files
    return [each.name for each in files if word in each.read_bytes()]


@pytest.mark.parametrize(
    ("verbatim", "index"), [("not null", "avis_commentes"), ("null", "avis_sans_commentaire")]
)
async def test_what_is_too_old_is_found_by_an_index(
    kept: Kept, engine: Engine, verbatim: str, index: str
) -> None:
    sql = f"select cle from avis where verbatim is {verbatim} and jour < '2026-01-01'"
    # A table this small is read whole by PostgreSQL, unless it is told not to.
    if isinstance(engine, PostgresEngine):
        engine.address += "&enable_seqscan=off&enable_bitmapscan=off"
        explain = "explain"
    else:
        explain = "explain query plan"
    plan = str(engine.rows(f"{explain} {sql} order by jour, demarche_id"))
    assert index in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
