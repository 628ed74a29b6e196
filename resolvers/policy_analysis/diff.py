"""Runs the diff of two versions of the policy on live data, and names the users and resources in it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.language.ast import Source
from authz.model.resources import organization_key
from authz.policy import Policy
from models import ApiClient, Base, Organization, User
from resolvers.placed_rows import for_all_organizations
from resolvers.policy_analysis.actor_table import UserGroup, actor_table, load_profiles
from resolvers.policy_analysis.capability_diff import (
    CapabilityChange,
    actor_counts,
    changed_actors,
    changed_capabilities,
)
from resolvers.policy_analysis.diff_plan import ActionChange, Direction, changed_actions
from resolvers.policy_analysis.diff_sql import PolicyPair, change_counts, changed_pairs
from resolvers.policy_analysis.resource_lookup import name_of, organization_name


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """The number of changed pairs of actor and resource, for one organization, one kind of actor and the same rules.

    `rules` are those of the version that allows, outermost first. `organization` is the resource's. For a capability,
    there is no `model`, `action` is the question with its value, and `organization` is the actor's. `crosses` says that
    the actor is of another organization than the resource.
    """

    direction: Direction
    action: str
    model: type[Base] | None
    rules: tuple[Source, ...]
    organization_id: UUID | None
    organization: str | None
    group: UserGroup
    pairs: int
    crosses: bool = False


@dataclass(frozen=True, slots=True)
class AccessChange:
    """An actor who may perform an action on a resource under one version only.

    The actor is a user, or an API client with its name and the email of its owner. `actor_id` is the actor's own id.
    For a capability, there is no `model`, `resource` is the value, and `organization` is the actor's.
    """

    direction: Direction
    action: str
    model: type[Base] | None
    rules: tuple[Source, ...]
    actor_id: UUID
    email: str
    client: str | None
    resource_id: UUID | None
    resource: str
    organization: str | None


@dataclass(frozen=True)
class PolicyDiff:
    """The prepared diff: the capabilities and the actions that differ for any of the existing actors."""

    versions: PolicyPair
    capabilities: Sequence[CapabilityChange]
    actions: Sequence[ActionChange]

    @property
    def changes(self) -> Sequence[CapabilityChange | ActionChange]:
        """Returns all that differs, capabilities first."""
        return [*self.capabilities, *self.actions]


async def prepare(connection: AsyncConnection, old: Policy, new: Policy) -> PolicyDiff:
    """Compares the two versions. Count and list in the same transaction, with repeatable reads, to get one snapshot."""
    profiles = await load_profiles(connection, clients=True)
    return PolicyDiff(
        PolicyPair(old, new, actor_table(profiles, [old, new], clients=True)),
        changed_capabilities(old, new, profiles),
        changed_actions(old, new, profiles),
    )


async def count_changes(
    connection: AsyncConnection, difference: PolicyDiff, one: CapabilityChange | ActionChange
) -> list[ChangeCount]:
    """Counts the changed pairs of `one` action, or the changed actors of a capability, in one statement."""
    if isinstance(one, CapabilityChange):
        return await _count_actors(connection, difference, one)
    counts = change_counts(difference.versions, one).subquery()
    named = select(counts, organization_name(counts.c.organization_id).label("organization")).order_by(*counts.c)
    rows = await connection.execute(await for_all_organizations(connection, named))
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
            bool(row.crosses),
        )
        for row in rows
    ]


async def _count_actors(
    connection: AsyncConnection, difference: PolicyDiff, one: CapabilityChange
) -> list[ChangeCount]:
    rows = await connection.execute(
        await for_all_organizations(connection, actor_counts(difference.versions.actors, one))
    )
    counts: dict[ChangeCount, int] = {}
    for row in rows:
        direction, rules = one.changes[row.profile]
        place = row.organization_id, row.organization, UserGroup(row.user_group)
        key = ChangeCount(direction, str(one.question), None, rules, *place, 0)
        counts[key] = counts.get(key, 0) + row.actors
    return [replace(key, pairs=number) for key, number in counts.items()]


async def list_changes(
    connection: AsyncConnection, difference: PolicyDiff, one: CapabilityChange | ActionChange, limit: int | None
) -> AsyncIterator[AccessChange]:
    """Yields the changed pairs of `one` action: at most `limit` gained and `limit` lost, sorted by actor and resource.

    Without a limit, they are streamed in the order in which the database finds them, never all in memory at once. For a
    capability, yields the actors likewise.
    """
    if isinstance(one, CapabilityChange):
        actors = changed_actors(difference.versions.actors, one, limit)
        listed = await for_all_organizations(connection, actors, keep_order=limit is not None)
        async with connection.stream(listed) as rows:
            async for row in rows:
                direction, rules = one.changes[row.profile]
                question, actor = one.question, (row.actor_key, row.email, row.client)
                about = question.capability.value, None, rules
                yield AccessChange(direction, *about, *actor, None, question.value, row.organization)
        return
    named = await for_all_organizations(connection, _named(difference, one, limit), keep_order=limit is not None)
    async with connection.stream(named) as rows:
        async for row in rows:
            direction = Direction(row.direction)
            rules = one.rules(direction)[row.rules]
            actor, resource = (row.actor_key, row.email, row.client), (row.resource_id, row.resource)
            yield AccessChange(direction, one.action, one.model, rules, *actor, *resource, row.organization)


def _named(difference: PolicyDiff, one: ActionChange, limit: int | None) -> Select[Any]:
    pair = changed_pairs(difference.versions, one, limit).subquery()
    user, client, resource = User.__table__.alias(), ApiClient.__table__.alias(), one.model.__table__.alias()
    organization = organization_name(resource.c[organization_key(one.model)])
    name = cast(name_of(one.model, resource), Text).label("resource")
    named = (
        select(pair, user.c.email, client.c.name.label("client"), name)
        .add_columns((cast(resource.c.name, Text) if one.model is Organization else organization).label("organization"))
        .select_from(
            pair.outerjoin(client, client.c.id == pair.c.actor_key)
            .join(user, user.c.id == func.coalesce(client.c.owner_id, pair.c.actor_key))
            .join(resource, resource.c.id == pair.c.resource_id)
        )
    )
    return (
        named
        if limit is None
        else named.order_by(pair.c.direction, user.c.email, client.c.name, name, pair.c.resource_id)
    )
