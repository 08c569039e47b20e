"""The soak of tests/bench, for a moment; and what it would say of a server that leaks or loses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench.soak import MOST_WAL, Sample, Soak, broken, report, soak
from tests.watch import Vitals


def test_two_seconds_of_mixed_load_lose_nothing(tmp_path: Path) -> None:
    found = soak(tmp_path, 2)
    assert broken(found) == []
    assert len(found.told) > 10
    assert set(found.answers) >= {"avis", "questions", "formulaire", "envoi", "widget"}
    assert any("Mo par heure" in line for line in report(found))


def seen(files: int = 20, wal: int = 4_000_000) -> list[Sample]:
    """A minute in which the number of open files goes from 20 to `files`."""
    return [
        Sample(second, Vitals(60.0, 20 + (files - 20) * second // 59, 3), wal, 0, 0)
        for second in range(60)
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Soak(seen(files=80)), "open files: "),
        (Soak(seen(wal=MOST_WAL + 1)), "the log of the database grew to 67,108,865 bytes"),
        (Soak(seen(), refused=Counter({"avis: 503": 2})), "refused: avis: 503, 2 times"),
        (Soak(seen(), lost=["a was acknowledged, and is stored as None"]), "a was acknowledged"),
    ],
)
def test_what_is_broken_is_said(found: Soak, said: str) -> None:
    (told,) = broken(found)
    assert told.startswith(said)


def test_a_quiet_minute_breaks_nothing() -> None:
    assert broken(Soak(seen(files=26))) == []
