"""All active users as actors at once: the traits that occur among them, and a table with a row for each of them.

Users of equal traits have one *profile*, numbered from 1. What a profile may do is compiled once for all of its users;
statements join the table `actors`, where each user stands with the number of their profile. API clients are actors too,
and are among them where it is asked: who reaches what is told of users, what an edit changes of clients as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
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
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.actor import ActorKind, Traits
from authz.assignable import assignable
from authz.policy import Policy
from authz.routes import ActorColumns, Route, routes
from models import ApiClient, Audience, Base, Permission, Scope
from resolvers.callers.load_actor import active_users, traits_of


class UserGroup(StrEnum):
    """What kind of user somebody is, as summaries tell them apart: their audience, and whether they manage users. Their
    API clients are a kind of their own."""

    STAFF = "STAFF"
    ORGANIZATION_ADMIN = "ORGANIZATION_ADMIN"
    ORGANIZATION_USER = "ORGANIZATION_USER"
    DELIVERY_ADMIN = "DELIVERY_ADMIN"
    DELIVERY_USER = "DELIVERY_USER"
    API_CLIENT = "API_CLIENT"


@dataclass(frozen=True, slots=True)
class TraitProfile:
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
    if traits.kind is ActorKind.CLIENT:
        return UserGroup.API_CLIENT
    admin = Permission.USER_MANAGEMENT in traits.permissions
    if traits.audience is Audience.DELIVERY:
        return UserGroup.DELIVERY_ADMIN if admin else UserGroup.DELIVERY_USER
    return UserGroup.ORGANIZATION_ADMIN if admin else UserGroup.ORGANIZATION_USER


async def profiles(
    connection: AsyncConnection, organization: UUID | None = None, *, clients: bool = False
) -> list[TraitProfile]:
    """The profiles of all active users; with `organization`, of its own users and the staff only; with `clients`, also
    of their API clients that are not revoked, dead ones too: a policy may bring them to life.

    What is asked about them later must see the same users: use one transaction whose reads are repeatable.
    """
    user = _users(organization, clients)
    key = _key(user)
    flags = user.c.staff, user.c.audience, user.c.all_contract_accounts, user.c.all_delivery_accounts
    traits = *flags, user.c.permissions, user.c.scopes
    counted = select(*traits, key.label("key"), func.count().label("users"))
    rows = await connection.execute(counted.group_by(*traits).order_by(key))
    return [TraitProfile(number, _traits(row), row.users, row.key) for number, row in enumerate(rows, 1)]


def _traits(row: Row[*tuple[Any, ...]]) -> Traits:
    own = traits_of(row)
    if row.scopes is None:
        return own
    return replace(own, kind=ActorKind.CLIENT, scopes=frozenset(map(Scope, row.scopes)))


def group_by_route(
    policy: Policy, found: Iterable[TraitProfile], action: str, model: type[Base]
) -> Mapping[Route, list[int]]:
    """The routes by which users with the profiles `found` may do `action` to rows of `model`, each with the numbers of
    the profiles that have it."""
    ways: defaultdict[Route, list[int]] = defaultdict(list)
    for profile in found:
        for route in routes(policy, profile.traits, action, model):
            ways[route].append(profile.number)
    return dict(ways)


def _users(organization: UUID | None, clients: bool) -> Any:
    """The users who are meant, and their clients if they are: `key` is the actor's own id, `id` the user's."""
    user = active_users().cte("users_with_traits")
    if organization is not None:
        mine = or_(user.c.organization_id == literal(organization, Uuid()), user.c.staff)
        user = select(user).where(mine).cte("users_of_one_organization")
    own = select(user, user.c.id.label("key"), cast(null(), Uuid).label("client_id"))
    own = own.add_columns(cast(null(), ARRAY(Text)).label("scopes"))
    if not clients:
        return own.cte("possible_actors")
    client = ApiClient.__table__.alias("client")
    theirs = (
        select(user, client.c.id.label("key"), client.c.id.label("client_id"), client.c.scopes)
        .join_from(user, client, client.c.owner_id == user.c.id)
        .where(client.c.revoked_at.is_(None))
    )
    return union_all(own, theirs).cte("possible_actors")


def _key(user: Any) -> ColumnElement[str]:
    flags = user.c.staff, user.c.all_contract_accounts, user.c.all_delivery_accounts
    words = (func.array_to_string(words, ",") for words in (user.c.permissions, user.c.scopes))
    return func.concat_ws(" ", *(cast(flag, Text) for flag in flags), user.c.audience, *words, type_=Text)


@dataclass(frozen=True, slots=True)
class ActorTable:
    """The table of all actors with their profiles. `policies` are those whose routes are asked for with it."""

    table: CTE
    policies: tuple[Policy, ...]

    def columns(self, row: Any, policy: Policy) -> ActorColumns:
        """What a condition of `policy` needs of `row`: the table, an alias of it, or a subquery with its columns."""
        return ActorColumns(row.c.id, row.c.organization_id, self.permissions(row, policy), row.c.client_id)

    def permissions(self, row: Any, policy: Policy) -> ColumnElement[list[str]]:
        """The permissions that the actor may give by `policy`, an array of text."""
        return func.string_to_array(row.c[_gives(self.policies.index(policy))], ",", type_=ARRAY(Text))


def actor_table(
    found: Sequence[TraitProfile],
    policies: Sequence[Policy],
    organization: UUID | None = None,
    *,
    clients: bool = False,
) -> ActorTable:
    """A table with the columns `key`, `id`, `client_id`, `organization_id`, `profile`, `user_group`, one row for each
    actor with one of the profiles `found`, which `profiles` gave for the same `organization` and `clients`.

    `key` is the actor's own id. A client has the `id` of its owner, and a user no `client_id`.
    """
    user = _users(organization, clients)
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
        select(
            user.c.key,
            user.c.id,
            user.c.client_id,
            user.c.organization_id,
            cast(profile.c.number, Integer).label("profile"),
        )
        .add_columns(*(profile.c[name] for name in names[1:]))
        .select_from(user.join(profile, profile.c.key == _key(user)))
        .cte("actors")
        .prefix_with("MATERIALIZED")
    )
    return ActorTable(table, tuple(policies))


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
