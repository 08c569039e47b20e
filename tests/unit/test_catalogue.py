"""What is configured, in memory: at most a second old, and there when the store is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector import catalogue as catalogue_module
from collector.catalogue import FRESH_SECONDS, Live, shipped_questionnaires, shipped_texts
from collector.domain import Catalogue
from collector.store.contract import StoreError
from collector.store.sqlite import SqliteStore
from tests.world import FIN, fill

pytestmark = pytest.mark.anyio

IN_TIME = 5  # seconds: nothing here takes that long unless it hangs


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Watched(SqliteStore):
    """A store that counts what it is asked for, and can go away or fall silent."""

    away = False
    silent: asyncio.Event | None = None  # until it is set, no answer
    asked: tuple[int, int] = (0, 0)  # versions, catalogues

    async def catalogue_version(self) -> int:
        self.asked = (self.asked[0] + 1, self.asked[1])
        if self.silent is not None:
            await self.silent.wait()
        if self.away:
            raise StoreError("away")
        return await super().catalogue_version()

    async def load_catalogue(self) -> Catalogue:
        self.asked = (self.asked[0], self.asked[1] + 1)
        if self.away:
            raise StoreError("away")
        return await super().load_catalogue()


class Moved:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def a_store(folder: Path) -> Watched:
    store = Watched(folder / "avis.db")
    await store.open()
    await fill(store)
    store.asked = (0, 0)
    return store


async def test_a_second_is_served_from_memory(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    first = await live.get()
    clock.now += FRESH_SECONDS / 2
    assert await live.get() is first
    assert store.asked == (0, 1)
    await store.close()


async def test_a_change_shows_after_a_second_and_is_read_once(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    before = await live.get()
    await store.set_bouton_ouvert(FIN.code, False)
    assert (await live.get()).boutons[FIN.code].ouvert
    clock.now += FRESH_SECONDS
    after = await live.get()
    assert not after.boutons[FIN.code].ouvert
    assert after.version > before.version
    clock.now += FRESH_SECONDS
    assert await live.get() is after
    assert store.asked == (2, 2)
    await store.close()


async def test_a_change_made_here_shows_at_once(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    await live.get()
    await store.set_bouton_ouvert(FIN.code, False)
    live.look_again()
    assert not (await live.get()).boutons[FIN.code].ouvert
    await live.get()
    assert store.asked == (1, 2)
    await store.close()


async def test_without_a_change_only_the_version_is_asked_for(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    first = await live.get()
    for _ in range(5):
        clock.now += FRESH_SECONDS
        assert await live.get() is first
    assert store.asked == (5, 1)
    await store.close()


async def test_the_last_picture_serves_while_the_store_is_away(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    first = await live.get()
    store.away = True
    clock.now += FRESH_SECONDS
    assert await live.get() is first
    store.away = False
    await store.set_bouton_ouvert(FIN.code, False)
    clock.now += FRESH_SECONDS
    assert not (await live.get()).boutons[FIN.code].ouvert
    await store.close()


async def test_a_store_that_is_silent_is_asked_once_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "PATIENCE_SECONDS", 0.01)
    store, clock = await a_store(tmp_path), Moved()
    live = Live(store, clock)
    first = await live.get()
    await store.set_bouton_ouvert(FIN.code, False)
    store.silent = asyncio.Event()
    for _ in range(3):
        clock.now += FRESH_SECONDS
        async with asyncio.timeout(IN_TIME):
            assert await live.get() is first
    assert store.asked == (1, 1)
    # What it says at last is not lost, and is asked for again afterwards.
    store.silent.set()
    assert live._looking is not None
    await asyncio.wait_for(live._looking, IN_TIME)
    assert store.asked == (1, 2)
    clock.now += FRESH_SECONDS
    assert not (await live.get()).boutons[FIN.code].ouvert
    assert store.asked == (2, 2)
    await store.close()


async def test_a_store_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    store = await a_store(tmp_path)
    store.away = True
    live = Live(store, Moved())
    with pytest.raises(StoreError):
        await live.get()
    store.away = False
    assert FIN.code in (await live.get()).boutons
    await store.close()


def test_the_shipped_questionnaires_are_known_by_their_id() -> None:
    shipped = shipped_questionnaires()
    assert set(shipped) == set(shipped_texts()) >= {"standard-1", "satisfaction-seule-1"}
    assert all(id == questionnaire.id for id, questionnaire in shipped.items())
