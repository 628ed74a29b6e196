"""Creates access reviews and signs them off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from authz.model.actions import VIEW, OrganizationAction
from models import AccessReview, AccessReviewState, AuditKind, Organization, new_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.access_reviews.jobs import MAX_JOBS, add_job, has_room
from resolvers.mutations.onboarding.lock import (
    ORGANIZATION_PATH,
    authorize_named_organization,
    authorize_organization,
)
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.characters import find_invisible

NOTE_MAX = 1_000
"""The maximum number of characters in the note of a sign-off."""

ID, NOTE = ("input", "id"), ("input", "note")


async def create_access_review(work: UnitOfWork, organization_id: UUID | None) -> UUID:
    """Create a review, and the job that records who has access to what in an organization, and why. Returns its id.

    Raises `MutationRejected` as `authorize_organization` does, RATE_LIMITED, and LIMIT_REACHED if too many reviews of
    the organization wait to be recorded.
    """
    organization = await authorize_organization(work, organization_id, OrganizationAction.REVIEW_ACCESS)
    work.context.limits.create_access_review(organization.id)
    return await _create(work, organization.id)


async def create_access_review_by_name(work: UnitOfWork, organization: str) -> UUID:
    """Create a review as `create_access_review` does, for the organization with this public id or exact name.

    A caller without an actor is the operator. Raises `MutationRejected` as `authorize_named_organization` does.
    """
    return await _create(work, await authorize_named_organization(work, organization, OrganizationAction.REVIEW_ACCESS))


async def sign_off_access_review(work: UnitOfWork, review_id: UUID | None, note: str | None) -> UUID:
    """Record that the caller has checked a review. Returns its id. A review can be signed off once.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the review; FORBIDDEN if they may not
    review the access to its organization; NOT_COMPLETE; ALREADY_SIGNED_OFF; INVALID if the note cannot be stored.
    """
    actor, access = await work.lock_actor()
    review, organization = AccessReview.__table__.alias(), Organization.__table__.alias()
    may = access.may(OrganizationAction.REVIEW_ACCESS, Organization, organization).is_(true())
    statement = (
        select(review.c.organization_id, review.c.state, review.c.signed_off_at, may.label("may"))
        .select_from(review.join(organization, organization.c.id == review.c.organization_id))
        .where(review.c.id == review_id, access.may(VIEW, AccessReview, review))
        .with_for_update(of=review)
    )
    row = (await work.execute_as(actor, statement)).one_or_none()
    work.record_check(VIEW, AccessReview, review_id, allowed=row is not None)
    if row is None or review_id is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No access review with this ID is visible to you.", ID))
    work.record_check(OrganizationAction.REVIEW_ACCESS, Organization, row.organization_id, allowed=row.may)
    if not row.may:
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "You may not sign off the access to this organization.", ID)
        )
    note = _normalize_note(note)
    if problems := _problems(row.state, row.signed_off_at, note):
        raise MutationRejected(problems)
    values: dict[str, Any] = {"signed_off_by_id": actor.id, "signed_off_at": func.now(), "note": note}
    await work.execute(update(AccessReview).where(AccessReview.id == review_id).values(values))
    kind = AuditKind.ACCESS_REVIEW_SIGNED_OFF
    await work.audit(AuditEntry(kind, review_id, row.organization_id, changes=created({"note": note})))
    return review_id


async def _create(work: UnitOfWork, organization_id: UUID) -> UUID:
    if not await has_room(work, organization_id):
        message = f"{MAX_JOBS} access reviews of this organization are waiting to be recorded. Wait for one of them."
        raise MutationRejected(Problem(ErrorCode.LIMIT_REACHED, message, ORGANIZATION_PATH))
    review_id, actor = new_id(), work.caller.actor
    await work.execute(
        insert(AccessReview).values(
            id=review_id,
            organization_id=organization_id,
            created_by_id=actor.id if actor else None,
            policy_version=work.context.policy.version,
        )
    )
    await add_job(work, organization_id, review_id)
    await work.audit(AuditEntry(AuditKind.ACCESS_REVIEW_CREATED, review_id, organization_id))
    return review_id


def _normalize_note(note: str | None) -> str | None:
    return (note or "").strip() or None


def _problems(state: str, signed_off_at: datetime | None, note: str | None) -> list[Problem]:
    problems = []
    if state != AccessReviewState.COMPLETE:
        problems.append(Problem(ErrorCode.NOT_COMPLETE, "This access review is not complete.", ID))
    if signed_off_at is not None:
        problems.append(Problem(ErrorCode.ALREADY_SIGNED_OFF, "This access review has already been signed off.", ID))
    if note is not None and len(note) > NOTE_MAX:
        problems.append(Problem(ErrorCode.INVALID, f"A note can have at most {NOTE_MAX:,} characters.", NOTE))
    elif note is not None and find_invisible(note.replace("\n", " ")):
        message = "A note can't contain invisible or control characters other than line breaks."
        problems.append(Problem(ErrorCode.INVALID, message, NOTE))
    return problems
