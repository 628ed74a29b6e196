"""Who had access to what in an organization at one moment, and why; and who has looked at it and signed it off."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check
from models.enums import AccessKind


class AccessReview(HasId, Base):
    """One review. What its entries say is true of the moment `created_at`, by the rules of `policy_version`.

    Nothing of it is ever changed but the sign-off, once: triggers see to it. Who made it and who signed it off are
    kept without a foreign key, like the actors of audit events; nobody made it who stands in `users` where the operator
    did.
    """

    __tablename__ = "access_reviews"

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
    """One thing that one user had, as both were called then. Rows are only ever added.

    `thing_id` and `name` are the account; of a permission only the `name`; of all accounts of a type neither, but how
    many (`accounts`) there were. `why` says it in words, `rules` names the rules of the policy (`policies.polar:57`).
    """

    __tablename__ = "access_review_entries"

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
