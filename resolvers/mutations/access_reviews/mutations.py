"""Access reviews: making one, and signing it off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from authz.model.resources import VIEW, OrganizationAction
from models import AccessReview, AuditKind, Organization, new_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.access_reviews.snapshot import write_entries
from resolvers.mutations.onboarding.lock import authorize_named_organization, authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import is_single_line_text

NOTE_MAX = 1_000
"""Characters of the note of a sign-off, at most."""

ID, NOTE = ("input", "id"), ("input", "note")


async def create(work: UnitOfWork, organization_id: UUID | None) -> UUID:
    """Write down who has access to what in an organization, and why; returns the key of the review.

    Raises `MutationRejected` as `authorize_organization` does, and RATE_LIMITED.
    """
    opened = await authorize_organization(work, organization_id, OrganizationAction.REVIEW_ACCESS)
    work.writing.limits.create_access_review(opened.id)
    return await _write(work, opened.id)


async def create_named(work: UnitOfWork, organization: str) -> UUID:
    """The same for the organization with this public id or exact name; a caller without an actor is the operator.

    Raises `MutationRejected` as `authorize_named_organization` does.
    """
    return await _write(work, await authorize_named_organization(work, organization, OrganizationAction.REVIEW_ACCESS))


async def sign_off(work: UnitOfWork, review_id: UUID | None, note: str | None) -> UUID:
    """Say that the caller has looked at a review; returns its key. It can be said once.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND for a review that the caller does not see; FORBIDDEN for
    who may not
    review the access to its organization; ALREADY_SIGNED_OFF; INVALID for a note that can't be stored.
    """
    actor, access = await work.lock_actor()
    review, organization = AccessReview.__table__.alias(), Organization.__table__.alias()
    may = access.may(OrganizationAction.REVIEW_ACCESS, Organization, organization).is_(true())
    seen = (
        select(review.c.organization_id, review.c.signed_off_at, may.label("may"))
        .select_from(review.join(organization, organization.c.id == review.c.organization_id))
        .where(review.c.id == review_id, access.may(VIEW, AccessReview, review))
        .with_for_update(of=review)
    )
    found = (await work.execute_as(actor, seen)).one_or_none()
    if found is None or review_id is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "There is no such access review that you can see.", ID))
    if not found.may:
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "You may not sign off the access to this organization.", ID)
        )
    said = _tidy(note)
    if problems := _problems(found.signed_off_at, said):
        raise MutationRejected(problems)
    values: dict[str, Any] = {"signed_off_by_id": actor.id, "signed_off_at": func.now(), "note": said}
    await work.execute(update(AccessReview).where(AccessReview.id == review_id).values(values))
    kind = AuditKind.ACCESS_REVIEW_SIGNED_OFF
    await work.audit(AuditEntry(kind, review_id, found.organization_id, changes=created({"note": said})))
    return review_id


async def _write(work: UnitOfWork, organization_id: UUID) -> UUID:
    review_id, actor = new_id(), work.caller.actor
    await work.execute(
        insert(AccessReview).values(
            id=review_id,
            organization_id=organization_id,
            created_by_id=actor.id if actor else None,
            policy_version=work.writing.policy.version,
        )
    )
    entries = await write_entries(work, organization_id, review_id)
    happening = AuditEntry(
        AuditKind.ACCESS_REVIEW_CREATED, review_id, organization_id, changes=created({"entries": entries})
    )
    await work.audit(happening)
    return review_id


def _tidy(note: str | None) -> str | None:
    return (note or "").strip() or None


def _problems(signed_off_at: datetime | None, note: str | None) -> list[Problem]:
    found = []
    if signed_off_at is not None:
        found.append(Problem(ErrorCode.ALREADY_SIGNED_OFF, "The access review has been signed off.", ID))
    if note is not None and len(note) > NOTE_MAX:
        found.append(Problem(ErrorCode.INVALID, f"A note has at most {NOTE_MAX:,} characters.", NOTE))
    elif note is not None and not is_single_line_text(note.replace("\n", " ")):
        found.append(Problem(ErrorCode.INVALID, "A note has no control characters but line breaks.", NOTE))
    return found
