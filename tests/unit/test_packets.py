"""One packet an answer, whatever is written when, and nothing lost at the end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from collector.packets import Gathering

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Wire:
    """What reaches a transport, in order."""

    def __init__(self) -> None:
        self.seen: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.seen.append(data)

    def close(self) -> None:
        self.seen.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.seen


def over(wire: Wire) -> Any:
    return Gathering(cast(asyncio.Transport, wire), asyncio.get_running_loop())


async def test_a_head_and_its_body_are_one_packet() -> None:
    wire = Wire()
    gathering = over(wire)
    gathering.write(b"head")
    gathering.write(b"body")
    assert wire.seen == []
    await asyncio.sleep(0)
    assert wire.seen == [b"headbody"]


async def test_each_turn_of_the_loop_writes_what_it_was_given() -> None:
    wire = Wire()
    gathering = over(wire)
    for part in (b"one", b"two"):
        gathering.write(part)
        await asyncio.sleep(0)
    assert wire.seen == [b"one", b"two"]


async def test_what_was_written_leaves_before_the_end() -> None:
    wire = Wire()
    gathering = over(wire)
    gathering.write(b"last words")
    gathering.close()
    await asyncio.sleep(0)
    assert wire.seen == [b"last words", "closed"]


async def test_anything_else_is_asked_of_the_transport() -> None:
    wire = Wire()
    gathering = over(wire)
    assert not gathering.is_closing()
    gathering.close()
    assert gathering.is_closing()
