"""Where avis are kept: one contract, an engine for each kind of address."""

from __future__ import annotations

from collector.config import Settings
from collector.store.contract import Store
from collector.store.sqlite import SqliteStore


def make_store(settings: Settings) -> Store:
    """The store of `settings.database`, not opened yet."""
    return SqliteStore(settings.sqlite_path)
