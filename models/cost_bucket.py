"""Cost buckets: how much of their query budget callers have spent, shared by all server processes."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CostBucket(Base):
    """The bucket of one caller: a user, an API client or a network address (`holder`). A full bucket needs no row.

    `missing` is the number of nodes that it lacked at `as_of`; it refills from then on. `leased` is the number that the
    last process took. The table is unlogged (not in the WAL), so that leases are cheap: after a crash of PostgreSQL it
    is empty, and all buckets are full.
    """

    __tablename__ = "cost_buckets"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    holder: Mapped[str] = mapped_column(primary_key=True)
    missing: Mapped[float]
    leased: Mapped[int]
    as_of: Mapped[datetime]
