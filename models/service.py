"""Services: what is delivered. Only a service connects a contract account to a delivery account."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint, literal_column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, enum_check, folded_column, grams_index
from models.enums import ServiceStatus

_RANKS = "".join(f"\n    WHEN status = '{status}' THEN '{rank}'" for rank, status in enumerate(ServiceStatus))
# With the line breaks of PostgreSQL, so that the migrations can be compared with the models.
STATUS_RANK = literal_column(f"(\nCASE{_RANKS}\n    ELSE '~'\nEND)", Text())
"""The place of a service's status in the enum, as a digit, by which lists are ordered."""


_SEARCHED = "(((name_key || ' '::text) || lower(code)) || ' '::text) || city_key"


class Service(HasId, Base):
    """A service, and the place where it is delivered."""

    __tablename__ = "services"
    id_prefix = "svc"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    contract_account_id: Mapped[UUID]
    delivery_account_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    status: Mapped[str] = mapped_column(default=ServiceStatus.ACTIVE, server_default=ServiceStatus.ACTIVE.value)
    city: Mapped[str]
    city_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("city"))
    country: Mapped[str]

    organization = relationship("Organization", back_populates="services", viewonly=True)
    contract_account = relationship(
        "ContractAccount", back_populates="services", foreign_keys="Service.contract_account_id", viewonly=True
    )
    delivery_account = relationship(
        "DeliveryAccount", back_populates="services", foreign_keys="Service.delivery_account_id", viewonly=True
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "contract_account_id"],
            ["contract_accounts.organization_id", "contract_accounts.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "delivery_account_id"],
            ["delivery_accounts.organization_id", "delivery_accounts.id"],
        ),
        UniqueConstraint("organization_id", "code"),
        enum_check("status", ServiceStatus),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{0,63}$'", name="code"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("length(city) BETWEEN 1 AND 200", name="city_length"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        Index(None, "organization_id", "code", "id"),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "city_key", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index("ix_services_organization_id_status_rank_id", "organization_id", STATUS_RANK, "id"),
        # For the staff's list of all services, across organizations.
        Index(None, "code", "id"),
        Index(None, "name_key", "id"),
        Index(None, "city_key", "id"),
        Index(None, "created_at", "id"),
        Index("ix_services_status_rank_id", STATUS_RANK, "id"),
        Index(None, "contract_account_id", "organization_id", "code", "id"),
        Index(None, "delivery_account_id", "organization_id", "code", "id"),
        Index(None, "country", "organization_id", "code", "id"),
        Index(
            "ix_services_delivery_account_id_contract_account_id_included",
            "delivery_account_id",
            "contract_account_id",
            postgresql_include=["organization_id"],
        ),
        Index(
            "ix_services_contract_account_id_delivery_account_id_included",
            "contract_account_id",
            "delivery_account_id",
            postgresql_include=["organization_id"],
        ),
        grams_index("services", _SEARCHED),
    )
