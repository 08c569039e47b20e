"""Servers to be measured: the program as whoever installs it starts it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests import world
from tests.world import JDMA, Server, Where


@contextlib.contextmanager
def a_server(where: Where, port: int | None = None, **given: str) -> Iterator[Server]:
    with world.a_server(where, port, JDMA, **given) as server:
        yield server
