"""What PostgreSQL says when it does not do something, in the words of the Store contract."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from collector.store.contract import BatchError, StoreError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

# What comes of two transactions that want the same rows.
_MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Again(BatchError):
    """Somebody else wrote the same rows at the same time: doing it over may work."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say what PostgreSQL says in the words of the contract."""
    try:
        yield
    except _MET as error:
        raise Again(said(error)) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise BatchError(said(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreError(said(error)) from error


def said(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
