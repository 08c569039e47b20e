"""Every engine in turn: an empty database, and a store on it with `tests.world`'s démarches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.serve import prepare
from collector.store.contract import Store
from tests.store.engines import ENGINES, Engine
from tests.world import AILLEURS, CACHEE, CARTE, COURRIEL, FIN, LONGUE, VILLE


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
async def store(fresh: Store, engine: Engine) -> Store:
    """An open store with three démarches and three boutons."""
    await prepare(fresh)
    await engine.finish(fresh)
    await fresh.add_structure(VILLE)
    for demarche in (CARTE, LONGUE, CACHEE):
        await fresh.add_demarche(demarche)
    for bouton in (FIN, COURRIEL, AILLEURS):
        await fresh.add_bouton(bouton)
    return fresh
