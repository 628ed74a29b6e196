"""Counts attempts in windows of time, in this process's memory, with the library `limits`.

What a server counts is in the database (`resolvers/rate_limits/database_counts.py`), which asks this module which of
several attempts is one too many.
"""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from resolvers.errors import ErrorCode, MutationRejected, Problem

ENTRIES = 20_000
"""The maximum number of counts of one kind."""

Count = tuple[RateLimitItem, tuple[str, ...]]
"""A limit, and the key of its count: its kind, then its owner."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that is attempted `number` times, each of which all of `counts` count; `path` is where it is rejected
    if that is too often."""

    counts: Sequence[Count]
    path: tuple[str, ...] = ()
    number: int = 1


class RateLimited(MutationRejected):
    """Rejected (RATE_LIMITED) for the next `seconds` seconds."""

    def __init__(self, seconds: float, path: tuple[str, ...] = ()) -> None:
        self.seconds = max(1, ceil(seconds))
        message = f"Too many attempts. Try again in {_span(self.seconds)}."
        super().__init__(Problem(ErrorCode.RATE_LIMITED, message, path, self.seconds))


@dataclass
class _Window:
    """How often a key was counted in the window of time that ends at `ends_at`."""

    count: int
    ends_at: float


class BoundedMemory(Storage):
    """The library's counts in memory, limited to `ENTRIES`: the oldest is evicted.

    Unlike the library's own memory, it needs no threads: a window that has ended counts as none.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        super().__init__()
        self._entries = entries
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount`, and return the count of the window, which ends `expiry` seconds after it began."""
        window = self._window(key)
        if window is None:
            window = self._windows[key] = _Window(0, time.time() + expiry)
        window.count += amount
        while len(self._windows) > self._entries:
            self._windows.popitem(last=False)
        return window.count

    def decr(self, key: str, amount: int = 1) -> int:
        """Uncount `amount`, and return the count of the window. A window without a count has ended."""
        window = self._window(key)
        if window is None or window.count <= amount:
            self.clear(key)
            return 0
        window.count -= amount
        return window.count

    def get(self, key: str) -> int:
        """The count of the window; 0 if there is none."""
        window = self._window(key)
        return window.count if window else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds of `time.time`; now if there is none."""
        window = self._window(key)
        return window.ends_at if window else time.time()

    def check(self) -> bool:
        """Whether the storage is available."""
        return True

    def reset(self) -> int:
        """Forget everything, and return how many keys that were."""
        number = len(self._windows)
        self._windows.clear()
        return number

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._windows.pop(key, None)

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of the storage: none is raised."""
        return ValueError

    def _window(self, key: str) -> _Window | None:
        window = self._windows.get(key)
        if window is not None and window.ends_at <= time.time():
            del self._windows[key]
            return None
        return window

    def put(self, key: str, count: int, seconds: float) -> None:
        """Set the count of a window that ends in so many seconds."""
        self._windows[key] = _Window(count, time.time() + seconds)


class Counts:
    """The counts of one process, by kind."""

    def __init__(self) -> None:
        # One storage per kind of count, so that a flood of one kind evicts no count of another.
        self._storages: defaultdict[str, BoundedMemory] = defaultdict(BoundedMemory)

    def put(self, count: Count, number: int, seconds: float) -> None:
        """Set a count whose window ends in so many seconds."""
        item, key = count
        self._storages[key[0]].put(item.key_for(*key), number, seconds)

    def take_all(self, attempts: Sequence[Attempt]) -> None:
        """Count all attempts. Raises `RateLimited` at the path of the first that is one too many, and counts none."""
        for index, attempt in enumerate(attempts):
            try:
                self.take(*attempt.counts, path=attempt.path, cost=attempt.number)
            except RateLimited:
                self.give_back_all(attempts[:index])
                raise

    def give_back_all(self, attempts: Sequence[Attempt]) -> None:
        """Uncount the attempts."""
        for attempt in attempts:
            self.give_back(attempt.counts, attempt.number)

    def problems(self, attempts: Sequence[Attempt]) -> list[Problem | None]:
        """For each attempt, its problem (RATE_LIMITED) if it is one too many after those before it that aren't. Counts
        nothing."""
        taken: list[Attempt] = []
        problems: list[Problem | None] = []
        for attempt in attempts:
            try:
                self.take_all([attempt])
            except RateLimited as limited:
                problems += limited.problems
            else:
                taken.append(attempt)
                problems.append(None)
        self.give_back_all(taken)
        return problems

    def check(self, *counts: Count) -> None:
        """Raise `RateLimited` if one more would be too many. Counts nothing."""
        for item, key in counts:
            limiter = FixedWindowRateLimiter(self._storages[key[0]])
            if not limiter.test(item, *key):
                raise RateLimited(limiter.get_window_stats(item, *key).reset_time - time.time())

    def take(self, *counts: Count, path: tuple[str, ...] = (), cost: int = 1) -> Sequence[Count]:
        """Add `cost` to all counts, and return them. Raises `RateLimited` at `path`, and adds nothing, if one of them
        would exceed its limit."""
        taken: list[Count] = []
        for item, key in counts:
            limiter = FixedWindowRateLimiter(self._storages[key[0]])
            taken.append((item, key))
            if not limiter.hit(item, *key, cost=cost):
                self.give_back(taken, cost)
                raise RateLimited(limiter.get_window_stats(item, *key).reset_time - time.time(), path)
        return taken

    def give_back(self, counts: Sequence[Count], cost: int = 1) -> None:
        """Subtract `cost` from the counts."""
        for item, key in counts:
            self._storages[key[0]].decr(item.key_for(*key), cost)


def _span(seconds: int) -> str:
    if seconds < 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
