"""Annotations, on every engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.annotation import MOST, Annotation
from collector.exchange.copying import copy
from collector.store.sqlite import SqliteStore
from tests.store.engines import Engine, Kept
from tests.world import CARTE, LONGUE, fill

pytestmark = pytest.mark.anyio

MADE = "2026-11-22T10:00:00.000Z"
NOUVELLE = Annotation(0, CARTE.id, "2026-03-01", "Nouvelle version en ligne", "compte 1", MADE)


async def read(store: Kept, du: str = "2026-01-01", au: str = "2026-12-31") -> list[str]:
    return [each.texte for each in await store.annotations(CARTE.id, du, au)]


async def test_an_annotation_is_read_among_those_of_its_period(store: Kept) -> None:
    later = NOUVELLE._replace(jour="2026-05-12", texte="Campagne par courriel")
    await store.add_annotation(later)
    id = await store.add_annotation(NOUVELLE)
    assert await store.annotation(CARTE.id, id) == NOUVELLE._replace(id=id)
    assert await read(store) == [NOUVELLE.texte, later.texte]
    assert await read(store, "2026-03-01", "2026-03-01") == [NOUVELLE.texte]
    assert await read(store, "2026-03-02", "2026-05-11") == []


async def test_it_changes_and_goes(store: Kept) -> None:
    id = await store.add_annotation(NOUVELLE)
    assert await store.change_annotation(CARTE.id, id, "2026-03-02", "Version 2")
    changed = NOUVELLE._replace(id=id, jour="2026-03-02", texte="Version 2")
    assert await store.annotation(CARTE.id, id) == changed
    assert await store.remove_annotation(CARTE.id, id)
    assert await read(store) == []
    assert not await store.change_annotation(CARTE.id, id, "2026-03-02", "Version 3")
    assert not await store.remove_annotation(CARTE.id, id)


async def test_no_demarche_reaches_those_of_another(store: Kept) -> None:
    id = await store.add_annotation(NOUVELLE)
    assert await store.annotation(LONGUE.id, id) is None
    assert await store.annotations(LONGUE.id, "2026-01-01", "2026-12-31") == []
    assert not await store.change_annotation(LONGUE.id, id, "2026-03-02", "À moi")
    assert not await store.remove_annotation(LONGUE.id, id)
    assert await read(store) == [NOUVELLE.texte]


async def test_of_too_many_the_last_are_read(store: Kept) -> None:
    for i in range(MOST + 1):
        await store.add_annotation(NOUVELLE._replace(texte=f"n° {i}"))
    assert await read(store) == [f"n° {i}" for i in range(1, MOST + 1)]


async def test_they_move_with_a_copy_and_numbers_go_on(
    fresh: Kept, engine: Engine, tmp_path: Path
) -> None:
    source = SqliteStore(tmp_path / "depart.db")
    await source.open()
    try:
        await fill(source)
        kept = [await source.add_annotation(NOUVELLE) for _ in range(2)]
        await fresh.migrate()
        await engine.finish(fresh)
        await copy(source, fresh, lambda _: None)
        assert await fresh.annotations(CARTE.id, "2026-01-01", "2026-12-31") == (
            await source.annotations(CARTE.id, "2026-01-01", "2026-12-31")
        )
        assert await fresh.add_annotation(NOUVELLE) not in kept
    finally:
        await source.close()
