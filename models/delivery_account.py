"""Delivery accounts: the end customers, or legal entities, to which services are delivered."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, folded_column, grams_index


class DeliveryAccount(HasId, Base):
    """The end customer, or the legal entity, to which a service is delivered."""

    __tablename__ = "delivery_accounts"
    id_prefix = "da"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))

    organization = relationship("Organization", back_populates="delivery_accounts", viewonly=True)
    services = relationship(
        "Service", back_populates="delivery_account", foreign_keys="Service.delivery_account_id", viewonly=True
    )
    grants = relationship(
        "DeliveryGrant",
        back_populates="delivery_account",
        foreign_keys="DeliveryGrant.delivery_account_id",
        viewonly=True,
    )

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "created_at", "id"),
        # For the staff's list, across organizations.
        Index(None, "name_key", "id"),
        Index(None, "created_at", "id"),
        grams_index("delivery_accounts"),
    )
