"""Every engine in turn: an empty database, and a store on it with `tests.world`'s démarches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.serve import prepare
from collector.store.contract import Store
from tests.store.engines import ENGINES, Engine


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty database."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
async def fresh(engine: Engine) -> AsyncIterator[Store]:
    """An open store on an empty database."""
    store = engine.connect()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    """An open store with three démarches and three boutons."""
    engine.fill()
    store = engine.connect()
    await store.open()
    await prepare(store)
    await engine.finish(store)
    yield store
    await store.close()
