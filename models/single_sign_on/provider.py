"""The providers of organizations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class IdentityProvider(Base):
    """The OpenID provider of an organization.

    The client secret is encrypted. If single sign-on `is_required`, nobody signs in by password except the
    `break_glass_user_id`, who can when the provider is down. With a `template_id`, a person who signs in and isn't a
    user yet becomes one with that access, as if the admin `creator_id` had created them.
    """

    __tablename__ = "identity_providers"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    issuer: Mapped[str]
    client_id: Mapped[str]
    client_secret: Mapped[bytes]
    is_required: Mapped[bool] = mapped_column(server_default=text("false"))
    break_glass_user_id: Mapped[UUID | None]
    template_id: Mapped[UUID | None]
    creator_id: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "break_glass_user_id"], ["users.organization_id", "users.id"]),
        ForeignKeyConstraint(["organization_id", "creator_id"], ["users.organization_id", "users.id"]),
        ForeignKeyConstraint(
            ["organization_id", "template_id"], ["access_templates.organization_id", "access_templates.id"]
        ),
        CheckConstraint("length(issuer) BETWEEN 1 AND 500", name="issuer_length"),
        CheckConstraint("length(client_id) BETWEEN 1 AND 255", name="client_id_length"),
        CheckConstraint("NOT is_required OR break_glass_user_id IS NOT NULL", name="required_has_break_glass"),
        CheckConstraint("(template_id IS NULL) = (creator_id IS NULL)", name="template_has_creator"),
    )
