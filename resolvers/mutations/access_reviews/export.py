"""Reads access reviews for the command line: as the operator, without policy checks, and row by row."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import PLATFORM, AccessReview, AccessReviewEntry, AccessReviewJob, AccessReviewState, UserEmail


@dataclass(frozen=True, slots=True)
class ExportedReview:
    """A complete review, with the current emails of the users who created it and signed it off, and the number of
    entries."""

    id: UUID
    recorded_at: datetime
    created_by: str | None
    policy_version: str
    signed_off_at: datetime | None
    signed_off_by: str | None
    note: str | None
    entries: int


async def find_review(
    connection: AsyncConnection, organization_id: UUID, review_id: UUID | None
) -> ExportedReview | None:
    """Returns the complete review of the organization with this id, or the newest one if `review_id` is None."""
    review = AccessReview.__table__.alias()
    entry = AccessReviewEntry.__table__.alias()
    organization = literal(organization_id, Uuid())
    of_review = entry.c.organization_id == organization, entry.c.review_id == review.c.id
    entry_count = select(func.count()).where(*of_review).correlate(review).scalar_subquery()
    reviews = select(
        review.c.id,
        review.c.recorded_at,
        _email(review.c.created_by_id, organization).label("created_by"),
        review.c.policy_version,
        review.c.signed_off_at,
        _email(review.c.signed_off_by_id, organization).label("signed_off_by"),
        review.c.note,
        entry_count.label("entries"),
    ).where(
        review.c.organization_id == organization,
        review.c.state == literal(AccessReviewState.COMPLETE.value, Text()),
    )
    if review_id is not None:
        reviews = reviews.where(review.c.id == literal(review_id, Uuid()))
    newest = reviews.order_by(review.c.created_at.desc(), review.c.id.desc()).limit(1)
    row = (await connection.execute(newest)).one_or_none()
    return None if row is None else ExportedReview(*row)


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far a review has come, in percent, and why it failed, if it did."""

    state: AccessReviewState
    percent: int
    failure: str | None


async def read_progress(connection: AsyncConnection, review_id: UUID) -> ReviewProgress:
    """Returns how far the review has come."""
    review, job = AccessReview.__table__, AccessReviewJob.__table__
    progress = func.coalesce(job.c.progress, 0)
    found = select(review.c.state, progress, review.c.failure).where(review.c.id == literal(review_id, Uuid()))
    of_review = and_(job.c.organization_id == review.c.organization_id, job.c.review_id == review.c.id)
    joined = found.select_from(review.outerjoin(job, of_review))
    state, percent, failure = (await connection.execute(joined)).one()
    return ReviewProgress(AccessReviewState(state), 100 if state == AccessReviewState.COMPLETE else percent, failure)


async def read_entries(connection: AsyncConnection, review: ExportedReview) -> AsyncIterator[Any]:
    """Yields the rows of `access_review_entries`, ordered by email, then by what access they describe."""
    entry = AccessReviewEntry.__table__
    order = entry.c.user_email, entry.c.kind, entry.c.name, entry.c.thing_id
    entries = select(entry).where(entry.c.review_id == literal(review.id, Uuid())).order_by(*order)
    async for row in await connection.stream(entries):
        yield row


def _email(user_id: ColumnElement[Any], organization: ColumnElement[UUID]) -> Any:
    """The email of a user of the organization or of staff: each place of a distributed database has the directory."""
    entry = UserEmail.__table__.alias()
    is_near = or_(entry.c.tenant_id == organization, entry.c.tenant_id == literal(PLATFORM, Uuid()))
    return select(entry.c.email).where(is_near, entry.c.user_id == user_id).correlate_except(entry).scalar_subquery()
