"""Access reviews: who had access to what in an organization at one moment, and why, with the sign-off."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check
from models.enums import AccessKind


class AccessReview(HasId, Base):
    """One review. Its entries describe the moment `created_at`, under the rules of `policy_version`.

    Triggers allow one change only: the sign-off, once. The creator and the signer have no foreign key, like the actors
    of audit events. `created_by_id` is NULL if the operator created the review.
    """

    __tablename__ = "access_reviews"
    id_prefix = "rev"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_by_id: Mapped[UUID | None]
    policy_version: Mapped[str]
    signed_off_by_id: Mapped[UUID | None]
    signed_off_at: Mapped[datetime | None]
    note: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(signed_off_at IS NULL) = (signed_off_by_id IS NULL)", name="signed_off_by_somebody"),
        CheckConstraint("note IS NULL OR signed_off_at IS NOT NULL", name="note_of_sign_off"),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "created_at", "id"),
    )


class AccessReviewEntry(HasId, Base):
    """One account or permission that one user had, with the names of that moment. Rows are only ever added.

    `thing_id` and `name` identify an account; a permission has only `name`; all accounts of a type have neither, but
    their number (`accounts`). `why` is the reason in words, `rules` names the policy rules (`policies.polar:57`).
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
    rules: Mapped[str | None]

    __table_args__ = (
        enum_check("kind", AccessKind),
        ForeignKeyConstraint(["organization_id", "review_id"], ["access_reviews.organization_id", "access_reviews.id"]),
        Index(None, "organization_id", "review_id", "user_email", "id"),
        Index(None, "review_id", "user_email", "id"),
    )
