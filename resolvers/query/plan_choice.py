"""Chooses between the two statements of a selection, the usual one and that for large organizations, by what they took.

The usual statement has a generic plan, made once per session for values of average frequency: right for almost every
page, and wrong for an organization of 300 times the average size, or for a rare kind of event. The other has more
subqueries, each for an index of its own, and a plan for the values of the execution, which costs a millisecond or more
each time. So an organization gets the usual statement until that turns out slow; then the other is tried, and the
faster one is kept, with a look at the slower one now and then.
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

REPEAT_AFTER: Final = 200
REPEAT_SHARE: Final = 0.1
"""After so many executions of one statement, the other is tried again, because data and values change; but not before
that takes less than this share of the time that they took."""

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
    """Both statements. `since` counts the executions since the slower one was last tried, and `spent` their seconds.

    What a list with a filter takes depends on the value: a word that many names contain fills a page at once, and one
    that is in none is looked for in all of them. The statement for large organizations has ways for both. So
    `by_worst`, it is better if it can be faster than the slowest execution of the usual one."""

    by_worst: bool
    usual: _Seconds = field(default_factory=_Seconds)
    large: _Seconds = field(default_factory=_Seconds)
    since: int = 0
    spent: float = 0.0

    def taken(self, seconds: _Seconds) -> float:
        """What a statement is judged by."""
        return seconds.most if self.by_worst and seconds is self.usual else seconds.least

    @property
    def is_repeated(self) -> bool:
        """Whether it is time to try the slower statement again."""
        if self.since < REPEAT_AFTER:
            return False
        return max(self.taken(self.usual), self.taken(self.large)) <= REPEAT_SHARE * self.spent


class PlanChoices:
    """What statements took, by organization. It holds entries only for those that were slow."""

    def __init__(self) -> None:
        self._entries: LRUCache[Key, _Entry] = LRUCache(_MAX_ENTRIES, _MAX_SIZE)

    def is_large(self, key: Key) -> bool:
        """Returns whether the next execution should be that of the statement for large organizations."""
        entry = self._entry(key)
        if entry is None or not entry.usual.are_enough:
            return False
        if not entry.large.are_enough:
            return True
        faster = entry.taken(entry.large) < entry.taken(entry.usual)
        return faster is not entry.is_repeated

    def record(self, key: Key, taken: float, *, large: bool) -> None:
        """Records the seconds that an execution took in the database, without the wait for a connection."""
        entry = self._entry(key)
        if entry is None:
            if large or taken < SLOW_SECONDS:
                return
            entry = _Entry(by_worst=filters_rows(key[1].parts))
            self._entries.put(key, entry, key[1].size)
        entry.since, entry.spent = (0, 0.0) if entry.is_repeated else (entry.since + 1, entry.spent + taken)
        seconds = entry.large if large else entry.usual
        seconds.recent.append(taken)
        if not large and seconds.are_enough and entry.taken(seconds) < SLOW_SECONDS:
            self._entries.remove(key)

    def _entry(self, key: Key) -> _Entry | None:
        # Where no statement is slow, not even the hash of the key is needed.
        return self._entries.get(key) if len(self._entries) else None
