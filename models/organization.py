"""Organizations: the customers of the platform. Everything else belongs to exactly one of them."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, folded_column

END_NOTICES: Final = 3
"""How often an end is told at most."""

END_NOTICE_DAYS: Final = (1, 60)
DORMANT_AFTER_DAYS: Final = (30, 1_000)
DORMANCY_WARNING_DAYS: Final = (7, 28)
"""The least and the most days of the settings. A warning always comes before the removal."""


def _range(days: tuple[int, int]) -> str:
    return f"{days[0]} AND {days[1]}"


class Organization(HasId, Base):
    """A customer of the platform, with its settings.

    `end_notice_days` are how many days before an end of somebody's access it is told, the longest first; none if never.
    Users who are inactive for `dormant_after_days` are removed, after a warning `dormancy_warning_days` before; NULL if
    nobody is. If it `requires_second_factor`, nobody signs in without one.
    """

    __tablename__ = "organizations"
    id_prefix = "org"

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    end_notice_days: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=lambda: [14, 3], server_default=text("'{14,3}'")
    )
    dormant_after_days: Mapped[int | None]
    dormancy_warning_days: Mapped[int] = mapped_column(default=14, server_default=text("14"))
    requires_second_factor: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    contract_accounts = relationship("ContractAccount", back_populates="organization", viewonly=True)
    delivery_accounts = relationship("DeliveryAccount", back_populates="organization", viewonly=True)
    services = relationship("Service", back_populates="organization", viewonly=True)
    users = relationship("User", back_populates="organization", viewonly=True)

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint(
            f"cardinality(end_notice_days) <= {END_NOTICES} AND {END_NOTICE_DAYS[0]} <= ALL (end_notice_days) "
            f"AND {END_NOTICE_DAYS[1]} >= ALL (end_notice_days)",
            name="end_notice_days",
        ),
        CheckConstraint(f"dormant_after_days BETWEEN {_range(DORMANT_AFTER_DAYS)}", name="dormant_after_days"),
        CheckConstraint(f"dormancy_warning_days BETWEEN {_range(DORMANCY_WARNING_DAYS)}", name="dormancy_warning_days"),
        Index(None, "name_key", "id"),
    )
