"""What is too old is really gone, on every engine, and the counters tell of it all the same."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from collector.acces import Entree
from collector.asked.recherche import parse_recherche
from collector.asked.selection import Selection
from collector.clock import Clock, instant
from collector.comptes import Compte, Droit, Rattachement
from collector.domain import PIEGE, Avis, Cell
from collector.exchange.copying import copy
from collector.integrity import verify
from collector.privacy.purge import BATCH, Pace, Stopped, first_kept, purge
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


# Of no démarche

ALL: dict[Genre, int] = {**GARDE, "journal": 12, "comptes": 12}
NOTHING = dict.fromkeys(ALL, 0)
LONG_AGO, IN_TIME = "2025-11-21T22:59:59.999Z", "2025-11-21T23:00:00.000Z"  # midnight in Paris


async def test_the_journal_goes_by_days_of_paris_and_tells_that_it_did(kept: Kept) -> None:
    for n, le in enumerate((LONG_AGO, LONG_AGO, IN_TIME, "2026-11-22T09:00:00.000Z")):
        await kept.add_entree(Entree(le, "compte 1", "essai", {"n": n}))
    first = first_kept({"journal": 12}, date(2026, 11, 22))
    assert await kept.count_old(first, 100) == {"journal": {0: 2}}
    assert await purged(kept, ALL) == {**NOTHING, "journal": 2}
    noted, *left = await kept.journal(10)
    assert [each.sur["n"] for each in left] == [3, 2]
    assert (noted.action, noted.sur["journal"]) == ("conservation", 2)
    assert await purged(kept, ALL) == NOTHING


async def test_months_of_a_journal_are_deleted_in_short_transactions(kept: Kept) -> None:
    for _ in range(BATCH + 3):
        await kept.add_entree(Entree(LONG_AGO, "compte 1", "essai", {}))
    told: list[int] = []
    pace = Pace(lambda genre, n: told.append(n))
    assert await purge(kept, ALL, NOW, "essai", pace)
    assert told == [BATCH, 3]


async def a_person(kept: Kept, nom: str, ferme_le: str | None) -> int:
    """Somebody with all that an account may have, closed since then."""
    courriel, made = f"{nom.lower()}@ville.fr", "2025-01-01T00:00:00.000Z"
    id = await kept.add_compte(Compte(0, courriel, nom, made, "haché"))
    await kept.set_totp(id, "TOTP", ["secours"])
    await kept.add_droit(Droit(0, id, "lecteur", demarche_id=1, donne_le=made, donne_par="x"))
    await kept.add_identite(Rattachement("https://idp.fr", nom, id, made, made))
    await kept.add_entree(Entree("2026-11-22T09:00:00.000Z", f"compte {id}", "essai", {}))
    if ferme_le:
        await kept.close_compte(id, ferme_le)
    return id


def hangs_on(engine: Engine, id: int) -> list[int]:
    counted = "select count(*) from {} where compte_id = {}"
    tables = ("droit", "identite", "abonnement", "visite")
    return [int(engine.rows(counted.format(table, id))[0][0]) for table in tables]


async def test_a_closed_account_loses_what_says_whose_it_was(kept: Kept, engine: Engine) -> None:
    old = await a_person(kept, "Zoe", LONG_AGO)
    young, there = await a_person(kept, "Ali", IN_TIME), await a_person(kept, "Lou", None)
    for id in (old, young, there):
        engine.execute(
            "insert into abonnement (demarche_id, genre, compte_id, crochet_id, cree_le) "
            f"values (1, 'commentaire', {id}, 0, '2025')"
        )
        await kept.visit(id, 1, LONG_AGO, LONG_AGO)
    before = [await kept.compte(young), await kept.compte(there)]
    assert await purged(kept, ALL) == {**NOTHING, "comptes": 1}
    assert await kept.compte(old) == Compte(
        old, f"compte {old}", "", "2025-01-01T00:00:00.000Z", ferme_le=LONG_AGO
    )
    assert [await kept.compte(young), await kept.compte(there)] == before
    assert hangs_on(engine, old) == [0, 0, 0, 0]
    assert hangs_on(engine, young) == hangs_on(engine, there) == [1, 1, 1, 1]
    assert f"compte {old}" in [each.qui for each in await kept.journal(10)]
    assert await purged(kept, ALL) == NOTHING


async def test_an_account_that_was_opened_again_meanwhile_is_left_as_it_is(
    kept: Kept, engine: Engine
) -> None:
    id = await a_person(kept, "Zoe", LONG_AGO)
    [key] = await kept.old("comptes", "2025-11-22", 10)
    assert key == (0, str(id))
    await kept.close_compte(id, None)
    before = await kept.compte(id)
    assert await kept.erase("comptes", *key[:1], [key[1]]) == 0
    assert await kept.compte(id) == before
    assert hangs_on(engine, id)[:2] == [1, 1]


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
