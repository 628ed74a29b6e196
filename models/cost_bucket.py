"""Cost buckets: how much of their query budget callers have left, shared by all server processes."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CostBucket(Base):
    """The bucket of one caller: a user, an API client or a network address (`holder`). A full bucket needs no row.

    `balance` is the number of nodes that it held at `as_of`; it refills from then on. The balance says nothing about
    the capacity, so servers with different capacities can share it. `capacity` is the largest of theirs: the bucket is
    full once it holds that much. `leased` is the number that the last process took. The table is unlogged (not in the
    WAL), so that leases are cheap: after a crash of PostgreSQL it is empty, and all buckets are full.
    """

    __tablename__ = "cost_buckets"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    holder: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[float]
    capacity: Mapped[int]
    leased: Mapped[int]
    as_of: Mapped[datetime]
