"""All active users as actors at once: the traits that occur among them, and a table with a row for each of them.

Users of equal traits have one *profile*, numbered from 1. What a profile may do is compiled once for all of its users;
statements join the table `actors`, where each user stands with the number of their profile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.actor import ActorKind, Traits
from authz.assignable import assignable
from authz.policy import Policy
from authz.reach import ActorColumns, Route, routes
from models import Audience, Base, Permission
from resolvers.signed_in import active_users, traits_of


class UserGroup(StrEnum):
    """What kind of user somebody is, as summaries tell them apart: their audience, and whether they manage users."""

    STAFF = "STAFF"
    ORGANIZATION_ADMIN = "ORGANIZATION_ADMIN"
    ORGANIZATION_USER = "ORGANIZATION_USER"
    DELIVERY_ADMIN = "DELIVERY_ADMIN"
    DELIVERY_USER = "DELIVERY_USER"


@dataclass(frozen=True, slots=True)
class Profile:
    """Traits that some users have, how many they are, and the text by which the database knows the traits again."""

    number: int
    traits: Traits
    users: int
    key: str

    @property
    def group(self) -> UserGroup:
        """The kind of user that has these traits."""
        return group_of(self.traits)


def group_of(traits: Traits) -> UserGroup:
    """The kind of user that has `traits`."""
    if traits.kind is ActorKind.STAFF:
        return UserGroup.STAFF
    admin = Permission.USER_MANAGEMENT in traits.permissions
    if traits.audience is Audience.DELIVERY:
        return UserGroup.DELIVERY_ADMIN if admin else UserGroup.DELIVERY_USER
    return UserGroup.ORGANIZATION_ADMIN if admin else UserGroup.ORGANIZATION_USER


async def profiles(connection: AsyncConnection, organization: UUID | None = None) -> list[Profile]:
    """The profiles of all active users; with `organization`, of its own users and the staff only.

    What is asked about them later must see the same users: use one transaction whose reads are repeatable.
    """
    user = _users(organization)
    key = _key(user)
    traits = user.c.staff, user.c.audience, user.c.all_contract_accounts, user.c.all_delivery_accounts
    counted = select(*traits, user.c.permissions, key.label("key"), func.count().label("users"))
    rows = await connection.execute(counted.group_by(*traits, user.c.permissions).order_by(key))
    return [Profile(number, traits_of(row), row.users, row.key) for number, row in enumerate(rows, 1)]


def by_route(policy: Policy, found: Iterable[Profile], action: str, model: type[Base]) -> Mapping[Route, list[int]]:
    """The routes by which users with the profiles `found` may do `action` to rows of `model`, each with the numbers of
    the profiles that have it."""
    ways: defaultdict[Route, list[int]] = defaultdict(list)
    for profile in found:
        for route in routes(policy, profile.traits, action, model):
            ways[route].append(profile.number)
    return dict(ways)


def _users(organization: UUID | None) -> Any:
    user = active_users().cte("users_with_traits")
    if organization is None:
        return user
    mine = or_(user.c.organization_id == literal(organization, Uuid()), user.c.staff)
    return select(user).where(mine).cte("users_of_one_organization")


def _key(user: Any) -> ColumnElement[str]:
    flags = user.c.staff, user.c.all_contract_accounts, user.c.all_delivery_accounts
    words = func.array_to_string(user.c.permissions, ",")
    return func.concat_ws(" ", *(cast(flag, Text) for flag in flags), user.c.audience, words, type_=Text)


@dataclass(frozen=True, slots=True)
class Actors:
    """The table of all actors with their profiles. `policies` are those whose routes are asked for with it."""

    table: CTE
    policies: tuple[Policy, ...]

    def columns(self, row: Any, policy: Policy) -> ActorColumns:
        """What a condition of `policy` needs of `row`: the table, an alias of it, or a subquery with its columns."""
        return ActorColumns(row.c.id, row.c.organization_id, self.permissions(row, policy))

    def permissions(self, row: Any, policy: Policy) -> ColumnElement[list[str]]:
        """The permissions that the actor may give by `policy`, an array of text."""
        return func.string_to_array(row.c[_gives(self.policies.index(policy))], ",", type_=ARRAY(Text))


def actors(found: Sequence[Profile], policies: Sequence[Policy], organization: UUID | None = None) -> Actors:
    """A table with the columns `id`, `organization_id`, `profile` and `user_group`, one row for each user with one of
    the profiles `found`, which `profiles` gave for the same `organization`."""
    user = _users(organization)
    given = [[_assignable(policy, each.traits) for each in found] for policy in policies]
    arrays = [
        _array("profile_keys", [each.key for each in found]),
        _array("profile_groups", [str(each.group) for each in found]),
        *(_array(f"profile_{_gives(index)}", words) for index, words in enumerate(given)),
    ]
    names = ["key", "user_group", *(_gives(index) for index in range(len(policies)))]
    profile = func.unnest(*arrays).table_valued(
        *(column(name, Text) for name in names), with_ordinality="number", name="profile"
    )
    profile = profile.render_derived()
    table = (
        select(user.c.id, user.c.organization_id, cast(profile.c.number, Integer).label("profile"))
        .add_columns(*(profile.c[name] for name in names[1:]))
        .select_from(user.join(profile, profile.c.key == _key(user)))
        .cte("actors")
        .prefix_with("MATERIALIZED")
    )
    return Actors(table, tuple(policies))


def _gives(index: int) -> str:
    return f"gives_{index}"


def _array(name: str, words: list[str]) -> ColumnElement[Any]:
    return bindparam(name, words, ARRAY(Text), unique=False)


def _assignable(policy: Policy, traits: Traits) -> str:
    gives = assignable(policy, traits)
    return "" if gives is None else ",".join(sorted(gives.permissions))


def has_profile(row: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether the actor in `row` has one of the profiles with these numbers."""
    known: ColumnElement[bool] = row.c.profile == any_(literal(sorted(numbers), ARRAY(Integer)))
    return known
