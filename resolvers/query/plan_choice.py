"""Chooses between the two statements of a selection, the usual one and that for large organizations, by what they took.

The usual statement has a generic plan, made once per session for values of average frequency: right for almost every
page, and wrong for an organization of 300 times the average size, or for a rare kind of event. The other has more
subqueries, each for an index of its own, and a plan for the values of the execution, which costs a millisecond or more
each time. So an organization gets the usual statement until that turns out slow; then the other is tried, and is kept
if it is much faster, with a look at the slower one now and then, ever more rarely.
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from authz.access import Access
from resolvers.lru_cache import LRUCache
from resolvers.query.selection import Selection, filters_rows

SLOW_SECONDS: Final = 0.005
"""A usual statement that takes longer than this may be the wrong one. The first execution in a session includes
planning, so it is judged by the fastest of `RECENT`, or at once if it takes `VERY_SLOW_SECONDS`; one with a filter by
the slowest."""

VERY_SLOW_SECONDS: Final = 0.2
RECENT: Final = 3

TIMES_FASTER: Final = 2
"""The statement for large organizations is used where it is so many times faster. What a statement takes varies with
the load: of two that are about the same, the slower one would be chosen every other time."""

REPEAT_AFTER: Final = 200
MOST_REPEAT_AFTER: Final = 12_800
REPEAT_SHARE: Final = 0.02
"""After so many executions of one statement, the other is tried again, because data and values change; but not before
that takes less than this share of the time that they took. Each trial that changes nothing doubles the number."""

_MAX_ENTRIES: Final = 10_000
_MAX_SIZE: Final = 16_000_000

Key = tuple[Access, Selection, UUID | None, Hashable]
"""What is selected, by actors of which traits, of which organization, and in which variant of the statement."""


class _Seconds:
    """What the most recent executions of a statement took."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=RECENT)

    @property
    def are_enough(self) -> bool:
        """Whether the statement can be judged by them."""
        return len(self.recent) == RECENT or max(self.recent, default=0) >= VERY_SLOW_SECONDS

    @property
    def least(self) -> float:
        """What the fastest took."""
        return min(self.recent, default=0.0)

    @property
    def most(self) -> float:
        """What the slowest took."""
        return max(self.recent, default=0.0)


@dataclass(slots=True)
class _Entry:
    """Both statements. `tried` counts the executions of that for large organizations that began; `since` counts all
    executions since the slower one was last tried, and `spent` their seconds. After `wait`, it is tried again.

    What a list with a filter takes depends on the value: a word that many names contain fills a page at once, and one
    that is in none is looked for in all of them. The statement for large organizations has ways for both. So
    `by_worst`, it is better if it can be faster than the slowest execution of the usual one."""

    by_worst: bool
    usual: _Seconds = field(default_factory=_Seconds)
    large: _Seconds = field(default_factory=_Seconds)
    tried: int = 0
    since: int = 0
    spent: float = 0.0
    wait: int = REPEAT_AFTER

    def taken(self, seconds: _Seconds) -> float:
        """What a statement is judged by."""
        return seconds.most if self.by_worst and seconds is self.usual else seconds.least

    @property
    def prefers_large(self) -> bool:
        """Whether the statement for large organizations is known to be so much faster that it is used."""
        return self.large.are_enough and TIMES_FASTER * self.taken(self.large) < self.taken(self.usual)

    @property
    def is_slow(self) -> bool:
        """Whether the usual statement is known to be slow."""
        return self.usual.are_enough and self.taken(self.usual) >= SLOW_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it is time to try the slower statement again."""
        slower = max(self.taken(self.usual), self.taken(self.large))
        return self.since > self.wait and slower <= REPEAT_SHARE * self.spent

    def choose_large(self) -> bool:
        """Returns whether the next execution is that for large organizations, and counts it as begun."""
        self.since += 1
        if self.is_slow and self.tried < RECENT and not self.large.are_enough:
            large = True
        elif self.is_due:
            large = not self.prefers_large and self.is_slow
            self.since, self.spent, self.wait = 0, 0.0, min(2 * self.wait, MOST_REPEAT_AFTER)
        else:
            large = self.prefers_large
        self.tried += large
        return large

    def record(self, taken: float, *, large: bool) -> None:
        """Records the seconds that an execution took."""
        preferred = self.prefers_large
        (self.large if large else self.usual).recent.append(taken)
        self.spent += taken
        if self.prefers_large is not preferred:
            self.wait = REPEAT_AFTER


class PlanChoices:
    """What statements took, by organization. It holds entries only for those that were slow."""

    def __init__(self) -> None:
        self._entries: LRUCache[Key, _Entry] = LRUCache(_MAX_ENTRIES, _MAX_SIZE)

    def choose_large(self, key: Key) -> bool:
        """Returns whether the next execution is that of the statement for large organizations, and counts it as begun.
        The calling code must run it, and record what it took."""
        entry = self._entry(key)
        return entry is not None and entry.choose_large()

    def record(self, key: Key, taken: float, *, large: bool) -> None:
        """Records the seconds that an execution took in the database, without the wait for a connection."""
        entry = self._entry(key)
        if entry is None:
            if large or taken < SLOW_SECONDS:
                return
            entry = _Entry(by_worst=filters_rows(key[1].parts))
            self._entries.put(key, entry, key[1].size)
        entry.record(taken, large=large)

    def _entry(self, key: Key) -> _Entry | None:
        # Where no statement is slow, not even the hash of the key is needed.
        return self._entries.get(key) if len(self._entries) else None
