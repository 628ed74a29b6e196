"""Plans a policy diff before any row is read: which actions differ between two versions, and for which profiles.

Profiles whose routes are equal in both versions are omitted, so they cost no query. The others are grouped by equal
routes. Only a route that no route of the other version covers can make a difference.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from authz.actor import Traits
from authz.assignable import Assignable, assignable
from authz.language.ast import Source
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.routes import Route, routes, without_covered
from models import Base
from resolvers.policy_analysis.actor_table import TraitProfile


class Direction(StrEnum):
    """Whether an actor may do more under the new version, or less."""

    GAINED = "GAINED"
    LOST = "LOST"


@dataclass(frozen=True)
class RouteDelta:
    """All routes of the version that allows more (`routes`), and all routes of the other version (`other_routes`).

    `moving` are those of `routes` that may lead to rows to which no route of `other_routes` does.
    """

    routes: tuple[Route, ...]
    other_routes: tuple[Route, ...]
    same_permissions: bool

    @cached_property
    def moving(self) -> tuple[Route, ...]:
        """Returns the routes that can make a difference."""
        return tuple(
            route for route in self.routes if not any(self._covers(other, route) for other in self.other_routes)
        )

    def _covers(self, other: Route, route: Route) -> bool:
        return route.covered_by(other) and (other.assignable_scope is None or self.same_permissions)


@dataclass(frozen=True)
class ProfileChange:
    """The change of one action for the actors with `profiles`: the differing routes, by direction."""

    profiles: tuple[int, ...]
    sides: tuple[tuple[Direction, RouteDelta], ...]


@dataclass(frozen=True)
class ActionChange:
    """An action on a type that differs for some actors."""

    action: str
    model: type[Base]
    changes: tuple[ProfileChange, ...]

    def rules(self, direction: Direction) -> list[tuple[Source, ...]]:
        """Returns the rules of all routes that make a difference, in a fixed order: the index of each is its number."""
        deltas = [delta for change in self.changes for side, delta in change.sides if side is direction]
        return sorted({route.sources for delta in deltas for route in delta.moving})


def changed_actions(old: Policy, new: Policy, profiles: Sequence[TraitProfile]) -> list[ActionChange]:
    """Returns all actions that differ for some of `profiles`."""
    by_key: defaultdict[tuple[object, ...], list[TraitProfile]] = defaultdict(list)
    for profile in profiles:
        # The key holds what routes depend on: routes are compiled once for all profiles with the same key.
        traits = profile.traits
        by_key[*((policy.relevant(traits), _assignable(policy, traits, bare=True)) for policy in (old, new))].append(
            profile
        )
    groups = list(by_key.values())
    changes = [
        ActionChange(action.value, model, _changes(old, new, groups, action.value, model))
        for model, actions in ACTIONS.items()
        for action in actions
    ]
    return [policy for policy in changes if policy.changes]


def _changes(
    old: Policy, new: Policy, groups: Sequence[Sequence[TraitProfile]], action: str, model: type[Base]
) -> tuple[ProfileChange, ...]:
    by_routes: defaultdict[tuple[tuple[Route, ...], tuple[Route, ...], bool], list[int]] = defaultdict(list)
    for profiles in groups:
        before, after = (without_covered(routes(policy, profiles[0].traits, action, model)) for policy in (old, new))
        flagged = any(route.assignable_scope for route in (*before, *after))
        by_same: defaultdict[bool, list[int]] = defaultdict(list)
        for profile in profiles:
            same = not flagged or _assignable(old, profile.traits) == _assignable(new, profile.traits)
            by_same[same].append(profile.number)
        for same, numbers in by_same.items():
            by_routes[before, after, same] += numbers
    changes = []
    for (before, after, same), numbers in by_routes.items():
        sides = (Direction.GAINED, RouteDelta(after, before, same)), (Direction.LOST, RouteDelta(before, after, same))
        moving = tuple((direction, side) for direction, side in sides if side.moving)
        if moving:
            changes.append(ProfileChange(tuple(numbers), moving))
    return tuple(changes)


def _assignable(policy: Policy, traits: Traits, *, bare: bool = False) -> Assignable | None:
    """Returns what actors with `traits` may assign; with `bare`, without permissions."""
    scope = assignable(policy, traits)
    return replace(scope, permissions=frozenset()) if scope and bare else scope
