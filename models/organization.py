"""Organizations: the customers of the platform. Everything else belongs to exactly one of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, folded_column


class Organization(HasId, Base):
    """A customer of the platform."""

    __tablename__ = "organizations"
    id_prefix = "org"

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    contract_accounts = relationship("ContractAccount", back_populates="organization", viewonly=True)
    delivery_accounts = relationship("DeliveryAccount", back_populates="organization", viewonly=True)
    services = relationship("Service", back_populates="organization", viewonly=True)
    users = relationship("User", back_populates="organization", viewonly=True)

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        Index(None, "name_key", "id"),
    )
