"""Builds a table of all active users as actors, and the profiles of traits that occur among them.

Users with equal traits share a *profile*, numbered from 1. Decisions are compiled once per profile; statements join the
table `actors`, which has each user with the number of their profile. API clients are included on request: `who-can`
lists users only, a policy diff compares clients as well.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.actor import ActorKind, Traits
from authz.assignable import assignable
from authz.policy import Policy
from authz.routes import ActorColumns, Route, routes
from models import PLATFORM, ApiClient, Audience, Base, Permission, Scope
from resolvers.callers.load_actor import active_users, traits_of


class UserGroup(StrEnum):
    """The kinds of user in summaries: by audience, and by whether they may manage users.

    API clients are a separate kind.
    """

    STAFF = "STAFF"
    ORGANIZATION_ADMIN = "ORGANIZATION_ADMIN"
    ORGANIZATION_USER = "ORGANIZATION_USER"
    DELIVERY_ADMIN = "DELIVERY_ADMIN"
    DELIVERY_USER = "DELIVERY_USER"
    API_CLIENT = "API_CLIENT"


@dataclass(frozen=True, slots=True)
class TraitProfile:
    """Traits that occur among users, the number of users who have them, and the text that identifies them in SQL."""

    number: int
    traits: Traits
    users: int
    key: str

    @property
    def group(self) -> UserGroup:
        """Returns the kind of user that has these traits."""
        return user_group(self.traits)


def user_group(traits: Traits) -> UserGroup:
    """Returns the kind of user that has `traits`."""
    if traits.kind is ActorKind.STAFF:
        return UserGroup.STAFF
    if traits.kind is ActorKind.CLIENT:
        return UserGroup.API_CLIENT
    admin = Permission.USER_MANAGEMENT in traits.permissions
    if traits.audience is Audience.DELIVERY:
        return UserGroup.DELIVERY_ADMIN if admin else UserGroup.DELIVERY_USER
    return UserGroup.ORGANIZATION_ADMIN if admin else UserGroup.ORGANIZATION_USER


async def load_profiles(
    connection: AsyncConnection, organization: UUID | None = None, *, clients: bool = False
) -> list[TraitProfile]:
    """Loads the profiles of all active users; with `organization`, only of its users and the staff.

    With `clients`, includes their API clients that are not revoked, also those that may not act under the current
    policy: another one may let them. Later statements must see the same users: use one repeatable-read transaction.
    """
    user = _users(organization, clients)
    key = _key(user)
    flags = user.c.staff, user.c.audience, user.c.all_contract_accounts, user.c.all_delivery_accounts
    traits = *flags, user.c.permissions, user.c.scopes
    counted = select(*traits, key.label("key"), func.count().label("users"))
    rows = await connection.execute(counted.group_by(*traits).order_by(key))
    return [TraitProfile(number, _traits(row), row.users, row.key) for number, row in enumerate(rows, 1)]


def _traits(row: Row[*tuple[Any, ...]]) -> Traits:
    traits = traits_of(row)
    if row.scopes is None:
        return traits
    return replace(traits, kind=ActorKind.CLIENT, scopes=frozenset(map(Scope, row.scopes)))


def group_by_route(
    policy: Policy, profiles: Iterable[TraitProfile], action: str, model: type[Base]
) -> Mapping[Route, list[int]]:
    """Maps each route by which `profiles` may perform `action` on rows of `model` to the numbers of the profiles."""
    by_route: defaultdict[Route, list[int]] = defaultdict(list)
    for profile in profiles:
        for route in routes(policy, profile.traits, action, model):
            by_route[route].append(profile.number)
    return dict(by_route)


def _users(organization: UUID | None, clients: bool, *, staff: bool = True) -> Any:
    """The selected users, and with `clients` their API clients: `key` is the actor's own id, `id` the user's."""
    if organization is None:
        user = active_users().cte("users_with_traits")
    else:
        # In two parts, of which each is in one place of a distributed database.
        of_organization = bindparam("of_organization", organization, Uuid(), unique=False)
        parts = [active_users(of_organization)] + ([active_users(literal(PLATFORM, Uuid()))] if staff else [])
        user = (union_all(*parts) if staff else parts[0]).cte("users_of_one_organization")
    user_rows = select(user, user.c.id.label("key"), cast(null(), Uuid).label("client_id"))
    user_rows = user_rows.add_columns(cast(null(), ARRAY(Text)).label("scopes"))
    if not clients:
        return user_rows.cte("possible_actors")
    client = ApiClient.__table__.alias("client")
    client_rows = (
        select(user, client.c.id.label("key"), client.c.id.label("client_id"), client.c.scopes)
        .join_from(user, client, client.c.owner_id == user.c.id)
        .where(client.c.revoked_at.is_(None))
    )
    return union_all(user_rows, client_rows).cte("possible_actors")


def _key(user: Any) -> ColumnElement[str]:
    flags = user.c.staff, user.c.all_contract_accounts, user.c.all_delivery_accounts
    lists = (func.array_to_string(lists, ",") for lists in (user.c.permissions, user.c.scopes))
    return func.concat_ws(" ", *(cast(flag, Text) for flag in flags), user.c.audience, *lists, type_=Text)


@dataclass(frozen=True, slots=True)
class ActorTable:
    """The table of all actors with their profiles. `policies` are those whose routes are joined with it."""

    table: CTE
    policies: tuple[Policy, ...]

    def columns(self, row: Any, policy: Policy) -> ActorColumns:
        """Returns the columns of `row` for conditions of `policy`.

        `row` is the table, an alias, or a subquery of it.
        """
        return ActorColumns(row.c.id, row.c.organization_id, self.permissions(row, policy), row.c.client_id)

    def permissions(self, row: Any, policy: Policy) -> ColumnElement[list[str]]:
        """The permissions that the actor may assign under `policy`, as an array of text."""
        return func.string_to_array(row.c[_gives(self.policies.index(policy))], ",", type_=ARRAY(Text))


def actor_table(
    profiles: Sequence[TraitProfile],
    policies: Sequence[Policy],
    organization: UUID | None = None,
    *,
    clients: bool = False,
    staff: bool = True,
    only: Callable[[FromClause], ColumnElement[bool]] | None = None,
) -> ActorTable:
    """Returns a table with the columns `key`, `id`, `client_id`, `organization_id`, `profile` and `user_group`.

    It has a row for each actor with one of `profiles`, which `load_profiles` returned for the same
    `organization` and `clients`. `key` is the actor's own id. A client has the `id` of its owner; a user has no
    `client_id`. The actors of an organization are its users and, unless that is false, `staff`. With `only`, it has the
    actors of users for whom that condition holds.
    """
    user = _users(organization, clients, staff=staff)
    values = actor_parameters(profiles, policies)
    arrays = [bindparam(name, texts, ARRAY(Text), unique=False) for name, texts in values.items()]
    names = ["key", "user_group", *(_gives(index) for index in range(len(policies)))]
    profile = func.unnest(*arrays).table_valued(
        *(column(name, Text) for name in names), with_ordinality="number", name="profile"
    )
    profile = profile.render_derived()
    table = (
        select(
            user.c.key,
            user.c.id,
            user.c.client_id,
            user.c.organization_id,
            cast(profile.c.number, Integer).label("profile"),
        )
        .add_columns(*(profile.c[name] for name in names[1:]))
        .select_from(user.join(profile, profile.c.key == _key(user)))
        .where(true() if only is None else only(user))
        .cte("actors")
        .prefix_with("MATERIALIZED")
    )
    return ActorTable(table, tuple(policies))


def _gives(index: int) -> str:
    return f"gives_{index}"


def actor_parameters(
    profiles: Sequence[TraitProfile], policies: Sequence[Policy], organization: UUID | None = None
) -> dict[str, Any]:
    """The parameters of a statement with `actor_table`, for these profiles and, if given, this organization."""
    parameters: dict[str, Any] = {
        "profile_keys": [trait_profile.key for trait_profile in profiles],
        "profile_groups": [str(trait_profile.group) for trait_profile in profiles],
    }
    for index, policy in enumerate(policies):
        parameters[f"profile_{_gives(index)}"] = [_assignable(policy, profile.traits) for profile in profiles]
    return parameters if organization is None else {**parameters, "of_organization": organization}


def _assignable(policy: Policy, traits: Traits) -> str:
    scope = assignable(policy, traits)
    return "" if scope is None else ",".join(sorted(scope.permissions))


def has_profile(row: Any, numbers: Sequence[int] | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the actor in `row` has one of the profiles with these numbers, or with those of an array."""
    array = numbers if isinstance(numbers, ColumnElement) else literal(sorted(numbers), ARRAY(Integer))
    matches: ColumnElement[bool] = row.c.profile == any_(array)
    return matches
