"""Token buckets: so many a minute, a burst, and nothing that could be read as a log."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.limits import KEY_SECONDS, AddressLimit, Limit


class Seconds:
    """A monotonic clock that tests move by hand."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def taken(limit: Limit, key: str, tries: int) -> int:
    """How many of so many tries at one instant are let in."""
    return sum(limit.seconds_to_wait(key) == 0 for _ in range(tries))


def test_a_burst_goes_through_and_the_next_one_waits(seconds: Seconds) -> None:
    limit = Limit(30, 10, seconds)
    assert taken(limit, "a", 10) == 10
    assert limit.seconds_to_wait("a") == 2
    assert taken(limit, "b", 12) == 10


def test_a_bucket_fills_again_with_time_and_never_beyond_the_burst(seconds: Seconds) -> None:
    limit = Limit(30, 10, seconds)
    taken(limit, "a", 10)
    seconds.now += 1.9
    assert taken(limit, "a", 5) == 0
    seconds.now += 0.1
    assert taken(limit, "a", 5) == 1
    seconds.now += 10
    assert taken(limit, "a", 10) == 5
    seconds.now += 100_000
    assert taken(limit, "a", 50) == 10


def test_asking_too_early_costs_nothing_more(seconds: Seconds) -> None:
    limit = Limit(60, 1, seconds)
    assert limit.seconds_to_wait("a") == 0
    for _ in range(100):
        assert limit.seconds_to_wait("a") == 1
    seconds.now += 1
    assert limit.seconds_to_wait("a") == 0


def test_zero_a_minute_is_no_limit(seconds: Seconds) -> None:
    assert taken(Limit(0, 1, seconds), "a", 1_000) == 1_000


rates = st.integers(1, 10_000)
bursts = st.integers(1, 60)
instants = st.floats(0, 1e8)


@given(rate=rates, burst=bursts, start=instants)
def test_the_burst_is_exactly_what_the_setting_says(rate: int, burst: int, start: float) -> None:
    assert taken(Limit(rate, burst, Seconds(start)), "a", burst + 3) == burst


@given(rate=rates, burst=bursts, start=instants)
def test_whoever_waits_as_told_is_let_in(rate: int, burst: int, start: float) -> None:
    seconds = Seconds(start)
    limit = Limit(rate, burst, seconds)
    taken(limit, "a", burst)
    for _ in range(5):
        if wait := limit.seconds_to_wait("a"):
            seconds.now += wait
            assert limit.seconds_to_wait("a") == 0


@given(rate=rates, burst=bursts, pauses=st.lists(st.floats(0, 120), max_size=60))
def test_over_any_time_no_more_than_the_burst_and_the_rate_go_through(
    rate: int, burst: int, pauses: list[float]
) -> None:
    seconds = Seconds()
    limit = Limit(rate, burst, seconds)
    through = 0
    for pause in pauses:
        seconds.now += pause
        through += limit.seconds_to_wait("a") == 0
    assert through <= burst + rate * (seconds.now - 1_000) / 60 + 1e-6


def test_the_key_unseen_for_longest_is_forgotten_first(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 3)
    limit = Limit(1, 1, seconds)
    for key in ("a", "b", "c"):
        assert limit.seconds_to_wait(key) == 0
    assert limit.seconds_to_wait("a") == 60  # seen again: "b" is the oldest now
    assert limit.seconds_to_wait("d") == 0
    assert limit.seconds_to_wait("a") > 0
    assert limit.seconds_to_wait("c") > 0
    assert limit.seconds_to_wait("d") > 0
    assert limit.seconds_to_wait("b") == 0


def test_memory_has_a_ceiling(seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 100)
    limit = Limit(1, 1, seconds)
    for i in range(1_000):
        limit.seconds_to_wait(str(i))
    assert sum(1 for each in reachable(limit) if isinstance(each, str) and each.isdigit()) == 100


def reachable(start: object) -> Iterator[object]:
    """Everything an object keeps alive, short of modules, classes and functions."""
    seen: dict[int, object] = {}
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type) or hasattr(each, "__globals__"):
            continue
        seen[id(each)] = each
        waiting += gc.get_referents(each)
        if isinstance(each, dict):  # which does not refer to its keys when all are text
            waiting += each
    return iter(seen.values())


ADDRESS = "203.0.113.7"


def kept(limit: AddressLimit) -> str:
    return " ".join(repr(each) for each in reachable(limit) if isinstance(each, str | bytes))


def test_an_address_is_limited_and_another_is_not(seconds: Seconds) -> None:
    limit = AddressLimit(30, 2, seconds)
    assert [limit.seconds_to_wait(ADDRESS) for _ in range(3)] == [0, 0, 2]
    assert limit.seconds_to_wait("2001:db8::7") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::7", "2001:0DB8:0001:0002::7", True),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("unix:1", "unix:2", False),
        ("", "testclient", False),
    ],
)
def test_an_ipv6_address_counts_by_its_64_first_bits(
    seconds: Seconds, one: str, other: str, same: bool
) -> None:
    limit = AddressLimit(30, 1, seconds)
    assert limit.seconds_to_wait(one) == 0
    assert limit.seconds_to_wait(other) == (2 if same else 0)
    assert limit.seconds_to_wait(one) == 2


def test_no_address_is_kept(seconds: Seconds) -> None:
    limit = AddressLimit(30, 2, seconds)
    limit.seconds_to_wait(ADDRESS)
    assert ADDRESS not in kept(limit)
    assert ADDRESS.encode().hex() not in kept(limit)
    in_clear = Limit(30, 2, seconds)
    in_clear.seconds_to_wait(ADDRESS)
    assert any(each == ADDRESS for each in reachable(in_clear))  # the same search does find it


def test_two_servers_do_not_call_an_address_the_same(seconds: Seconds) -> None:
    digests = []
    for _ in range(2):
        limit = AddressLimit(30, 2, seconds)
        limit.seconds_to_wait(ADDRESS)
        digests.append({e for e in reachable(limit) if isinstance(e, bytes) and len(e) == 16})
    assert len(digests[0]) == len(digests[1]) == 1
    assert digests[0] != digests[1]


def test_after_a_day_the_key_is_another_and_all_is_forgotten(seconds: Seconds) -> None:
    limit = AddressLimit(1, 1, seconds)
    assert limit.seconds_to_wait(ADDRESS) == 0
    before = {e for e in reachable(limit) if isinstance(e, bytes)}
    seconds.now += KEY_SECONDS
    assert limit.seconds_to_wait(ADDRESS) == 0
    assert before.isdisjoint(e for e in reachable(limit) if isinstance(e, bytes))


def test_within_the_day_the_key_stays(seconds: Seconds) -> None:
    limit = AddressLimit(1, 100_000, seconds)
    limit.seconds_to_wait(ADDRESS)
    before = {e for e in reachable(limit) if isinstance(e, bytes)}
    seconds.now += KEY_SECONDS - 1
    limit.seconds_to_wait(ADDRESS)
    assert before == {e for e in reachable(limit) if isinstance(e, bytes)}
