"""Access reviews: who had access to what in an organization at one moment, and why, with the sign-off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, within_tenant
from models.enums import AccessKind, AccessReviewDecision, AccessReviewState


class AccessReview(HasId, Base):
    """One review. Its entries describe the moment `recorded_at`, under the rules of `policy_version`.

    The entries become visible in the transaction that sets `state` to COMPLETE. From then on, triggers allow one change
    only: the sign-off, once. Until then, `policy_version` is the version under which the review was requested, and
    there is a row of `AccessReviewJob`. `failure` says why a review failed. The creator and the signer have no foreign
    key, like the actors of audit events. `created_by_id` is NULL if the operator created the review.
    """

    __tablename__ = "access_reviews"
    id_prefix = "rev"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_by_id: Mapped[UUID | None]
    policy_version: Mapped[str]
    state: Mapped[str] = mapped_column(
        default=AccessReviewState.PENDING, server_default=AccessReviewState.PENDING.value
    )
    recorded_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    signed_off_by_id: Mapped[UUID | None]
    signed_off_at: Mapped[datetime | None]
    note: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(signed_off_at IS NULL) = (signed_off_by_id IS NULL)", name="signed_off_by_somebody"),
        CheckConstraint("note IS NULL OR signed_off_at IS NOT NULL", name="note_of_sign_off"),
        enum_check("state", AccessReviewState),
        CheckConstraint("(state = 'COMPLETE') = (recorded_at IS NOT NULL)", name="complete_when_recorded"),
        CheckConstraint("(state = 'FAILED') = (failure IS NOT NULL)", name="failed_for_a_reason"),
        CheckConstraint("signed_off_at IS NULL OR state = 'COMPLETE'", name="signed_off_when_complete"),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "created_at", "id"),
    )


class AccessReviewJob(Base):
    """The work of recording a review, until it is complete or has failed. A process that does it has claimed it.

    `claim_id` identifies the claim, which lasts until `due_at` unless it is renewed: then another process may claim the
    job. `attempts` counts the claims. `progress` is in percent.
    """

    __tablename__ = "access_review_jobs"

    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    claim_id: Mapped[UUID | None]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    progress: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        ForeignKeyConstraint(["organization_id", "review_id"], ["access_reviews.organization_id", "access_reviews.id"]),
        Index(None, "organization_id", "review_id"),
    )


class AccessReviewEntry(HasId, Base):
    """One account or permission that one user had, with the names of that moment. Rows are only ever added.

    `thing_id` and `name` identify an account; a permission has only `name`; all accounts of a type have neither, but
    their number (`accounts`). `why` is the reason in words, `rules` names the policy rules (`policies.polar:57`).
    `reasons` are those of `why`, in the form that `resolvers/mutations/access_reviews/reasons.py` describes; NULL in
    reviews that were recorded before they were.
    """

    __tablename__ = "access_review_entries"
    id_prefix = "rve"

    organization_id: Mapped[UUID]
    review_id: Mapped[UUID]
    user_id: Mapped[UUID]
    user_email: Mapped[str] = mapped_column(Text(collation="C"))
    user_name: Mapped[str]
    user_status: Mapped[str]
    kind: Mapped[str]
    thing_id: Mapped[UUID | None]
    name: Mapped[str | None]
    accounts: Mapped[int | None]
    ends_at: Mapped[datetime | None]
    why: Mapped[str]
    reasons: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    rules: Mapped[str | None]

    __table_args__ = (
        enum_check("kind", AccessKind),
        UniqueConstraint("organization_id", "id"),
        ForeignKeyConstraint(["organization_id", "review_id"], ["access_reviews.organization_id", "access_reviews.id"]),
        Index(None, "organization_id", "review_id", "user_email", "id"),
        Index(None, "review_id", "user_email", "id"),
        # For the filters by user and by account.
        Index("ix_access_review_entries_of_user", "organization_id", "review_id", "user_id"),
        Index(
            "ix_access_review_entries_of_thing",
            "organization_id",
            "review_id",
            "thing_id",
            postgresql_where=text("thing_id IS NOT NULL"),
        ),
    )


class AccessReviewEntryDecision(Base):
    """What an entry was marked with last. A trigger keeps it as it is once the review is signed off.

    Whoever decided has no foreign key, like the actors of audit events.
    """

    __tablename__ = "access_review_decisions"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    review_id: Mapped[UUID]
    decision: Mapped[str]
    decided_by_id: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        enum_check("decision", AccessReviewDecision),
        within_tenant("entry_id", "access_review_entries", tenant="organization_id"),
        UniqueConstraint("organization_id", "entry_id"),
        ForeignKeyConstraint(["organization_id", "review_id"], ["access_reviews.organization_id", "access_reviews.id"]),
        Index(None, "organization_id", "review_id"),
        Index(None, "review_id", "decision"),
    )
