"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A collector in this process, on a new database."""
    with a_world(tmp_path) as made:
        yield made
