"""Compares a shadow policy with the policy in force: start, compare decision by decision, stop, report.

A decision request is an action and a type that the policy in force has just decided for an actor. If the two policies
compile to different conditions for that actor, the database is queried for rows that meet one and not the other. There
is one query for each direction, so that indexes serve both conditions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from authz.access import Access
from authz.actor import Actor
from authz.decisions import held_values
from authz.model.actions import Capability
from authz.policy import Policy
from authz.recording import DecisionRequest
from models import Base, Organization, PolicyDifference, PolicyShadow, User, new_id
from resolvers import public_id
from resolvers.transaction.unit_of_work import UnitOfWork

MAX_ROWS_PER_DECISION = 100
"""The maximum number of rows recorded for one decision request, in each direction."""

MAX_DIFFERENCES = 10_000
"""The maximum number of differences recorded for one shadow. Once it is reached, nothing more is recorded."""

STATEMENT_TIMEOUT = "3s"
"""How long the database may search for the rows of one decision request: it has other work."""


@dataclass(frozen=True, slots=True)
class RunningShadow:
    """The candidate that runs beside the policy in force. `text` is its source, `file` its name."""

    id: UUID
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """An action that an actor may perform under one policy only: with `gained`, the candidate.

    See `PolicyDifference`.
    """

    action: str
    type: str
    resource: str
    gained: bool


async def start(work: UnitOfWork, file: str, source: str, version: str) -> UUID:
    """Starts this candidate, and stops one that is running. Returns the key of the shadow."""
    await stop(work)
    key = new_id()
    await work.execute(insert(PolicyShadow).values(id=key, file=file, text=source, version=version))
    return key


async def stop(work: UnitOfWork) -> bool:
    """Stops the running shadow and keeps its results. Returns False if none is running."""
    running = update(PolicyShadow).where(PolicyShadow.stopped_at.is_(None))
    ended = await work.execute(running.values(stopped_at=func.now()).returning(PolicyShadow.id))
    return ended.first() is not None


async def running(work: UnitOfWork) -> RunningShadow | None:
    """Returns the running shadow; None if none is running."""
    columns = select(PolicyShadow.id, PolicyShadow.file, PolicyShadow.text)
    row = (await work.execute(columns.where(PolicyShadow.stopped_at.is_(None)))).one_or_none()
    return RunningShadow(row.id, row.file, row.text) if row else None


async def differences(
    work: UnitOfWork, actor: Actor, policies: tuple[Policy, Policy], request: DecisionRequest
) -> list[ShadowDifference]:
    """Returns the differences between the policy in force and the candidate, in this order, for the actor's request."""
    action, model = request
    active, candidate = policies
    if model is None:
        return list(_capability_differences(actor, active, candidate, Capability(action)))
    await work.execute(select(func.set_config("statement_timeout", STATEMENT_TIMEOUT, True)))
    result = []
    for gained, allows, denies in ((True, candidate, active), (False, active, candidate)):
        rows = await work.execute_as(actor, rows_allowed_by_one(actor, allows, denies, action, model))
        result += [
            ShadowDifference(action, model.__name__, public_id.encode(model, key), gained) for key in rows.scalars()
        ]
    return result


def _capability_differences(
    actor: Actor, active: Policy, candidate: Policy, capability: Capability
) -> Iterator[ShadowDifference]:
    before, after = (held_values(policy, actor.traits, capability) for policy in (active, candidate))
    for value in sorted(before ^ after):
        yield ShadowDifference(capability.value, "", value, value in after)


def rows_allowed_by_one(
    actor: Actor, allows: Policy, denies: Policy, action: str, model: type[Base]
) -> Select[*tuple[Any, ...]]:
    """Selects the ids of rows on which `allows` lets the actor perform the action, and `denies` doesn't: at most
    `MAX_ROWS_PER_DECISION`."""
    row = model.__table__.alias()
    conditions = [Access(policy, actor.traits).may(action, model, row) for policy in (allows, denies)]
    return (
        select(row.c.id)
        .where(conditions[0], conditions[1].is_not(True))
        .order_by(row.c.id)
        .limit(MAX_ROWS_PER_DECISION)
    )


async def record(
    work: UnitOfWork, shadow_id: UUID, active_version: str, actor: Actor, new_differences: Iterable[ShadowDifference]
) -> None:
    """Records that one more request was compared for the actor, and the differences."""
    count = PolicyShadow.compared + 1
    await work.execute(update(PolicyShadow).where(PolicyShadow.id == shadow_id).values(compared=count))
    shared = {"shadow_id": shadow_id, "active_version": active_version, "user_id": actor.id}
    rows = [
        {
            **shared,
            "organization_id": actor.organization_id,
            "action": difference.action,
            "type": difference.type,
            "thing": difference.resource,
            "gained": difference.gained,
        }
        for difference in new_differences
    ]
    recorded = select(func.count()).select_from(PolicyDifference).where(PolicyDifference.shadow_id == shadow_id)
    if not rows or (await work.execute(recorded)).scalar_one() >= MAX_DIFFERENCES:
        return
    statement = insert(PolicyDifference).values(rows)
    updates = {"seen": PolicyDifference.seen + 1, "last_seen_at": func.now(), "gained": statement.excluded.gained}
    keys = [column.name for column in PolicyDifference.__table__.primary_key]
    await work.execute(statement.on_conflict_do_update(index_elements=keys, set_=updates))


async def record_failure(work: UnitOfWork, shadow_id: UUID) -> None:
    """Records that a request could not be compared: the database did not respond in time."""
    count = PolicyShadow.failed + 1
    await work.execute(update(PolicyShadow).where(PolicyShadow.id == shadow_id).values(failed=count))


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """The results of the newest shadow. `groups` total the differences; `examples` are some of them, newest first."""

    file: str
    version: str
    started_at: datetime
    stopped_at: datetime | None
    compared: int
    failed: int
    groups: tuple[dict[str, Any], ...]
    examples: tuple[dict[str, Any], ...]


async def report(work: UnitOfWork, examples: int) -> ShadowReport | None:
    """Returns the report of the newest shadow, with up to `examples` examples; None if there never was one."""
    shadow = (await work.execute(select(PolicyShadow).order_by(PolicyShadow.id.desc()).limit(1))).one_or_none()
    if shadow is None:
        return None
    return ShadowReport(
        shadow.file,
        shadow.version,
        shadow.created_at,
        shadow.stopped_at,
        shadow.compared,
        shadow.failed,
        await _rows(work, _groups(shadow.id)),
        await _rows(work, _examples(shadow.id, examples)),
    )


async def _rows(work: UnitOfWork, statement: Select[*tuple[Any, ...]]) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row) for row in (await work.execute(statement)).mappings())


_CHANGE = text("CASE WHEN policy_differences.gained THEN 'gained' ELSE 'lost' END AS change")


def _groups(shadow_id: UUID) -> Select[*tuple[Any, ...]]:
    columns = PolicyDifference.action, PolicyDifference.type, PolicyDifference.gained
    return (
        select(
            Organization.name.label("organization"),
            PolicyDifference.action,
            PolicyDifference.type,
            _CHANGE,
            func.count(PolicyDifference.user_id.distinct()).label("users"),
            func.count(PolicyDifference.thing.distinct()).label("things"),
        )
        .outerjoin(Organization, Organization.id == PolicyDifference.organization_id)
        .where(PolicyDifference.shadow_id == shadow_id)
        .group_by(Organization.name, *columns)
        .order_by(Organization.name, *columns)
    )


def _examples(shadow_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(User.email, PolicyDifference.action, PolicyDifference.type, PolicyDifference.thing, _CHANGE)
        .add_columns(PolicyDifference.seen, PolicyDifference.active_version)
        .join(User, User.id == PolicyDifference.user_id)
        .where(PolicyDifference.shadow_id == shadow_id)
        .order_by(PolicyDifference.last_seen_at.desc(), User.email, PolicyDifference.thing)
        .limit(limit)
    )
