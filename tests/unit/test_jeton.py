"""The time token: for which bouton, since when, and by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import JetonExpired, JetonInvalid, JetonMissing
from collector.jeton import Jetons

HOUR = 3_600_000
NOW = 1_795_341_600_000
JETONS = Jetons("un-secret", 24)
codes = st.text("23456789bcdfghjkmnpqrstvwxz", min_size=4, max_size=16)
instants = st.integers(0, 2**45)


@given(bouton=codes, opened=instants, open_ms=st.integers(-HOUR, 24 * HOUR))
def test_a_jeton_says_when_its_form_was_opened(bouton: str, opened: int, open_ms: int) -> None:
    assert JETONS.read(JETONS.sign(bouton, opened), bouton, opened + open_ms) == opened


@given(bouton=codes, other=codes, opened=instants)
def test_a_jeton_is_good_for_its_bouton_only(bouton: str, other: str, opened: int) -> None:
    if bouton != other:
        with pytest.raises(JetonInvalid):
            JETONS.read(JETONS.sign(bouton, opened), other, opened)


@given(opened=instants, at=st.integers(0, 200), by=st.characters(codec="utf-8"))
def test_one_changed_character_is_enough_to_make_it_invalid(opened: int, at: int, by: str) -> None:
    jeton = JETONS.sign("k7f3q2", opened)
    at %= len(jeton)
    changed = jeton[:at] + by + jeton[at + 1 :]
    if changed != jeton:
        with pytest.raises(JetonInvalid):
            JETONS.read(changed, "k7f3q2", opened)


@given(jeton=st.text(min_size=1))
def test_anything_else_is_invalid(jeton: str) -> None:
    with pytest.raises(JetonInvalid):
        JETONS.read(jeton, "k7f3q2", NOW)


@pytest.mark.parametrize("jeton", [None, ""])
def test_none_at_all_is_said_to_be_missing(jeton: str | None) -> None:
    with pytest.raises(JetonMissing):
        JETONS.read(jeton, "k7f3q2", NOW)


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_it_expires_a_millisecond_after_its_hours(hours: int) -> None:
    jetons = Jetons("un-secret", hours)
    jeton = jetons.sign("k7f3q2", NOW)
    assert jetons.read(jeton, "k7f3q2", NOW + hours * HOUR) == NOW
    with pytest.raises(JetonExpired) as refused:
        jetons.read(jeton, "k7f3q2", NOW + hours * HOUR + 1)
    assert refused.value.data == {"heures": hours}


def test_another_secret_is_another_collector() -> None:
    with pytest.raises(JetonInvalid):
        JETONS.read(Jetons("un-autre", 24).sign("k7f3q2", NOW), "k7f3q2", NOW)


def test_it_fits_where_the_schema_wants_it() -> None:
    jeton = JETONS.sign("k" * 16, 2**45)
    assert len(jeton) <= 200
    assert jeton.isascii()
    assert "k" * 16 not in jeton
