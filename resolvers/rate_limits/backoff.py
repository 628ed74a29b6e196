"""Waits that grow with every failure: how long, by whom, and remembered for how many.

    waits = Waits(free=5, pardon=900)
    waits.after(4), waits.after(5), waits.after(6), waits.after(60)     # 0, 1, 2, 900 seconds

The library `limits` counts windows: there all tries of a window can be spent at once, and who comes late in it waits as
long as who comes early. So this is our own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from resolvers.lru_cache import LRUCache

Clock = Callable[[], float]
"""Seconds from some moment on, such as `time.monotonic`."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """Of so many failures the first `free` cost nothing; the wait after the next is `first` seconds and doubles up to
    `longest`. A failure is pardoned for every `pardon` seconds in which none came, so that in the long run no more than
    one in that time can be had, however the tries are spread.
    """

    free_attempts: int
    decay_interval: float
    first: float = 1.0
    longest: float = 900.0

    def after(self, failures: int) -> float:
        """The seconds to wait after so many failures."""
        doublings = min(failures - self.free_attempts, 64)
        return 0.0 if doublings < 0 else min(self.first * 2.0**doublings, self.longest)


@dataclass(frozen=True, slots=True)
class FailureTally:
    """How often a key has failed, and when it did last."""

    failures: int
    last: float


class FailureCounter:
    """The failures of the keys that failed last, `entries` of them at most: a flood of new keys makes the oldest
    forgotten, and takes no more memory."""

    def __init__(self, waits: BackoffPolicy, clock: Clock, entries: int) -> None:
        self._waits, self._clock = waits, clock
        self._tallies: LRUCache[Key, FailureTally] = LRUCache(entries, entries)

    def count(self, key: Key) -> int:
        """How many failures of the key are not pardoned yet."""
        tally = self._tallies.get(key)
        if tally is None:
            return 0
        return max(0, tally.failures - int((self._clock() - tally.last) / self._waits.decay_interval))

    def wait(self, key: Key) -> float:
        """The seconds of wait that the failures of the key are worth now."""
        return self._waits.after(self.count(key))

    def left(self, key: Key, at_least: float = 0.0) -> float:
        """The seconds that the key has still to wait; 0 when it may try. A key that has failed waits `at_least` so long
        after its last failure."""
        tally = self._tallies.get(key)
        if tally is None:
            return 0.0
        return max(0.0, tally.last + max(self._waits.after(tally.failures), at_least) - self._clock())

    def add(self, key: Key) -> Callable[[], None]:
        """Count a failure. What is returned takes it back, as if it had never been."""
        before = self._tallies.get(key)
        added = FailureTally(self.count(key) + 1, self._clock())
        self._tallies.put(key, added, 1)

        def take_back() -> None:
            now = self._tallies.get(key)
            if now is added:
                self._put(key, before)
            elif now is not None:
                self._put(key, FailureTally(now.failures - 1, now.last))

        return take_back

    def clear(self, key: Key) -> None:
        """Forget all failures of the key."""
        self._tallies.drop(key)

    def _put(self, key: Key, tally: FailureTally | None) -> None:
        if tally is None or tally.failures <= 0:
            self._tallies.drop(key)
        else:
            self._tallies.put(key, tally, 1)
