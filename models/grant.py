"""Grants: the permissions of users, and the accounts granted to users who don't have all of them.

Foreign keys include the organization of the row, so a grant can't cross organizations.

A grant may end. After that, it counts as if it had never existed: every query of these tables uses `not_expired`.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    FromClause,
    Index,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, enum_check
from models.enums import Permission


def _in_organization(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete="CASCADE"
    )


def _ends(table: str, *included: str) -> Index:
    """For the users whose grants end before a time."""
    return Index(
        f"ix_{table}_organization_id_ends_at",
        "organization_id",
        "ends_at",
        postgresql_include=included,
        postgresql_where=text("ends_at IS NOT NULL"),
    )


class ContractGrant(Base):
    """One contract account granted to one user."""

    __tablename__ = "contract_grants"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_account_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime | None]

    user = relationship("User", back_populates="contract_grants", foreign_keys="ContractGrant.user_id", viewonly=True)
    contract_account = relationship(
        "ContractAccount", back_populates="grants", foreign_keys="ContractGrant.contract_account_id", viewonly=True
    )

    __table_args__ = (
        _in_organization("user_id", "users"),
        _in_organization("contract_account_id", "contract_accounts"),
        Index(None, "contract_account_id", "user_id"),
        _ends("contract_grants", "user_id", "contract_account_id"),
    )


class DeliveryGrant(Base):
    """One delivery account granted to one user."""

    __tablename__ = "delivery_grants"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_account_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime | None]

    user = relationship("User", back_populates="delivery_grants", foreign_keys="DeliveryGrant.user_id", viewonly=True)
    delivery_account = relationship(
        "DeliveryAccount", back_populates="grants", foreign_keys="DeliveryGrant.delivery_account_id", viewonly=True
    )

    __table_args__ = (
        _in_organization("user_id", "users"),
        _in_organization("delivery_account_id", "delivery_accounts"),
        Index(None, "delivery_account_id", "user_id"),
        _ends("delivery_grants", "user_id", "delivery_account_id"),
    )


class UserPermission(Base):
    """One permission of one user. `SITES_SERVICES_VIEW` is stored like the others; all users have it permanently."""

    __tablename__ = "user_permissions"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime | None]

    user = relationship("User", back_populates="permissions", foreign_keys="UserPermission.user_id", viewonly=True)

    __table_args__ = (
        _in_organization("user_id", "users"),
        enum_check("permission", Permission),
        CheckConstraint("ends_at IS NULL OR permission <> 'SITES_SERVICES_VIEW'", name="view_has_no_end"),
        _ends("user_permissions", "user_id"),
    )


GRANTS: Final[tuple[type[Base], ...]] = (ContractGrant, DeliveryGrant, UserPermission)
"""The tables of grants."""


NO_EXPIRY: Final[ColumnElement[datetime]] = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
"""Stands in for the end of grants without one when ends are compared."""


def not_expired(grants: FromClause, at: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    """Whether a row of `grants` (one of those tables, or an alias of one) hasn't ended at the moment `at`.

    None is the start of the transaction, so that all its statements agree.
    """
    return or_(grants.c.ends_at.is_(None), grants.c.ends_at > (func.now() if at is None else at))
