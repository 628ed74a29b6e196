"""What all server processes count together, in unlogged tables: what callers spend, and what they attempt."""

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


class AttemptCount(Base):
    """How often something was attempted: a count of one `kind` for one owner, such as an address or a user.

    `key` is a hash of the owner under the secret key. `count` is that of a window of time that began at `since`, or for
    failed sign-ins, which are forgiven one by one, what was not forgiven at `since`, the time of the last failure. The
    row means nothing from `ends_at` on. The table is unlogged (not in the WAL), so that counting is cheap: after a
    crash of PostgreSQL it is empty.
    """

    __tablename__ = "attempt_counts"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
    ends_at: Mapped[datetime]
