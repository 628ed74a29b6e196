"""Contract accounts: the legal entities of an organization with which services are signed."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, folded_column, grams_index


class ContractAccount(HasId, Base):
    """The legal entity of an organization with which a service is signed."""

    __tablename__ = "contract_accounts"
    id_prefix = "ca"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    vat_number: Mapped[str | None]
    billing_email: Mapped[str | None]
    currency: Mapped[str | None]

    organization = relationship("Organization", back_populates="contract_accounts", viewonly=True)
    services = relationship(
        "Service", back_populates="contract_account", foreign_keys="Service.contract_account_id", viewonly=True
    )
    grants = relationship(
        "ContractGrant",
        back_populates="contract_account",
        foreign_keys="ContractGrant.contract_account_id",
        viewonly=True,
    )

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "created_at", "id"),
        # For the staff's list, across organizations.
        Index(None, "name_key", "id"),
        Index(None, "created_at", "id"),
        grams_index("contract_accounts"),
    )
