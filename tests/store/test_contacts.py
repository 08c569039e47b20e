"""Addresses that people left, on every engine: with their avis or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.domain import PIEGE, Avis, Coordonnees
from collector.exchange.copying import copy
from collector.store import postgres_lot
from collector.store.contacts import LEAVE
from collector.store.contract import BatchError, settle
from collector.store.postgres import PostgresStore
from collector.store.postgres_lot import write
from collector.store.sqlite import SqliteStore
from collector.store.sqlite_lot import WRITE
from tests.store.engines import Engine, Kept, PostgresEngine
from tests.store.test_contract import MINUTE, STORED, UNCHANGED, UPDATED, a_state
from tests.store.test_purging import purged
from tests.world import AILLEURS, CARTE, LONGUE, NOON, fill

pytestmark = pytest.mark.anyio

DAY = 86_400_000
CAMILLE, ALIX = "camille@exemple.fr", "alix@exemple.fr"


def kept_of(avis: Avis, courriel: str = CAMILLE) -> Coordonnees:
    read = (avis.questionnaire, avis.langue, avis.recu_le)
    return Coordonnees(avis.demarche_id, avis.cle, courriel, *read, avis.jour)


async def left(store: Kept, n: int = 1) -> str | None:
    """The address left with the n-th avis."""
    found = await store.contact(CARTE.id, a_state(n).cle)
    return found.courriel if found else None


# Left with an avis


async def test_an_address_is_kept_with_what_was_agreed_to(store: Kept) -> None:
    avis = a_state(questionnaire="standard-contact-1", langue="en")
    assert await store.record([avis], contacts={0: CAMILLE}) == [STORED]
    assert await store.contact(CARTE.id, avis.cle) == kept_of(avis)
    assert await store.contact(LONGUE.id, avis.cle) is None


async def test_each_avis_of_a_batch_has_its_own(store: Kept) -> None:
    batch = [a_state(1), a_state(2), a_state(3, AILLEURS), a_state(4)]
    await store.record(batch, contacts={1: ALIX, 2: CAMILLE})
    assert [await left(store, n) for n in (1, 2, 4)] == [None, ALIX, None]
    assert await store.contact(LONGUE.id, batch[2].cle) == kept_of(batch[2])


async def test_an_avis_that_is_set_aside_keeps_the_address_left_with_it(store: Kept) -> None:
    await store.record([a_state(ecarte=PIEGE)], contacts={0: CAMILLE})
    assert await left(store) == CAMILLE
    await store.set_aside(CARTE.id, a_state().cle, None)
    assert await left(store) == CAMILLE


async def test_a_batch_that_is_refused_leaves_no_address(store: Kept) -> None:
    nowhere = a_state(2)._replace(demarche_id=99)
    with pytest.raises(BatchError):
        await store.record([a_state(1), nowhere], contacts={0: CAMILLE, 1: ALIX})
    assert await left(store) is None
    assert await store.total() == 0


# A later state is the whole state


async def test_a_replay_changes_nothing(store: Kept) -> None:
    await store.record([a_state()], contacts={0: CAMILLE})
    assert await store.record([a_state()], contacts={0: ALIX}) == [UNCHANGED]
    assert await left(store) == CAMILLE
    assert await store.record([a_state()]) == [UNCHANGED]
    assert await left(store) == CAMILLE


async def test_a_later_step_brings_another_address(store: Kept) -> None:
    first, later = a_state(), a_state(ms=NOON + MINUTE, etape=2, langue="en")
    await store.record([first], contacts={0: CAMILLE})
    assert await store.record([later], contacts={0: ALIX}) == [UPDATED]
    assert await store.contact(CARTE.id, first.cle) == kept_of(later, ALIX)


async def test_a_later_step_without_one_takes_it_away(store: Kept) -> None:
    await store.record([a_state(1), a_state(2)], contacts={0: CAMILLE, 1: ALIX})
    assert await store.record([a_state(1, etape=2)]) == [UPDATED]
    assert [await left(store, n) for n in (1, 2)] == [None, ALIX]


async def test_a_later_step_may_be_the_first_with_one(store: Kept) -> None:
    await store.record([a_state()])
    await store.record([a_state(etape=2)], contacts={0: CAMILLE})
    assert await left(store) == CAMILLE


async def test_steps_of_one_batch_count_in_their_order(store: Kept) -> None:
    batch = [a_state(1), a_state(1, etape=2), a_state(2), a_state(2, etape=2)]
    await store.record(batch, contacts={0: CAMILLE, 3: ALIX})
    assert [await left(store, n) for n in (1, 2)] == [None, ALIX]


async def test_an_older_step_and_one_that_comes_too_late_change_nothing(store: Kept) -> None:
    await store.record([a_state(etape=3)], contacts={0: CAMILLE})
    late = a_state(ms=NOON + 61 * MINUTE, etape=9)
    await store.record([a_state(etape=2), late], contacts={1: ALIX})
    assert await left(store) == CAMILLE


async def test_of_two_writers_of_one_avis_the_later_step_wins(store: Kept) -> None:
    steps = [a_state(etape=etape) for etape in range(1, 7)]
    await asyncio.gather(
        *(store.record([step], contacts={0: f"{step.etape}@exemple.fr"}) for step in steps)
    )
    assert await left(store) == "6@exemple.fr"


# Deleted


async def test_an_address_is_deleted_and_its_avis_stays(store: Kept) -> None:
    await store.record([a_state(1), a_state(2)], contacts={0: CAMILLE, 1: ALIX})
    assert not await store.forget_contact(LONGUE.id, a_state(1).cle)
    assert await store.forget_contact(CARTE.id, a_state(1).cle)
    assert [await left(store, n) for n in (1, 2)] == [None, ALIX]
    assert not await store.forget_contact(CARTE.id, a_state(1).cle)
    assert await store.total() == 2


async def test_the_older_ones_of_a_demarche_are_deleted(store: Kept) -> None:
    old, new, elsewhere = a_state(1), a_state(2, ms=NOON + DAY), a_state(3, AILLEURS)
    await store.record([old, new, elsewhere], contacts=dict.fromkeys(range(3), CAMILLE))
    assert await store.count_contacts(CARTE.id) == 2
    assert await store.count_contacts(CARTE.id, new.jour) == 1
    assert await store.forget_contacts(CARTE.id, old.jour) == 0
    assert await store.forget_contacts(CARTE.id, new.jour) == 1
    assert [await left(store, n) for n in (1, 2)] == [None, CAMILLE]
    assert await store.count_contacts(LONGUE.id) == 1
    assert await store.total() == 3


async def test_what_is_too_old_goes_and_with_an_avis_whatever_hangs_on_it(store: Kept) -> None:
    half, two = a_state(1, ms=NOON - 200 * DAY), a_state(2, ms=NOON - 800 * DAY)
    await store.record([half, two, a_state(3)], contacts=dict.fromkeys(range(3), CAMILLE))
    assert await store.count_old({"contacts": "2026-05-22"}, 10) == {"contacts": {CARTE.id: 2}}
    await purged(store, {"commentaires": 12, "avis": 25})
    assert [await left(store, n) for n in (1, 2, 3)] == [CAMILLE, None, CAMILLE]
    gone = await purged(store, {"commentaires": 12, "avis": 25, "contacts": 6})
    assert gone == {"commentaires": 0, "avis": 0, "contacts": 1}
    assert [await left(store, n) for n in (1, 2, 3)] == [None, None, CAMILLE]
    assert await store.total() == 2


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_what_is_deleted_is_no_longer_in_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "avis.db")
    await store.open()
    await fill(store)
    await store.record([a_state()], contacts={0: CAMILLE})
    assert CAMILLE.encode() in bytes_in(tmp_path)
    await store.forget_contact(CARTE.id, a_state().cle)
    await store.forget()
    assert a_state().cle.encode() in bytes_in(tmp_path)
    assert CAMILLE.encode() not in bytes_in(tmp_path)
    await store.close()


# Read


async def test_the_latest_come_first_page_by_page_with_their_avis(store: Kept) -> None:
    batch = [a_state(n, ms=NOON + n * MINUTE, verbatim=f"n° {n}") for n in range(5)]
    batch.append(a_state(9, AILLEURS))
    await store.record(batch, contacts={n: f"{n}@exemple.fr" for n in (0, 1, 2, 4, 5)})
    first = await store.contacts(CARTE.id, 3)
    assert [each.coordonnees.courriel[0] for each in first] == ["4", "2", "1"]
    assert first[0].avis == batch[4]
    rest = await store.contacts(CARTE.id, 3, after=first[-1].place)
    assert [each.coordonnees for each in rest] == [kept_of(batch[0], "0@exemple.fr")]


# What costs nothing to those who leave none


async def test_in_sqlite_a_batch_without_an_address_is_one_statement(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "avis.db")
    await store.open()
    await fill(store)
    asked: list[str] = []  # each statement, and each one that a trigger does in its name
    store._file.con.set_trace_callback(asked.append)
    await store.record([a_state(1), a_state(2)])
    assert {said.partition("(")[0] for said in asked if "Store.record" in said} == {
        WRITE.partition("(")[0]
    }
    asked.clear()
    await store.record([a_state(3)], contacts={0: CAMILLE})
    assert any("insert into contact" in said for said in asked)
    store._file.con.set_trace_callback(None)
    await store.close()


async def test_postgresql_is_asked_once_for_a_batch_without_an_address(tmp_path: Path) -> None:
    store = PostgresEngine(tmp_path).connect()
    assert isinstance(store, PostgresStore)
    await store.open()
    await fill(store)
    asked: list[str] = []
    async with store._server.writing() as con:
        with con.query_logger(lambda said: asked.append(said.query)):
            await write(con, settle([a_state(1), a_state(2)], []))
            await write(con, settle([a_state(3)], [], contacts={0: CAMILLE}))
    ours = [said for said in asked if "Store." in said]  # a driver asks for types, the first time
    assert ours == [postgres_lot.WRITE, postgres_lot.WRITE, LEAVE]
    await store.close()


# Moved


async def test_addresses_move_with_a_copy(fresh: Kept, engine: Engine, tmp_path: Path) -> None:
    source = SqliteStore(tmp_path / "depart.db")
    await source.open()
    try:
        await fill(source)
        await source.record([a_state(1), a_state(2)], contacts={1: CAMILLE})
        await fresh.migrate()
        await engine.finish(fresh)
        await copy(source, fresh, lambda _: None)
        assert await fresh.contact(CARTE.id, a_state(2).cle) == kept_of(a_state(2))
        assert await fresh.count_contacts(CARTE.id) == 1
    finally:
        await source.close()
