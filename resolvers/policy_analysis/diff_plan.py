"""What differs between two versions of the policy, before any row is looked at: per action and type, for which actors.

Profiles whose routes mean the same in both versions are left out, so that nothing is asked of the database about them.
The others are taken together by equal routes. Only those routes can bring a difference that no route of the other
version covers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from authz.actor import Traits
from authz.assignable import Assignable, assignable
from authz.model.resources import ACTIONS
from authz.policy import Policy
from authz.predicates.nodes import Source
from authz.routes import Route, routes, without_covered
from models import Base
from resolvers.policy_analysis.actor_table import TraitProfile


class Direction(StrEnum):
    """Whether somebody may do more by the new version, or less."""

    GAINED = "GAINED"
    LOST = "LOST"


@dataclass(frozen=True)
class RouteDelta:
    """What actors have by one version (`here`) and not by the other (`there`): both in full.

    `moving` are the routes of `here` that may lead somewhere where those of `there` do not.
    """

    here: tuple[Route, ...]
    there: tuple[Route, ...]
    same_permissions: bool

    @cached_property
    def moving(self) -> tuple[Route, ...]:
        """The routes that can make a difference."""
        return tuple(route for route in self.here if not any(self._covers(other, route) for other in self.there))

    def _covers(self, other: Route, route: Route) -> bool:
        return route.covered_by(other) and (other.assignable_scope is None or self.same_permissions)


@dataclass(frozen=True)
class ProfileChange:
    """An action on a type that differs for the actors with `profiles`. By which routes, by direction."""

    profiles: tuple[int, ...]
    sides: tuple[tuple[Direction, RouteDelta], ...]


@dataclass(frozen=True)
class ActionChange:
    """An action on a type that differs for some actors."""

    action: str
    model: type[Base]
    changes: tuple[ProfileChange, ...]

    def rules(self, direction: Direction) -> list[tuple[Source, ...]]:
        """The rules of all routes that make a difference, in a fixed order: the place of each is its number."""
        ways = {
            route.sources for change in self.changes for found, side in change.sides if found is direction
            for route in side.moving
        }  # fmt: skip
        return sorted(ways)


def changed_actions(old: Policy, new: Policy, profiles: Sequence[TraitProfile]) -> list[ActionChange]:
    """All actions that differ for some of `profiles`."""
    alike: defaultdict[tuple[object, ...], list[TraitProfile]] = defaultdict(list)
    for profile in profiles:
        # What routes depend on: they are made once for all profiles that are alike in it.
        traits = profile.traits
        alike[*((each.relevant(traits), _gives(each, traits, bare=True)) for each in (old, new))].append(profile)
    kin = list(alike.values())
    found = [
        ActionChange(action.value, model, _changes(old, new, kin, action.value, model))
        for model, actions in ACTIONS.items()
        for action in actions
    ]
    return [each for each in found if each.changes]


def _changes(
    old: Policy, new: Policy, kin: Sequence[Sequence[TraitProfile]], action: str, model: type[Base]
) -> tuple[ProfileChange, ...]:
    alike: defaultdict[tuple[tuple[Route, ...], tuple[Route, ...], bool], list[int]] = defaultdict(list)
    for profiles in kin:
        before, after = (without_covered(routes(each, profiles[0].traits, action, model)) for each in (old, new))
        flagged = any(route.assignable_scope for route in (*before, *after))
        by_same: defaultdict[bool, list[int]] = defaultdict(list)
        for profile in profiles:
            same = not flagged or _gives(old, profile.traits) == _gives(new, profile.traits)
            by_same[same].append(profile.number)
        for same, numbers in by_same.items():
            alike[before, after, same] += numbers
    changes = []
    for (before, after, same), numbers in alike.items():
        sides = (Direction.GAINED, RouteDelta(after, before, same)), (Direction.LOST, RouteDelta(before, after, same))
        moving = tuple((direction, side) for direction, side in sides if side.moving)
        if moving:
            changes.append(ProfileChange(tuple(numbers), moving))
    return tuple(changes)


def _gives(policy: Policy, traits: Traits, *, bare: bool = False) -> Assignable | None:
    """What they may give; with `bare`, apart from permissions."""
    gives = assignable(policy, traits)
    return replace(gives, permissions=frozenset()) if gives and bare else gives
