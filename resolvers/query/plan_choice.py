"""Chooses between the two statements of a selection, the usual one and that for large organizations, by what they took.

The usual statement has a generic plan, made once per session for values of average frequency: right for almost every
page, and wrong for an organization of 300 times the average size, or for a rare kind of event. The other has more
subqueries, each for an index of its own, and a plan for the values of the execution, which costs a millisecond or more
each time. So an organization gets the usual statement until that turns out slow; then the other is tried, and is kept
if it is much faster, with a look at the slower one now and then, ever more rarely.

In an organization that is known to be large, lists begin with the other statement, because the usual one can take
seconds. The usual one is then tried for a short time only: if it takes longer, it is ended, and the other one runs.
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from authz.access import Access
from resolvers.lru_cache import LRUCache
from resolvers.query.selection import Selection, filters_rows, has_connection

SLOW_SECONDS: Final = 0.005
"""A usual statement that takes longer than this may be the wrong one. The first execution in a session includes
planning, so it is judged by the fastest of `RECENT`, or at once if it takes `VERY_SLOW_SECONDS`; one with a filter by
the slowest."""

VERY_SLOW_SECONDS: Final = 0.2
RECENT: Final = 3

TIMES_FASTER: Final = 2
"""The statement that a selection doesn't begin with is used where it is so many times faster. What a statement takes
varies with the load: of two that are about the same, the slower one would be chosen every other time."""

REPEAT_AFTER: Final = 200
MOST_REPEAT_AFTER: Final = 12_800
REPEAT_SHARE: Final = 0.02
"""After so many executions of one statement, the other is tried again, because data and values change; but not before
that takes less than this share of the time that they took. Each trial that changes nothing doubles the number."""

_MAX_ENTRIES: Final = 10_000
_MAX_SIZE: Final = 16_000_000

Key = tuple[Access, Selection, UUID | None, Hashable]
"""What is selected, by actors of which traits, of which organization, and in which variant of the statement."""


class Choice(NamedTuple):
    """Whether to execute the statement for large organizations; and if not, after how many seconds to end the usual one
    and to execute that instead, if it is only tried. `entry` is what the choice was made by, if anything is known."""

    large: bool
    most_seconds: float | None = None
    entry: "_Entry | None" = None


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
    """Both statements. `tried` counts the executions of the one that the selection doesn't begin with, as long as it is
    unknown; `since` counts all executions since the slower one was last tried, and `spent` their seconds. After `wait`,
    it is tried again.

    What a list with a filter takes depends on the value: a word that many names contain fills a page at once, and one
    that is in none is looked for in all of them. The statement for large organizations has ways for both. So
    `by_worst`, it is better if it can be faster than the slowest execution of the usual one."""

    by_worst: bool
    begins_large: bool = False
    usual: _Seconds = field(default_factory=_Seconds)
    large: _Seconds = field(default_factory=_Seconds)
    tried: int = 0
    since: int = 0
    spent: float = 0.0
    wait: int = REPEAT_AFTER
    prefers_large: bool = field(init=False)
    """Whether the statement for large organizations is used."""

    def __post_init__(self) -> None:
        self.prefers_large = self.begins_large

    def taken(self, seconds: _Seconds) -> float:
        """What a statement is judged by."""
        return seconds.most if self.by_worst and seconds is self.usual else seconds.least

    def _is_large_better(self) -> bool:
        """Whether to use the statement for large organizations: the one that the selection doesn't begin with must be
        known to be much faster than the other."""
        usual, large = self.taken(self.usual), self.taken(self.large)
        if self.begins_large:
            return not self.usual.are_enough or TIMES_FASTER * usual >= large
        return self.large.are_enough and TIMES_FASTER * large < usual

    @property
    def is_questioned(self) -> bool:
        """Whether the other statement than the first may be worth a trial."""
        if self.begins_large:
            return self.large.are_enough
        return self.usual.are_enough and self.taken(self.usual) >= SLOW_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it is time to try the slower statement again."""
        if self.since <= self.wait:
            return False
        return max(self.taken(self.usual), self.taken(self.large)) <= REPEAT_SHARE * self.spent

    def choose(self) -> Choice:
        """Returns which statement is executed next, and counts the execution as begun."""
        self.since += 1
        other = self.usual if self.begins_large else self.large
        large = self.prefers_large
        if self.tried < RECENT and self.is_questioned and not other.are_enough:
            self.tried += 1
            large = not self.begins_large
        elif self.is_due:
            self.since, self.spent, self.wait = 0, 0.0, min(2 * self.wait, MOST_REPEAT_AFTER)
            large = not large and self.is_questioned
        return Choice(large, VERY_SLOW_SECONDS if self.prefers_large and not large else None, self)

    def record(self, taken: float, *, large: bool) -> None:
        """Records the seconds that an execution took."""
        (self.large if large else self.usual).recent.append(taken)
        self.spent += taken
        preferred, self.prefers_large = self.prefers_large, self._is_large_better()
        if self.prefers_large is not preferred:
            self.wait = REPEAT_AFTER


class PlanChoices:
    """What statements took, by organization. It holds entries only for those that were slow, or whose organization is
    large."""

    def __init__(self) -> None:
        self._entries: LRUCache[Key, _Entry] = LRUCache(_MAX_ENTRIES, _MAX_SIZE)

    def choose(self, key: Key, *, sees_much: bool = False) -> Choice:
        """Chooses the statement of the next execution, and counts it as begun. `sees_much` says that the organization
        is known to be large. The calling code must run it, and record what it took."""
        entry = self._entry(key)
        return Choice(sees_much and has_connection(key[1].parts)) if entry is None else entry.choose()

    def record(self, key: Key, choice: Choice, taken: float) -> None:
        """Records the seconds that the chosen execution took in the database, without the wait for a connection."""
        entry, large = choice.entry or self._entry(key), choice.large
        if entry is None:
            if not large and taken < SLOW_SECONDS:
                return
            entry = _Entry(by_worst=filters_rows(key[1].parts), begins_large=large)
            self._entries.put(key, entry, key[1].size)
        entry.record(taken, large=large)

    def _entry(self, key: Key) -> _Entry | None:
        # Where no statement is slow, not even the hash of the key is needed.
        return self._entries.get(key) if len(self._entries) else None
