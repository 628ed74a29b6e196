"""Creates access reviews and signs them off."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from authz.model.actions import OrganizationAction
from models import AccessReview, AuditKind, new_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.access_reviews.jobs import MAX_JOBS, add_job, has_room
from resolvers.mutations.access_reviews.lock import lock_review, state_problems
from resolvers.mutations.access_reviews.take_away import carry_out_decisions
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

NOTE = ("input", "note")


async def create_access_review(work: UnitOfWork, organization_id: UUID | None) -> UUID:
    """Create a review, and the job that records who has access to what in an organization, and why. Returns its id.

    Raises `MutationRejected` as `authorize_organization` does, RATE_LIMITED, and LIMIT_REACHED if too many reviews of
    the organization wait to be recorded.
    """
    organization = await authorize_organization(work, organization_id, OrganizationAction.REVIEW_ACCESS)
    await work.context.limits.create_access_review(organization.id)
    return await _create(work, organization.id)


async def create_access_review_by_name(work: UnitOfWork, organization: str) -> UUID:
    """Create a review as `create_access_review` does, for the organization with this public id or exact name.

    A caller without an actor is the operator. Raises `MutationRejected` as `authorize_named_organization` does.
    """
    return await _create(work, await authorize_named_organization(work, organization, OrganizationAction.REVIEW_ACCESS))


async def sign_off_access_review(
    work: UnitOfWork, review_id: UUID | None, note: str | None, *, carry_out: bool = False
) -> UUID:
    """Record that the caller has checked a review. Returns its id. A review can be signed off once.

    With `carry_out`, what its entries are marked to take away is taken away before, all or nothing. Raises
    `MutationRejected` as `lock_review` does; INVALID if the note cannot be stored; and as `carry_out_decisions` does.
    """
    review = await lock_review(work, review_id)
    note = _normalize_note(note)
    if problems := [*state_problems(review), *_note_problems(note)]:
        raise MutationRejected(problems)
    taken = await carry_out_decisions(work, review) if carry_out else None
    values: dict[str, Any] = {"signed_off_by_id": review.actor.id, "signed_off_at": func.now(), "note": note}
    own = AccessReview.organization_id == review.organization_id, AccessReview.id == review.id
    await work.execute(update(AccessReview).where(*own).values(values))
    changes = created({"note": note} if taken is None else {"note": note, "takenAway": taken})
    entry = AuditEntry(AuditKind.ACCESS_REVIEW_SIGNED_OFF, review.id, review.organization_id, changes=changes)
    await work.audit(entry)
    return review.id


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


def _note_problems(note: str | None) -> list[Problem]:
    if note is not None and len(note) > NOTE_MAX:
        return [Problem(ErrorCode.INVALID, f"A note can have at most {NOTE_MAX:,} characters.", NOTE)]
    if note is not None and find_invisible(note.replace("\n", " ")):
        message = "A note can't contain invisible or control characters other than line breaks."
        return [Problem(ErrorCode.INVALID, message, NOTE)]
    return []
