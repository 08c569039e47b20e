"""Of the hosts that an address names, the one that takes writes.

All are asked at once: a machine that is gone does not refuse, it is silent, and must not keep us
from the one that was promoted in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from collector.store.contract import StoreError
from collector.store.postgres_said import REFUSALS, said

Made: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def one_by_one(address: str) -> list[str]:
    """An address for each host, which asks for one that takes writes unless it says otherwise."""
    if "target_session_attrs" not in address:
        mark = "&" if urlsplit(address).query else "?"
        address = f"{address}{mark}target_session_attrs=read-write"
    place = urlsplit(address).netloc
    who, at, hosts = place.rpartition("@")
    scheme, _, rest = address.partition("://")
    after = rest.removeprefix(place)
    return [f"{scheme}://{who}{at}{host}{after}" for host in hosts.split(",")]


def named(address: str) -> str:
    """An address without user, password and parameters, for messages."""
    parts = urlsplit(address)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


async def first(addresses: Sequence[str], connect: Callable[[str], Awaitable[Made]]) -> Made:
    """The connection that is made first. Raises StoreError, with the reason of each host."""

    async def ask(address: str) -> Made | str:
        try:
            return await connect(address)
        except (*REFUSALS, ValueError) as error:  # ValueError: a port that is no number
            return f"{named(address)} ne répond pas : {said(error)}."

    asked = [asyncio.ensure_future(ask(address)) for address in addresses]
    reasons: list[str] = []
    chosen: Made | None = None
    try:
        for each in asyncio.as_completed(asked):
            answer = await each
            if not isinstance(answer, str):
                chosen = answer
                return chosen
            reasons.append(answer)
    finally:
        for task in asked:
            task.cancel()
        for late in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(late, asyncpg.Connection) and late is not chosen:
                late.terminate()
    raise StoreError(" ".join(reasons))
