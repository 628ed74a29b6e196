"""The difference between two versions of the policy on live data: run, and told in words."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.policy import Policy
from authz.predicates.nodes import Source
from authz.routes import organization_key
from models import ApiClient, Base, Organization, User
from resolvers.policy_analysis.actor_table import UserGroup, actor_table, profiles
from resolvers.policy_analysis.diff_plan import ActionChange, Direction, changed_actions
from resolvers.policy_analysis.diff_sql import PolicyPair, change_counts, changed_pairs
from resolvers.policy_analysis.resource_lookup import name_of, organization_name


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """So many pairs of actor and thing, of one organization and one kind of actor, moved by the same rules.

    `rules` are those of the version that allows, outermost first. `organization` is that of the thing.
    """

    direction: Direction
    action: str
    model: type[Base]
    rules: tuple[Source, ...]
    organization_id: UUID | None
    organization: str | None
    group: UserGroup
    pairs: int


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One actor who may do something to one thing by one version only: a user, or an API client, by its name and the
    email of its owner. `actor_id` is the one's or the other's."""

    direction: Direction
    action: str
    model: type[Base]
    rules: tuple[Source, ...]
    actor_id: UUID
    email: str
    client: str | None
    thing_id: UUID
    thing: str
    organization: str | None


@dataclass(frozen=True)
class PolicyDiff:
    """What is to be asked of the database: the actions that differ at all, for the actors that are there."""

    versions: PolicyPair
    changed: Sequence[ActionChange]


async def prepare(connection: AsyncConnection, old: Policy, new: Policy) -> PolicyDiff:
    """Compares the two versions. What is counted and listed afterwards is of the same moment only in the transaction of
    `connection`, whose reads must be repeatable."""
    found = await profiles(connection, clients=True)
    return PolicyDiff(
        PolicyPair(old, new, actor_table(found, [old, new], clients=True)), changed_actions(old, new, found)
    )


async def count(connection: AsyncConnection, difference: PolicyDiff, one: ActionChange) -> list[ChangeCount]:
    """How many pairs moved of `one` of the actions that differ: in one statement."""
    found = change_counts(difference.versions, one).subquery()
    rows = await connection.execute(
        select(found, organization_name(found.c.organization_id).label("organization")).order_by(*found.c)
    )
    return [
        ChangeCount(
            Direction(row.direction),
            one.action,
            one.model,
            one.rules(Direction(row.direction))[row.rules],
            row.organization_id,
            row.organization,
            UserGroup(row.user_group),
            int(row.pairs),
        )
        for row in rows
    ]


async def listed(
    connection: AsyncConnection, difference: PolicyDiff, one: ActionChange, limit: int | None
) -> AsyncIterator[AccessChange]:
    """The pairs that moved of `one` of the actions that differ: at most `limit` gained and `limit` lost.

    They come as the database finds them, never all of them in memory at once.
    """
    async with connection.stream(_named(difference, one, limit)) as rows:
        async for row in rows:
            direction = Direction(row.direction)
            rules = one.rules(direction)[row.rules]
            who, what = (row.actor_key, row.email, row.client), (row.thing_id, row.thing)
            yield AccessChange(direction, one.action, one.model, rules, *who, *what, row.organization)


def _named(difference: PolicyDiff, one: ActionChange, limit: int | None) -> Select[Any]:
    pair = changed_pairs(difference.versions, one, limit).subquery()
    user, client, thing = User.__table__.alias(), ApiClient.__table__.alias(), one.model.__table__.alias()
    named = organization_name(thing.c[organization_key(one.model)])
    return (
        select(pair, user.c.email, client.c.name.label("client"), cast(name_of(one.model, thing), Text).label("thing"))
        .add_columns((cast(thing.c.name, Text) if one.model is Organization else named).label("organization"))
        .select_from(
            pair.outerjoin(client, client.c.id == pair.c.actor_key)
            .join(user, user.c.id == func.coalesce(client.c.owner_id, pair.c.actor_key))
            .join(thing, thing.c.id == pair.c.thing_id)
        )
    )
