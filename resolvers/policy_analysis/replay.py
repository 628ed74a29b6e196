"""Repeats decisions of the past with a candidate policy, and returns which ones it would change.

A line of the decision log has the actor's traits of that moment, and says which version decided. Rows aren't in the
log, so a decision about rows is repeated on the rows that are there now:

    about a capability      the candidate's values for these traits, against those of the log: exact
    about a single row      without the row, if the conditions of both versions tell: what implies an allowed decision
                            allows it too. Else both versions on the row as it is. If the version of the log now decides
                            otherwise than it did, the data have changed, and that would say nothing about the candidate
    about all rows          equal if both versions compile to equal conditions for these traits; else the rows are
                            counted that meet one of the conditions and not the other
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor, Traits
from authz.decisions import held_values
from authz.model.actions import Capability
from authz.policy import Policy
from authz.predicates.nodes import FALSE, TRUE, Flag, any_leaf
from authz.predicates.simplify import implies
from authz.routes import is_equivalent
from models import ApiClient, Base, User
from resolvers.placed_rows import for_all_organizations
from resolvers.policy_analysis.shadow import rows_allowed_by_one

FindKey = Callable[[type[Base], str], Awaitable[UUID | None]]
"""Finds the key of the row with the id that the log has; None if there is none any more."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A line of the decision log. `model` is None for a capability, `resource` for a decision about all rows of a type.

    `actor`, `client` and `resource` are ids as the log has them. `allowed` is None if the rows decided.
    """

    version: str
    actor: str
    client: str | None
    traits: Traits
    action: str
    model: type[Base] | None
    resource: str | None
    allowed: bool | None
    values: frozenset[str]


class Obstacle(StrEnum):
    """Why a decision can't be repeated."""

    UNKNOWN_VERSION = "the history has no text of its version"
    ACTOR_GONE = "the user or API client is gone, or the key of the log's ids is another one"
    RESOURCE_GONE = "the resource is gone, or the key of the log's ids is another one"
    DATA_CHANGED = "the data have changed: its own version decides otherwise today"


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the candidate makes of a decision: how many rows, or values of a capability, it adds and takes away.

    Of rows, `MAX_ROWS_PER_DECISION` are counted each."""

    gained: int = 0
    lost: int = 0
    gained_values: tuple[str, ...] = ()
    lost_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayer:
    """Repeats decisions with `candidate`. `former` has the policies of the log by version."""

    connection: AsyncConnection
    candidate: Policy
    former: Mapping[str, Policy]
    find_key: FindKey

    async def repeat(self, decision: PastDecision) -> Repeated | Obstacle:
        """Returns what the candidate changes, or why that can't be said."""
        if decision.version == self.candidate.version:
            return Repeated()
        if decision.model is None:
            return self._capability(decision)
        former = self.former.get(decision.version)
        if former is None:
            return Obstacle.UNKNOWN_VERSION
        if is_equivalent(former, self.candidate, decision.traits, decision.action, decision.model):
            return Repeated()
        if decision.allowed is not None and decision.resource is not None:
            certain = self._by_conditions(decision, decision.model, former)
            if certain is not None:
                return certain
        actor = await self._actor(decision)
        if actor is None:
            return Obstacle.ACTOR_GONE
        if decision.resource is None:
            return await self._all_rows(decision.action, decision.model, actor, former)
        return await self._single_row(decision, decision.model, actor, former)

    def _capability(self, decision: PastDecision) -> Repeated:
        after = held_values(self.candidate, decision.traits, Capability(decision.action))
        before = decision.values or frozenset({""} if decision.allowed else ())
        gained, lost = sorted(after - before), sorted(before - after)
        return Repeated(len(gained), len(lost), tuple(filter(None, gained)), tuple(filter(None, lost)))

    def _by_conditions(self, decision: PastDecision, model: type[Base], former: Policy) -> Repeated | None:
        """The result for a single row, if it follows from the conditions of both versions; else None."""
        old, new = (
            policy.decision(decision.traits, decision.action, model).where for policy in (former, self.candidate)
        )
        if new == (FALSE if decision.allowed else TRUE):
            return Repeated(lost=1) if decision.allowed else Repeated(gained=1)
        # A flag stands for a condition of its own in each version.
        if any_leaf(old, _is_flag) or any_leaf(new, _is_flag):
            return None
        return Repeated() if (implies(old, new) if decision.allowed else implies(new, old)) else None

    async def _all_rows(self, action: str, model: type[Base], actor: Actor, former: Policy) -> Repeated:
        gained = rows_allowed_by_one(actor, self.candidate, former, action, model)
        lost = rows_allowed_by_one(actor, former, self.candidate, action, model)
        return Repeated(await self._count(gained, actor), await self._count(lost, actor))

    async def _single_row(
        self, decision: PastDecision, model: type[Base], actor: Actor, former: Policy
    ) -> Repeated | Obstacle:
        assert decision.resource is not None
        key = await self.find_key(model, decision.resource)
        if key is None:
            return Obstacle.RESOURCE_GONE
        row = model.__table__.alias()
        old, new = (
            Access(policy, actor.traits).may(decision.action, model, row).is_(true())
            for policy in (former, self.candidate)
        )
        statement = select(old.label("before"), new.label("after")).where(row.c.id == key)
        everywhere = await for_all_organizations(self.connection, statement)
        found = (await self.connection.execute(everywhere, actor.identity)).one_or_none()
        if found is None:
            return Obstacle.RESOURCE_GONE
        before, after = bool(found.before), bool(found.after)
        if before is not decision.allowed:
            return Obstacle.DATA_CHANGED
        return Repeated(int(after and not before), int(before and not after))

    async def _count(self, keys: Select[*tuple[Any, ...]], actor: Actor) -> int:
        return len((await self.connection.execute(keys, actor.identity)).all())

    async def _actor(self, decision: PastDecision) -> Actor | None:
        key = await self.find_key(User, decision.actor)
        client = None if decision.client is None else await self.find_key(ApiClient, decision.client)
        if key is None or (client is None) is not (decision.client is None):
            return None
        organizations = await self.connection.execute(select(User.organization_id).where(User.id == key))
        found = list(organizations.scalars())
        return Actor(key, found[0], decision.traits, 0, client_id=client) if found else None


def _is_flag(leaf: object) -> bool:
    return isinstance(leaf, Flag)
