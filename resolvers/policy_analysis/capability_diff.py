"""Compares the answers of two policies to the questions about an actor alone, for all users and API clients.

An answer depends on traits only, so it is compared once for each profile; the database counts and lists the actors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, union_all

from authz.capabilities import QUESTIONS, Question, deciding_rules, holds
from authz.language.ast import Source
from authz.policy import Policy
from models import ApiClient, User
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, has_profile
from resolvers.policy_analysis.diff_plan import Direction
from resolvers.policy_analysis.resource_lookup import organization_name


@dataclass(frozen=True)
class CapabilityChange:
    """A question with another answer for some actors: per number of a profile, in which direction, and the rules of
    the version that says yes."""

    question: Question
    changes: Mapping[int, tuple[Direction, tuple[Source, ...]]]

    def profiles(self, direction: Direction) -> list[int]:
        """Returns the numbers of the profiles that change in `direction`."""
        return [number for number, (side, _) in self.changes.items() if side is direction]


def changed_capabilities(old: Policy, new: Policy, profiles: Sequence[TraitProfile]) -> list[CapabilityChange]:
    """Returns all questions to which the answer differs for some of `profiles`."""
    changes = [CapabilityChange(question, dict(_changes(old, new, profiles, question))) for question in QUESTIONS]
    return [change for change in changes if change.changes]


def _changes(
    old: Policy, new: Policy, profiles: Sequence[TraitProfile], question: Question
) -> Iterator[tuple[int, tuple[Direction, tuple[Source, ...]]]]:
    for profile in profiles:
        before, after = (holds(policy, profile.traits, question) for policy in (old, new))
        if before != after:
            direction, allowing = (Direction.GAINED, new) if after else (Direction.LOST, old)
            yield profile.number, (direction, deciding_rules(allowing, profile.traits, question))


def actor_counts(actors: ActorTable, change: CapabilityChange) -> Select[Any]:
    """Returns a statement that counts the changed actors by profile, organization and kind of user."""
    actor = actors.table.alias()
    organization = organization_name(actor.c.organization_id).label("organization")
    keys = actor.c.profile, actor.c.organization_id, actor.c.user_group
    counted = select(*keys, organization, func.count().label("actors")).where(has_profile(actor, [*change.changes]))
    return counted.group_by(*keys).order_by(*keys)


def changed_actors(actors: ActorTable, change: CapabilityChange, limit: int | None) -> Select[Any]:
    """Returns a statement for the changed actors, up to `limit` for each direction."""
    numbers = filter(None, map(change.profiles, Direction))
    parts = [select(_actors(actors, profiles, limit).subquery()) for profiles in numbers]
    actor = union_all(*parts).subquery()
    return select(actor) if limit is None else select(actor).order_by(actor.c.email, actor.c.client, actor.c.actor_key)


def _actors(actors: ActorTable, profiles: Sequence[int], limit: int | None) -> Select[Any]:
    actor, user, client = actors.table.alias(), User.__table__.alias(), ApiClient.__table__.alias()
    return (
        select(actor.c.profile, actor.c.key.label("actor_key"), user.c.email, client.c.name.label("client"))
        .add_columns(organization_name(actor.c.organization_id).label("organization"))
        .select_from(actor.join(user, user.c.id == actor.c.id).outerjoin(client, client.c.id == actor.c.client_id))
        .where(has_profile(actor, profiles))
        .limit(limit)
    )
