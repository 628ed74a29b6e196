"""The jobs of access reviews as a queue: claim a job, keep the claim while working, and record the result.

A claim is a lease, which lasts `LEASE` and is renewed while the work goes on, so that everybody sees its progress. If
the process dies, another one claims the job when the lease has ended. Only the oldest job of an organization can be
claimed, so at most one review of it is recorded at a time.

What the work writes is one transaction, so a process that has lost its claim without noticing can't write half a
review, and the database aborts the second of two that finish (`resolvers/mutations/access_reviews/snapshot.py`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models import AccessReview, AccessReviewEntry, AccessReviewJob, AccessReviewState, AuditKind, new_id
from resolvers.claiming import MOST_CLAIMED
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

LEASE: Final = timedelta(seconds=30)
"""How long a claim lasts after it was renewed."""

MAX_JOBS: Final = 10
"""How many jobs of an organization may wait."""

UNFINISHED: Final = (AccessReviewState.PENDING.value, AccessReviewState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that no other process can claim while the claim `id` lasts. `attempts` counts this claim, too."""

    id: UUID
    review_id: UUID
    organization_id: UUID
    attempts: int


class JobLost(Exception):
    """Another process has claimed the job, because this one did not renew its claim in time."""


async def add_job(work: UnitOfWork, organization_id: UUID, review_id: UUID) -> None:
    """Adds the job of a new review."""
    await work.execute(insert(AccessReviewJob).values(review_id=review_id, organization_id=organization_id))


async def has_room(work: UnitOfWork, organization_id: UUID) -> bool:
    """Whether fewer than `MAX_JOBS` jobs of the organization wait."""
    job = AccessReviewJob.__table__
    jobs = select(func.count()).select_from(job).where(job.c.organization_id == literal(organization_id, Uuid()))
    return int((await work.execute(jobs)).scalar_one()) < MAX_JOBS


async def claim(engine: AsyncEngine, organization_id: UUID | None = None) -> ClaimedJob | None:
    """Claims a job that is due, with `organization_id` only of this organization. None if none is due.

    Organizations are served in turn: the one whose last review is the longest ago comes first, then the oldest job.
    """
    job, older = AccessReviewJob.__table__.alias(), AccessReviewJob.__table__.alias()
    is_behind = and_(older.c.organization_id == job.c.organization_id, older.c.review_id < job.c.review_id)
    due = select(job.c.organization_id, job.c.review_id).where(job.c.due_at <= func.statement_timestamp())
    due = due.where(~select(older.c.review_id).where(is_behind).correlate(job).exists())
    if organization_id is not None:
        due = due.where(job.c.organization_id == literal(organization_id, Uuid()))
    due = due.order_by(_last_recorded(job).nulls_first(), job.c.review_id).limit(MOST_CLAIMED)
    async with engine.begin() as connection:
        # In two steps, because rows are locked within one organization: which jobs are due, and then the first of them
        # that nobody else has locked or claimed.
        for row in (await connection.execute(due)).all():
            claimed = await _claim(connection, row.organization_id, row.review_id)
            if claimed is not None:
                return claimed
    return None


async def _claim(connection: AsyncConnection, organization_id: UUID, review_id: UUID) -> ClaimedJob | None:
    own = AccessReviewJob.organization_id == organization_id, AccessReviewJob.review_id == review_id
    free = select(AccessReviewJob.attempts).where(*own, AccessReviewJob.due_at <= func.statement_timestamp())
    attempts = (await connection.execute(free.with_for_update(skip_locked=True))).scalar_one_or_none()
    if attempts is None:
        return None
    claim_id = new_id()
    claim = update(AccessReviewJob).where(*own)
    await connection.execute(claim.values(claim_id=claim_id, due_at=_lease_end(), attempts=attempts + 1))
    running = update(AccessReview).values(state=AccessReviewState.RUNNING.value)
    review = AccessReview.organization_id == organization_id, AccessReview.id == review_id
    await connection.execute(running.where(*review, AccessReview.state == AccessReviewState.PENDING.value))
    return ClaimedJob(claim_id, review_id, organization_id, attempts + 1)


def _last_recorded(job: FromClause) -> ColumnElement[Any]:
    """When a review of the organization was last recorded; NULL if none was."""
    review = AccessReview.__table__.alias()
    last = select(func.max(review.c.recorded_at)).where(review.c.organization_id == job.c.organization_id)
    return last.correlate(job).scalar_subquery()


async def renew(engine: AsyncEngine, job: ClaimedJob, progress: int) -> bool:
    """Renews the claim, and records the progress in percent. Returns False if the claim is lost."""
    values: dict[str, Any] = {"due_at": _lease_end(), "progress": progress}
    return await _update(engine, job, values)


async def release(engine: AsyncEngine, job: ClaimedJob, pause: timedelta) -> bool:
    """Gives the claim back after a failure; the job is due again after `pause`. Returns False if the claim was lost."""
    return await _update(engine, job, _unclaimed(pause))


async def give_up(engine: AsyncEngine, job: ClaimedJob) -> bool:
    """Gives the claim back without a failure: the attempt doesn't count. Returns False if the claim was lost."""
    return await _update(engine, job, {**_unclaimed(timedelta()), "attempts": AccessReviewJob.attempts - 1})


def _unclaimed(pause: timedelta) -> dict[str, Any]:
    return {"claim_id": None, "due_at": func.statement_timestamp() + pause, "progress": 0}


async def _update(engine: AsyncEngine, job: ClaimedJob, values: dict[str, Any]) -> bool:
    async with engine.begin() as connection:
        result = await connection.execute(update(AccessReviewJob).where(_is_held(job)).values(values))
    return bool(result.rowcount)


async def finish(work: UnitOfWork, job: ClaimedJob) -> None:
    """Ends the job of a review that is complete, and records the audit event, once."""
    entry = AccessReviewEntry.__table__
    entries = (
        select(func.count())
        .select_from(entry)
        .where(entry.c.organization_id == job.organization_id, entry.c.review_id == job.review_id)
    )
    if await _delete(work, job):
        changes = created({"entries": (await work.execute(entries)).scalar_one()})
        kind = AuditKind.ACCESS_REVIEW_RECORDED
        await work.audit(AuditEntry(kind, job.review_id, job.organization_id, changes=changes))


async def fail(work: UnitOfWork, job: ClaimedJob, reason: str) -> None:
    """Ends the job of a review that can't be recorded, because of `reason`, which users see."""
    if await _delete(work, job):
        failed = update(AccessReview).values(state=AccessReviewState.FAILED.value, failure=reason)
        await work.execute(failed.where(*_is_review(job), AccessReview.state.in_(UNFINISHED)))


async def state_of(work: UnitOfWork, job: ClaimedJob) -> AccessReviewState:
    """The state of the review."""
    state = select(AccessReview.state).where(*_is_review(job))
    return AccessReviewState((await work.execute(state)).scalar_one())


async def _delete(work: UnitOfWork, job: ClaimedJob) -> bool:
    return bool((await work.execute(delete(AccessReviewJob).where(_is_held(job)))).rowcount)


def _is_review(job: ClaimedJob) -> tuple[ColumnElement[bool], ...]:
    return AccessReview.organization_id == job.organization_id, AccessReview.id == job.review_id


def _is_held(job: ClaimedJob) -> ColumnElement[bool]:
    own = AccessReviewJob.organization_id == job.organization_id, AccessReviewJob.review_id == job.review_id
    return and_(*own, AccessReviewJob.claim_id == job.id)


def _lease_end() -> ColumnElement[Any]:
    return func.statement_timestamp() + LEASE
