"""Locks the access review that a mutation is about, and checks that the caller may sign it off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, OrganizationAction
from models import AccessReview, AccessReviewState, Organization
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedReview:
    """A review that `actor` may sign off if its state allows it, locked until the end of the transaction."""

    id: UUID
    organization_id: UUID
    state: str
    signed_off_at: datetime | None
    actor: Actor
    access: Access


async def lock_review(work: UnitOfWork, review_id: UUID | None, path: tuple[str, ...] = ID) -> LockedReview:
    """Lock the review. A `review_id` of None is not found.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the review; FORBIDDEN if they may not
    review the access to its organization.
    """
    actor, access = await work.lock_actor()
    review, organization = AccessReview.__table__.alias(), Organization.__table__.alias()
    # Staff review the access to any organization. In two steps, because rows are locked within one.
    organization_id = actor.organization_id or await _organization_of(work, review_id)
    may = access.may(OrganizationAction.REVIEW_ACCESS, Organization, organization).is_(true())
    statement = (
        select(review.c.organization_id, review.c.state, review.c.signed_off_at, may.label("may"))
        .select_from(review.join(organization, organization.c.id == review.c.organization_id))
        .where(review.c.organization_id == organization_id, organization.c.id == organization_id)
        .where(review.c.id == review_id, access.may(VIEW, AccessReview, review))
        .with_for_update(of=review)
    )
    row = (await work.execute_as(actor, statement)).one_or_none()
    work.record_check(VIEW, AccessReview, review_id, allowed=row is not None)
    if row is None or review_id is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No access review with this ID is visible to you.", path))
    work.record_check(OrganizationAction.REVIEW_ACCESS, Organization, row.organization_id, allowed=row.may)
    if not row.may:
        message = "You may not sign off the access to this organization."
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, message, path))
    return LockedReview(review_id, row.organization_id, row.state, row.signed_off_at, actor, access)


async def _organization_of(work: UnitOfWork, review_id: UUID | None) -> UUID | None:
    found: UUID | None = (
        await work.execute(select(AccessReview.organization_id).where(AccessReview.id == review_id))
    ).scalar_one_or_none()
    return found


def state_problems(review: LockedReview, path: tuple[str, ...] = ID) -> list[Problem]:
    """Why a review can no longer, or not yet, be signed off: NOT_COMPLETE, ALREADY_SIGNED_OFF."""
    problems = []
    if review.state != AccessReviewState.COMPLETE:
        problems.append(Problem(ErrorCode.NOT_COMPLETE, "This access review is not complete.", path))
    if review.signed_off_at is not None:
        problems.append(Problem(ErrorCode.ALREADY_SIGNED_OFF, "This access review has already been signed off.", path))
    return problems
