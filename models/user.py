"""Users: their details, and whether they may sign in. Their grants are in `models/grant.py`."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Text,
    UniqueConstraint,
    and_,
    case,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, enum_check, folded_column, grams_index, tenant_check, within_tenant
from models.enums import Audience, UserKind

NEVER_SIGNED_IN: Final = "'1970-01-01 00:00:00+00'::timestamp with time zone"
"""SQL for the time by which users who have never signed in are ordered among the others."""


class LifecycleStage(StrEnum):
    """Where a user is in their lifecycle, as far as the row of the user says. Whether the activation of one who is
    `AWAITING` it has expired depends on its token and the time."""

    AWAITING = "0"
    ACTIVE = "1"
    REMOVED = "2"


_INACTIVE: Final = "activated_at IS NULL OR removed_at IS NOT NULL"
_STAGE: Final = literal_column(
    f"(\nCASE\n    WHEN removed_at IS NOT NULL THEN '{LifecycleStage.REMOVED}'"
    f"\n    WHEN activated_at IS NOT NULL THEN '{LifecycleStage.ACTIVE}'\n    ELSE '{LifecycleStage.AWAITING}'\nEND)",
    Text(),
)
"""With the line breaks of PostgreSQL, so that the migrations can be compared with the models."""


def _with_all(kind: str) -> Index:
    flag = f"all_{kind}_accounts"
    columns = ("organization_id", "name_key", "id")
    return Index(f"ix_users_{'_'.join(columns)}_{flag}", *columns, postgresql_where=text(flag))


class User(HasId, Base):
    """The login of a person or a shared mailbox, in an organization or (`staff`) of the platform itself.

    Triggers increment `version` with every change of the row, its grants or its permissions. Caches compare it to see
    whether a value that was derived from the user is still current. An update of `last_sign_in_at` doesn't increment
    it, so it must change nothing else.

    `erased_at` is when the person's data was replaced by a pseudonym; such a user is removed, for good.

    `external_id` is the id that an identity provider gave the user by SCIM, and `deprovisioned_at` is when it deleted
    them: they are removed, and for SCIM they don't exist until somebody restores them.

    Emails that look the same have the same `email_skeleton` (UTS #39, section 4); the migration that adds the column
    creates the SQL function `skeleton`.
    """

    __tablename__ = "users"
    id_prefix = "usr"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    tenant_id: Mapped[UUID]
    staff: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    kind: Mapped[str] = mapped_column(default=UserKind.PERSONAL, server_default=UserKind.PERSONAL.value)
    audience: Mapped[str] = mapped_column(default=Audience.ORGANIZATION, server_default=Audience.ORGANIZATION.value)
    email: Mapped[str] = mapped_column(Text(collation="C"))
    email_skeleton: Mapped[str] = mapped_column(Text(collation="C"), Computed("skeleton(email)", persisted=True))
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"),
        folded_column("coalesce(last_name, '') || ' ' || coalesce(first_name, '') || ' ' || email"),
    )
    phone: Mapped[str | None]
    country: Mapped[str | None]
    all_contract_accounts: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    all_delivery_accounts: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    password_hash: Mapped[str | None]
    activated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    external_id: Mapped[str | None]
    deprovisioned_at: Mapped[datetime | None]
    template_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    organization = relationship("Organization", back_populates="users", viewonly=True)
    contract_grants = relationship(
        "ContractGrant", back_populates="user", foreign_keys="ContractGrant.user_id", viewonly=True
    )
    delivery_grants = relationship(
        "DeliveryGrant", back_populates="user", foreign_keys="DeliveryGrant.user_id", viewonly=True
    )
    permissions = relationship(
        "UserPermission", back_populates="user", foreign_keys="UserPermission.user_id", viewonly=True
    )

    __table_args__ = (
        tenant_check(),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["organization_id", "template_id"], ["access_templates.organization_id", "access_templates.id"]
        ),
        UniqueConstraint("email"),
        enum_check("kind", UserKind),
        enum_check("audience", Audience),
        CheckConstraint("email = lower(email) AND length(email) BETWEEN 3 AND 254", name="email"),
        CheckConstraint("staff = (organization_id IS NULL)", name="staff_has_no_organization"),
        CheckConstraint(
            "audience <> 'DELIVERY' OR (organization_id IS NOT NULL AND NOT all_delivery_accounts)",
            name="delivery_audience_has_a_list",
        ),
        CheckConstraint("erased_at IS NULL OR removed_at IS NOT NULL", name="erased_is_removed"),
        CheckConstraint("deprovisioned_at IS NULL OR removed_at IS NOT NULL", name="deprovisioned_is_removed"),
        CheckConstraint("length(external_id) BETWEEN 1 AND 255", name="external_id_length"),
        CheckConstraint("length(first_name) BETWEEN 1 AND 100", name="first_name_length"),
        CheckConstraint("length(last_name) BETWEEN 1 AND 100", name="last_name_length"),
        CheckConstraint("phone ~ '^\\+[1-9][0-9]{1,14}$'", name="phone"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        Index(None, "template_id", "name_key", "id", postgresql_where=text("template_id IS NOT NULL")),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "email", "id"),
        Index(
            "uq_users_organization_id_external_id",
            "organization_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "organization_id", "created_at", "id"),
        Index(
            "ix_users_organization_id_last_sign_in_key_id",
            "organization_id",
            text(f"COALESCE(last_sign_in_at, {NEVER_SIGNED_IN})"),
            "id",
        ),
        Index(
            "ix_users_organization_id_name_key_id_inactive",
            "organization_id",
            "name_key",
            "id",
            postgresql_where=text(_INACTIVE),
        ),
        Index("ix_users_organization_id_stage_id", "organization_id", _STAGE, "id"),
        Index(None, "country", "organization_id", "name_key", "id"),
        grams_index("users"),
        # For the staff's list, across organizations.
        Index("ix_users_stage_id", _STAGE, "id"),
        Index("ix_users_name_key_id_inactive", "name_key", "id", postgresql_where=text(_INACTIVE)),
        Index(None, "country", "name_key", "id"),
        Index(None, "name_key", "id"),
        Index(None, "email", "id"),
        Index(None, "created_at", "id"),
        Index("ix_users_last_sign_in_key_id", text(f"COALESCE(last_sign_in_at, {NEVER_SIGNED_IN})"), "id"),
        # For the lists of users who have access to an account.
        _with_all("contract"),
        _with_all("delivery"),
        Index(None, "email_skeleton"),
    )


class UserEmail(Base):
    """The directory of emails: which user has an email, of whatever tenant.

    An email is entered first, in the statement that adds its user, and whoever looks for the user of an email asks here
    first. So emails are unique across tenants even where the users of each tenant are on another machine. Triggers keep
    the entries of users whom another program adds, or whose email it changes.
    """

    __tablename__ = "emails"

    email: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]

    __table_args__ = (within_tenant("user_id", "users", ondelete="CASCADE"), UniqueConstraint("tenant_id", "user_id"))


def lifecycle_stage(user: FromClause) -> ColumnElement[str]:
    """The `LifecycleStage` of a row of `user`: the expression of an index."""
    awaiting, active, removed = (literal_column(f"'{stage}'", Text()) for stage in LifecycleStage)
    return case((user.c.removed_at.is_not(None), removed), (user.c.activated_at.is_not(None), active), else_=awaiting)


def is_inactive(user: FromClause) -> ColumnElement[bool]:
    """Whether a row of `user` is not an active user: the condition of an index."""
    return or_(user.c.activated_at.is_(None), user.c.removed_at.is_not(None))


def is_active(user: FromClause) -> ColumnElement[bool]:
    """Whether a row of `user` (the table of users, or an alias of it) is an active user, who may act at all."""
    return and_(user.c.activated_at.is_not(None), user.c.removed_at.is_(None))
