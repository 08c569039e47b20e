"""What PostgreSQL says when it does not do something, in the words of the Store contract."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from collector.store.contract import BatchError, StoreError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

# All that comes of a server that does not do what it is asked. Client errors are of a family of
# their own: a standby where a primary is wanted, an answer that is no answer.
REFUSALS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)

# What comes of two transactions that want the same rows.
_MET = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Again(BatchError):
    """Somebody else wrote the same rows at the same time: doing it over may work."""


@contextlib.contextmanager
def met() -> Iterator[None]:
    """Raise Again for what doing it over may mend, and let everything else be."""
    try:
        yield
    except _MET as error:
        raise Again(said(error)) from error


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say what PostgreSQL says in the words of the contract."""
    try:
        with met():
            yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise BatchError(said(error)) from error
    except REFUSALS as error:
        raise StoreError(said(error)) from error


def said(error: Exception) -> str:
    """The reason alone, without a full stop, and without what was written: it ends in logs."""
    match error:
        case asyncpg.DataError() | asyncpg.IntegrityConstraintViolationError():
            # Their words quote the value, their detail the whole row.
            constraint = getattr(error, "constraint_name", None)
            return f"{type(error).__name__}{f' ({constraint})' if constraint else ''}"
        case asyncpg.TargetServerAttributeNotMatched():
            return "serveur en lecture seule"
        case TimeoutError():
            return "pas de réponse à temps"
        case asyncpg.PostgresError() if error.args:
            return str(error.args[0]).strip().rstrip(".")
    return str(error).strip().rstrip(".") or type(error).__name__
