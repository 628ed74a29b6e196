"""The history of the policy: the versions that were in force, when each was put in force, and rollbacks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check
from models.enums import ActivationCause


class PolicyVersion(Base):
    """A version that was in force, with its source `text` and the name of its `file`."""

    __tablename__ = "policy_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (CheckConstraint("octet_length(text) <= 1000000", name="text"),)


class PolicyActivation(Base):
    """A version took the place of another one. Servers that follow with the same version add no row.

    `number` counts the rows, so that of two servers that write at once, one sees that it comes second. `put_by` is the
    person or program as far as `cause` tells; `server` is the process that was the first to run the version.
    """

    __tablename__ = "policy_activations"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(ForeignKey("policy_versions.version"))
    at: Mapped[datetime]
    cause: Mapped[str]
    put_by: Mapped[str]
    server: Mapped[str]

    __table_args__ = (Index(None, "version"), enum_check("cause", ActivationCause))


class PolicyRollback(HasId, Base):
    """An order to all servers to run `version` instead of their files, until its end (`ended_at`).

    A unique index allows at most one to hold.
    """

    __tablename__ = "policy_rollbacks"

    version: Mapped[str] = mapped_column(ForeignKey("policy_versions.version"))
    put_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        Index(None, "version"),
        Index("uq_policy_rollbacks_holding", sql("(true)"), unique=True, postgresql_where=sql("ended_at IS NULL")),
    )
