"""Counts in windows of time: they end by themselves, without a thread."""

import threading

import pytest
from limits import RateLimitItemPerMinute

from resolvers.rate_limits.counting import BoundedMemory, Counts, RateLimited

LIMIT = RateLimitItemPerMinute(3, 1)
COUNT = (LIMIT, ("kind", "owner"))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds = [1_000.0]
    monkeypatch.setattr("time.time", lambda: seconds[0])
    return seconds


def test_counting_starts_no_thread() -> None:
    before = threading.active_count()
    counts = Counts()
    for _ in range(3):
        counts.give_back(counts.take(COUNT))
    assert threading.active_count() == before


def test_a_window_begins_with_its_first_count_and_ends_by_itself(now: list[float]) -> None:
    counts = Counts()
    for _ in range(3):
        counts.take(COUNT)
        now[0] += 10
    with pytest.raises(RateLimited) as limited:
        counts.take(COUNT)
    assert limited.value.seconds == 30
    now[0] += 30
    counts.take(COUNT)


def test_uncounting_never_goes_below_zero_or_begins_a_window(now: list[float]) -> None:
    memory = BoundedMemory()
    assert (memory.decr("key"), memory.get("key")) == (0, 0)
    assert (memory.incr("key", 60, 2), memory.decr("key"), memory.decr("key", 5)) == (2, 1, 0)
    now[0] += 60
    assert (memory.decr("key"), memory.reset()) == (0, 0)
