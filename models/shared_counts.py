"""What all server processes share about their work: what callers spend, what they attempt, and from which replicas the
processes read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
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


class ReplicaLease(Base):
    """The lease of one server process on one read replica: until `ends_at`, the process may read from it. Whoever
    changes something until then waits until the replica has the change, or the lease has ended.

    `replica` identifies the running PostgreSQL. `mark` is another random number with each renewal: a replica that shows
    it has everything that was committed before. So the table is logged, unlike other short-lived counts.
    """

    __tablename__ = "replica_leases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    replica: Mapped[str]
    mark: Mapped[int] = mapped_column(BigInteger())
    ends_at: Mapped[datetime]
