"""What each caller has spent of their bucket of cost: all server processes take from it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CostBucket(Base):
    """The bucket of one caller, a user, an API client or a network address (`holder`). One that is full needs no row.

    `missing` is how many nodes it lacked at `as_of`; from then on it refills. `leased` is how many the process took
    that asked last. After a crash of PostgreSQL the table is empty, and all buckets are full: nothing of it is written
    to the log (WAL), so that taking from it is cheap.
    """

    __tablename__ = "cost_buckets"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    holder: Mapped[str] = mapped_column(primary_key=True)
    missing: Mapped[float]
    leased: Mapped[int]
    as_of: Mapped[datetime]
