"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.world import World, a_world

# How long an example takes says how busy the machine is, and nothing of what is tried.
hypothesis.settings.register_profile("sans délai", deadline=None)
hypothesis.settings.load_profile("sans délai")


@pytest.fixture(autouse=True, scope="session")
def nothing_is_deleted_unasked() -> Iterator[None]:
    """A collector in this process, by a clock that is moved, does its daily round when it is asked
    to; one in a process of its own does it by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collector.privacy.daily.FIRST", 3_600.0)
        yield


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A collector in this process, on a new database."""
    with a_world(tmp_path) as made:
        yield made
