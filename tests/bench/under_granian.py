"""Our application for another server's command line; the database is named by the environment."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from collector.app import create_app
from collector.serve import prepare, spare_the_collector
from collector.store.sqlite import SqliteStore
from tests.bench.ingest import LIMITS
from tests.world import settings

_STORE = SqliteStore(Path(os.environ["JDMA_TEST_DATABASE"]))


async def _open() -> None:
    await _STORE.open()
    await prepare(_STORE)


asyncio.run(_open())
app = create_app(settings(**LIMITS), _STORE)
spare_the_collector()
