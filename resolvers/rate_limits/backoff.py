"""Exponential backoff: waits that double with every failure, counted per key.

    policy = BackoffPolicy(free_attempts=5, decay_interval=900)
    [policy.wait_after(failures) for failures in (4, 5, 6, 60)]     # 0, 1, 2, 900 seconds

The library `limits` counts windows: all attempts of a window can be made at once, and the wait depends on the time in
the window. Hence this implementation.
"""

from collections.abc import Callable
from dataclasses import dataclass

from resolvers.lru_cache import LRUCache

Clock = Callable[[], float]
"""Returns seconds from an arbitrary start, such as `time.monotonic`."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """The first `free_attempts` failures cost nothing; the wait after the next is `initial` seconds, and doubles up to
    `maximum`. One failure is forgiven for every `decay_interval` seconds without a failure, so in the long run no more
    than one failure per interval is possible, however the attempts are spread.
    """

    free_attempts: int
    decay_interval: float
    initial: float = 1.0
    maximum: float = 900.0

    def wait_after(self, failures: int) -> float:
        """The seconds to wait after that many failures."""
        doublings = min(failures - self.free_attempts, 64)
        return 0.0 if doublings < 0 else min(self.initial * 2.0**doublings, self.maximum)


@dataclass(frozen=True, slots=True)
class FailureTally:
    """How often a key has failed, and when it last did."""

    failures: int
    last: float


class FailureCounter:
    """The failures of the `entries` keys that failed most recently: a flood of new keys evicts the oldest, and needs no
    more memory."""

    def __init__(self, policy: BackoffPolicy, clock: Clock, entries: int) -> None:
        self._policy, self._clock = policy, clock
        self._tallies: LRUCache[Key, FailureTally] = LRUCache(entries, entries)

    def count(self, key: Key) -> int:
        """The number of failures of the key that are not forgiven yet."""
        tally = self._tallies.get(key)
        if tally is None:
            return 0
        return max(0, tally.failures - int((self._clock() - tally.last) / self._policy.decay_interval))

    def wait(self, key: Key) -> float:
        """The seconds to wait that correspond to the current failures of the key."""
        return self._policy.wait_after(self.count(key))

    def remaining(self, key: Key, at_least: float = 0.0) -> float:
        """The seconds that the key must still wait; 0 if it may try. A key that has failed waits `at_least` that long
        after its last failure."""
        tally = self._tallies.get(key)
        if tally is None:
            return 0.0
        return max(0.0, tally.last + max(self._policy.wait_after(tally.failures), at_least) - self._clock())

    def add(self, key: Key) -> Callable[[], None]:
        """Count a failure. Returns a function that reverts it, as if it had never happened."""
        before = self._tallies.get(key)
        added = FailureTally(self.count(key) + 1, self._clock())
        self._tallies.put(key, added, 1)

        def revert() -> None:
            current = self._tallies.get(key)
            if current is added:
                self.put(key, before)
            elif current is not None:
                self.put(key, FailureTally(current.failures - 1, current.last))

        return revert

    def clear(self, key: Key) -> None:
        """Forget all failures of the key."""
        self._tallies.remove(key)

    def put(self, key: Key, tally: FailureTally | None) -> None:
        """Set the tally of the key; None for no failures."""
        if tally is None or tally.failures <= 0:
            self._tallies.remove(key)
        else:
            self._tallies.put(key, tally, 1)
