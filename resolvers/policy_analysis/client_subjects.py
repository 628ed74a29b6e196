"""Lists the API clients that may perform an action on a resource, or that have a capability, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Select, Uuid, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import ActorKind
from authz.capabilities import Question, holds
from authz.policy import Policy
from models import ApiClient, User
from resolvers.distinct_union import distinct_union
from resolvers.placed_rows import for_all_organizations
from resolvers.policy_analysis.actor_table import (
    ActorTable,
    TraitProfile,
    actor_table,
    group_by_route,
    has_profile,
    load_profiles,
)
from resolvers.policy_analysis.resource_lookup import Resource, organization_name
from resolvers.policy_analysis.route_joins import join_route


@dataclass(frozen=True, slots=True)
class ClientSubject:
    """An API client that may, with the email and the organization of its owner."""

    id: UUID
    name: str
    owner: str
    organization: str


async def clients_who_can(
    connection: AsyncConnection, policy: Policy, action: str, resource: Resource, *, first: int
) -> tuple[int, tuple[ClientSubject, ...]]:
    """Returns how many clients may perform `action` on `resource`, and the `first` of them by owner and name."""
    profiles = await load_profiles(connection, clients=True)
    actors = actor_table(profiles, [policy], clients=True)
    groups = group_by_route(policy, _accepted(policy, profiles), action, resource.model)
    parts = []
    for route, numbers in groups.items():
        pair = join_route(actors, policy, route, numbers, resource.model)
        is_resource = pair.row.c.id == literal(resource.id, Uuid())
        parts.append(select(pair.actor.c.key).select_from(pair.source).where(pair.where, is_resource))
    return await _list(connection, parts, first)


async def clients_who_have(
    connection: AsyncConnection, policy: Policy, question: Question, *, first: int
) -> tuple[int, tuple[ClientSubject, ...]]:
    """The same for the clients for which the answer to `question` is yes."""
    profiles = await load_profiles(connection, clients=True)
    numbers = [each.number for each in _accepted(policy, profiles) if holds(policy, each.traits, question)]
    actors: ActorTable = actor_table(profiles, [policy], clients=True)
    actor = actors.table.alias()
    return await _list(connection, [select(actor.c.key).where(has_profile(actor, numbers))] if numbers else [], first)


def _accepted(policy: Policy, profiles: Sequence[TraitProfile]) -> list[TraitProfile]:
    """The profiles of clients that `policy` accepts."""
    clients = (profile for profile in profiles if profile.traits.kind is ActorKind.CLIENT)
    return [profile for profile in clients if Access(policy, profile.traits).alive]


async def _list(
    connection: AsyncConnection, parts: Sequence[Select[Any]], first: int
) -> tuple[int, tuple[ClientSubject, ...]]:
    if not parts:
        return 0, ()
    keys: FromClause = distinct_union(parts).subquery()
    client, owner = ApiClient.__table__.alias(), User.__table__.alias()
    listed = (
        select(client.c.id, client.c.name, owner.c.email, func.count().over().label("total"))
        .add_columns(organization_name(client.c.organization_id).label("organization"))
        .select_from(keys.join(client, client.c.id == keys.c.key).join(owner, owner.c.id == client.c.owner_id))
        .order_by(owner.c.email, client.c.name_key, client.c.id)
        .limit(first)
    )
    rows = (await connection.execute(await for_all_organizations(connection, listed))).all()
    subjects = (ClientSubject(row.id, row.name, row.email, row.organization) for row in rows)
    return (rows[0].total if rows else 0), tuple(subjects)
