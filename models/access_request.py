"""Access requests: what users ask for, until when and why, and what was decided."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, enum_check
from models.enums import AccessRequestState, Permission

REQUESTABLE = tuple(permission for permission in Permission if permission is not Permission.SITES_SERVICES_VIEW)
"""The permissions that a user can lack."""


class AccessRequest(HasId, Base):
    """One request of one user, for a permission or for one account.

    An account is named in `account`, in the requester's words. `contract_account_id` or `delivery_account_id` is the
    account that these words identify; both are NULL if they identify none, or several. Only those who may assign the
    account get to know which: to the requester, the row looks the same. `ends_at` is the requested end, `granted_until`
    the one that was approved. `announced_at` is when those who may decide were notified.

    Triggers ensure that what is requested never changes, and that what is no longer pending stays as it is.
    """

    __tablename__ = "access_requests"
    id_prefix = "arq"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    requester_id: Mapped[UUID]
    kind: Mapped[str]
    permission: Mapped[str | None]
    account: Mapped[str | None]
    contract_account_id: Mapped[UUID | None]
    delivery_account_id: Mapped[UUID | None]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(
        default=AccessRequestState.PENDING, server_default=AccessRequestState.PENDING.value
    )
    expires_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
    granted_until: Mapped[datetime | None]

    organization = relationship("Organization", viewonly=True)
    requester = relationship("User", foreign_keys="AccessRequest.requester_id", viewonly=True)
    contract_account = relationship("ContractAccount", foreign_keys="AccessRequest.contract_account_id", viewonly=True)
    delivery_account = relationship("DeliveryAccount", foreign_keys="AccessRequest.delivery_account_id", viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "requester_id"], ["users.organization_id", "users.id"]),
        ForeignKeyConstraint(
            ["organization_id", "contract_account_id"], ["contract_accounts.organization_id", "contract_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "delivery_account_id"], ["delivery_accounts.organization_id", "delivery_accounts.id"]
        ),
        CheckConstraint("kind IN ('PERMISSION', 'CONTRACT_ACCOUNT', 'DELIVERY_ACCOUNT')", name="kind"),
        CheckConstraint(
            f"permission IN ({', '.join(repr(permission.value) for permission in REQUESTABLE)})", name="permission"
        ),
        enum_check("state", AccessRequestState),
        CheckConstraint("(kind = 'PERMISSION') = (permission IS NOT NULL)", name="permission_of_kind"),
        CheckConstraint("(kind = 'PERMISSION') = (account IS NULL)", name="account_of_kind"),
        CheckConstraint(
            "(contract_account_id IS NULL OR kind = 'CONTRACT_ACCOUNT') "
            "AND (delivery_account_id IS NULL OR kind = 'DELIVERY_ACCOUNT')",
            name="found_account_of_kind",
        ),
        CheckConstraint(
            "(state IN ('APPROVED', 'DECLINED')) = (decided_by_id IS NOT NULL)", name="decided_by_somebody"
        ),
        CheckConstraint("(state = 'PENDING') = (decided_at IS NULL)", name="decided_at_some_time"),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "requester_id", "created_at", "id"),
        # For the list of staff, across organizations.
        Index(None, "created_at", "id"),
        Index("ix_access_requests_pending", "expires_at", postgresql_where=text("state = 'PENDING'")),
        Index(
            "ix_access_requests_unannounced",
            "created_at",
            postgresql_where=text("state = 'PENDING' AND announced_at IS NULL"),
        ),
    )
