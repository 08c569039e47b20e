"""Where a list was left: what is not ours, or of another list, is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.cursor import Cursors, Left
from collector.asked.periode import Periode
from collector.asked.selection import Selection
from collector.errors import BadFilter

CURSORS = Cursors("un secret")
LEFT = Left(1, "2026-11-22T10:00:00.000Z", "019a9b3c-5d00-7a10-8b20-0123456789ab", "2026-11-23")
ALL = Selection((1, 2), notes=(("effort", frozenset({1, 2, 3})),))
OTHERS = [
    Selection((1,), notes=ALL.notes),
    Selection((1, 2)),
    Selection((1, 2), notes=(("effort", frozenset({1, 2})),)),
    Selection((1, 2), notes=ALL.notes, statut="tous"),
    Selection((1, 2), Periode(date(2026, 1, 1), date(2026, 1, 1)), notes=ALL.notes),
]


def test_a_cursor_leads_back_to_where_the_list_was_left() -> None:
    assert CURSORS.read(CURSORS.write(LEFT, ALL, "jeton 1"), ALL, "jeton 1") == LEFT
    again = Cursors("un secret")
    assert again.read(CURSORS.write(LEFT, ALL, "jeton 1"), ALL, "jeton 1") == LEFT


@pytest.mark.parametrize("other", OTHERS)
def test_a_cursor_of_another_filter_is_refused(other: Selection) -> None:
    with pytest.raises(BadFilter):
        CURSORS.read(CURSORS.write(LEFT, other, "jeton 1"), ALL, "jeton 1")


def test_a_cursor_of_somebody_else_or_of_another_server_is_refused() -> None:
    for written in (
        CURSORS.write(LEFT, ALL, "jeton 2"),
        Cursors("un autre").write(LEFT, ALL, "jeton 1"),
    ):
        with pytest.raises(BadFilter):
            CURSORS.read(written, ALL, "jeton 1")


@given(st.text() | st.text(alphabet="abc.=-_", max_size=60))
def test_whatever_was_not_written_here_is_refused(curseur: str) -> None:
    with pytest.raises(BadFilter):
        CURSORS.read(curseur, ALL, "jeton 1")


def test_a_cursor_that_was_changed_is_refused() -> None:
    curseur = CURSORS.write(LEFT, ALL, "jeton 1")
    for i in range(len(curseur)):
        other = curseur[:i] + ("A" if curseur[i] != "A" else "B") + curseur[i + 1 :]
        with pytest.raises(BadFilter):
            CURSORS.read(other, ALL, "jeton 1")
