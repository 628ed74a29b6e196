"""The diff of two versions of the policy on live data, as one result: all counts, and some of the changes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from authz.policy import Policy
from resolvers.policy_analysis.capability_diff import CapabilityChange
from resolvers.policy_analysis.deciding_rule import DecidingRules, NamedRule
from resolvers.policy_analysis.diff import AccessChange, ChangeCount, count_changes, list_changes, prepare
from resolvers.policy_analysis.diff_plan import ActionChange, Direction

T = TypeVar("T")
Steps = Sequence[CapabilityChange | ActionChange]

SUMS: dict[str, Callable[[ChangeCount], str]] = {
    "action": lambda change: change.action if change.model is None else f"{change.action} {change.model.__name__}",
    "organization": lambda change: change.organization or "the platform's own",
    "kind": lambda change: change.group.value,
}
"""The keys by which changes are totalled, beside their rules."""


@dataclass(frozen=True)
class DiffResult:
    """All counts, and some of the changes."""

    counts: list[ChangeCount]
    listed: list[AccessChange]
    deciding: Mapping[Direction, DecidingRules]

    def total(self, direction: Direction) -> int:
        """The number of pairs of actor and resource that were gained, or lost."""
        return sum(count.pairs for count in self.counts if count.direction is direction)

    def rule(self, change: ChangeCount | AccessChange) -> NamedRule | None:
        """The rule that decided; None for a change without rules."""
        return self.deciding[change.direction].decide(change.rules)

    def way(self, change: ChangeCount) -> tuple[NamedRule, ...]:
        """The whole way through the rules, outermost first."""
        return tuple(map(self.deciding[change.direction].name, change.rules))

    def crossing(self, direction: Direction) -> int:
        """The same, if the actor is of another organization than the resource."""
        return sum(count.pairs for count in self.counts if count.direction is direction and count.crosses)

    def sums(self, by: Callable[[ChangeCount], T]) -> list[tuple[T, int, int]]:
        """Name, number gained and number lost, for each value of `by`; largest first."""
        totals: dict[T, Counter[Direction]] = {}
        for count in self.counts:
            totals.setdefault(by(count), Counter())[count.direction] += count.pairs
        rows = [(name, total[Direction.GAINED], total[Direction.LOST]) for name, total in totals.items()]
        return sorted(rows, key=lambda row: (-row[1] - row[2], str(row[0])))


def _untracked(steps: Steps) -> Iterable[CapabilityChange | ActionChange]:
    return steps


async def compare_on_live_data(
    connection: AsyncConnection,
    old: Policy,
    new: Policy,
    limit: int,
    *,
    track: Callable[[Steps], Iterable[CapabilityChange | ActionChange]] = _untracked,
    write: Callable[[DiffResult, AccessChange], object] | None = None,
) -> DiffResult:
    """Counts all changes, and lists `limit` gained and `limit` lost ones. `track` sees the steps go by. `write` is
    called with every change, whatever the limit. Needs a transaction with repeatable reads, to get one snapshot."""
    deciding = {Direction.GAINED: DecidingRules(new, old), Direction.LOST: DecidingRules(old, new)}
    result = DiffResult([], [], deciding)
    prepared = await prepare(connection, old, new)
    room = dict.fromkeys(Direction, limit)
    for step in track(prepared.changes):
        counts = await count_changes(connection, prepared, step)
        result.counts.extend(counts)
        if not counts or (write is None and not any(room.values())):
            continue
        async for change in list_changes(connection, prepared, step, None if write else limit):
            if room[change.direction]:
                room[change.direction] -= 1
                result.listed.append(change)
            if write:
                write(result, change)
    return result
