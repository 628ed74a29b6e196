"""Counts attempts in windows of time, in this process's memory, with the library `limits`."""

import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from math import ceil

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from resolvers.errors import ErrorCode, MutationRejected, Problem

ENTRIES = 20_000
"""The maximum number of counts of one kind."""

Count = tuple[RateLimitItem, tuple[str, ...]]
"""A limit, and the key of its count: its kind, then its owner."""


class RateLimited(MutationRejected):
    """Rejected (RATE_LIMITED) for the next `seconds` seconds."""

    def __init__(self, seconds: float, path: tuple[str, ...] = ()) -> None:
        self.seconds = max(1, ceil(seconds))
        message = f"Too many attempts. Try again in {_span(self.seconds)}."
        super().__init__(Problem(ErrorCode.RATE_LIMITED, message, path, self.seconds))


class BoundedMemory(MemoryStorage):
    """The library's counts in memory, limited to `ENTRIES`: the oldest is evicted."""

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; see the library."""
        count = super().incr(key, expiry, amount)
        # The library's own thread may remove an expired count first: then there is nothing left to remove.
        for oldest in list(islice(self.storage, max(0, len(self.storage) - ENTRIES))):
            self.clear(oldest)
        return count


class Counts:
    """The counts of one process, by kind."""

    def __init__(self) -> None:
        # One storage per kind of count, so that a flood of one kind evicts no count of another.
        self._storages: defaultdict[str, BoundedMemory] = defaultdict(BoundedMemory)

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
