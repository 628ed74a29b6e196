"""A candidate policy beside the one in force: started, compared question by question, stopped, reported.

A question is an action and a type that the policy in force was just asked about some actor. Where the two policies
compile to different conditions for such actors, the database is asked which rows fulfil one and not the other: each
condition in turn is what the search begins with, so that indexes serve both.
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
from authz.model.resources import Capability
from authz.policy import Policy
from authz.recording import DecisionRequest
from models import Base, Organization, PolicyDifference, PolicyShadow, User, new_id
from resolvers.transaction.unit_of_work import UnitOfWork

MOST_ROWS = 100
"""Rows of one question that are recorded, in each direction."""

MOST_DIFFERENCES = 10_000
"""Differences of one shadow that are recorded; those that are known already still count."""

PATIENCE = "3s"
"""How long the database may look for the rows of one question: it has other work."""


@dataclass(frozen=True, slots=True)
class RunningShadow:
    """The candidate that runs beside the policy in force. `text` is its source, `file` what it is called."""

    id: UUID
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """What an actor may do under one policy only: with `gained`, under the candidate. See `PolicyDifference`."""

    action: str
    type: str
    thing: str
    gained: bool


async def start(work: UnitOfWork, file: str, source: str, version: str) -> UUID:
    """Run this candidate from now on, in the place of one that runs; returns the key of the shadow."""
    await stop(work)
    key = new_id()
    await work.execute(insert(PolicyShadow).values(id=key, file=file, text=source, version=version))
    return key


async def stop(work: UnitOfWork) -> bool:
    """End what runs; False where nothing does. What was recorded stays."""
    running = update(PolicyShadow).where(PolicyShadow.stopped_at.is_(None))
    ended = await work.execute(running.values(stopped_at=func.now()).returning(PolicyShadow.id))
    return ended.first() is not None


async def running(work: UnitOfWork) -> RunningShadow | None:
    """What runs now."""
    columns = select(PolicyShadow.id, PolicyShadow.file, PolicyShadow.text)
    row = (await work.execute(columns.where(PolicyShadow.stopped_at.is_(None)))).one_or_none()
    return RunningShadow(row.id, row.file, row.text) if row else None


async def differences(
    work: UnitOfWork, actor: Actor, policies: tuple[Policy, Policy], asked: DecisionRequest, prefix: str
) -> list[ShadowDifference]:
    """Where the policy in force and the candidate, in this order, differ for the actor in what was asked. `prefix` is
    that of the type's public ids."""
    action, model = asked
    active, candidate = policies
    if model is None:
        return list(_answers(actor, active, candidate, Capability(action)))
    await work.execute(select(func.set_config("statement_timeout", PATIENCE, True)))
    found = []
    for gained, allows, denies in ((True, candidate, active), (False, active, candidate)):
        rows = await work.execute_as(actor, _only(actor, allows, denies, action, model))
        found += [ShadowDifference(action, model.__name__, f"{prefix}_{key}", gained) for key in rows.scalars()]
    return found


def _answers(actor: Actor, active: Policy, candidate: Policy, question: Capability) -> Iterator[ShadowDifference]:
    before, after = (policy.answers(actor.traits, question) for policy in (active, candidate))
    for word in sorted(before ^ after):
        yield ShadowDifference(question.value, "", word, word in after)


def _only(actor: Actor, allows: Policy, denies: Policy, action: str, model: type[Base]) -> Select[*tuple[Any, ...]]:
    row = model.__table__.alias()
    under = [Access(policy, actor.traits).may(action, model, row) for policy in (allows, denies)]
    return select(row.c.id).where(under[0], under[1].is_not(True)).order_by(row.c.id).limit(MOST_ROWS)


async def record(
    work: UnitOfWork, shadow_id: UUID, active_version: str, actor: Actor, found: Iterable[ShadowDifference]
) -> None:
    """Note that one question more was compared for the actor, and what differed."""
    count = PolicyShadow.compared + 1
    await work.execute(update(PolicyShadow).where(PolicyShadow.id == shadow_id).values(compared=count))
    whose = {"shadow_id": shadow_id, "active_version": active_version, "user_id": actor.id}
    rows = [
        {
            **whose,
            "organization_id": actor.organization_id,
            "action": each.action,
            "type": each.type,
            "thing": each.thing,
            "gained": each.gained,
        }
        for each in found
    ]
    known = select(func.count()).select_from(PolicyDifference).where(PolicyDifference.shadow_id == shadow_id)
    if not rows or (await work.execute(known)).scalar_one() >= MOST_DIFFERENCES:
        return
    statement = insert(PolicyDifference).values(rows)
    again = {"seen": PolicyDifference.seen + 1, "last_seen_at": func.now(), "gained": statement.excluded.gained}
    keys = [column.name for column in PolicyDifference.__table__.primary_key]
    await work.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))


async def record_failure(work: UnitOfWork, shadow_id: UUID) -> None:
    """Note that a question could not be compared: the database did not answer in time."""
    count = PolicyShadow.failed + 1
    await work.execute(update(PolicyShadow).where(PolicyShadow.id == shadow_id).values(failed=count))


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What came of the newest shadow. `groups` sum the differences up, `examples` are some of them, newest first."""

    file: str
    version: str
    started_at: datetime
    stopped_at: datetime | None
    compared: int
    failed: int
    groups: tuple[dict[str, Any], ...]
    examples: tuple[dict[str, Any], ...]


async def report(work: UnitOfWork, examples: int) -> ShadowReport | None:
    """The report of the newest shadow, with so many examples; None where there never was one."""
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
    what = PolicyDifference.action, PolicyDifference.type, PolicyDifference.gained
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
        .group_by(Organization.name, *what)
        .order_by(Organization.name, *what)
    )


def _examples(shadow_id: UUID, most: int) -> Select[*tuple[Any, ...]]:
    return (
        select(User.email, PolicyDifference.action, PolicyDifference.type, PolicyDifference.thing, _CHANGE)
        .add_columns(PolicyDifference.seen, PolicyDifference.active_version)
        .join(User, User.id == PolicyDifference.user_id)
        .where(PolicyDifference.shadow_id == shadow_id)
        .order_by(PolicyDifference.last_seen_at.desc(), User.email, PolicyDifference.thing)
        .limit(most)
    )
