"""Where avis are kept: one contract, an engine for each kind of address."""

from __future__ import annotations

from collector.config import Settings
from collector.store.contract import Store, StoreError
from collector.store.sqlite import SqliteStore

NO_DRIVER = "PostgreSQL demande un pilote : pip install 'je-donne-mon-avis[postgres]'."


def make_store(settings: Settings) -> Store:
    """The store of `settings.database`, not opened yet. Raises StoreError without its driver."""
    if settings.sqlite_path:
        return SqliteStore(settings.sqlite_path)
    try:
        from collector.store.postgres import PostgresStore
    except ImportError:
        raise StoreError(NO_DRIVER) from None
    return PostgresStore(settings.database, settings.unsafe_database)
