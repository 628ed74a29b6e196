"""Shadow policies: candidates that run beside the policy in force, and the decisions on which the two differ."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class PolicyShadow(HasId, Base):
    """One candidate, from its start to its end (`stopped_at`). A unique index allows at most one to run.

    `compared` counts the decisions that were repeated with the candidate, `failed` those that timed out in the
    database.
    """

    __tablename__ = "policy_shadows"

    file: Mapped[str]
    version: Mapped[str]
    text: Mapped[str]
    stopped_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(default=0, server_default=sql("0"))
    failed: Mapped[int] = mapped_column(default=0, server_default=sql("0"))

    __table_args__ = (
        Index("uq_policy_shadows_running", sql("(true)"), unique=True, postgresql_where=sql("stopped_at IS NULL")),
    )


class PolicyDifference(Base):
    """A decision for an active user that only one of the two policies allows: the candidate if `gained`.

    `thing` is a public id, or, for rules about the actor alone, the value that the rule is about; `type` is then empty.
    """

    __tablename__ = "policy_differences"

    shadow_id: Mapped[UUID] = mapped_column(ForeignKey("policy_shadows.id", ondelete="CASCADE"), primary_key=True)
    active_version: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    thing: Mapped[str] = mapped_column(primary_key=True)
    gained: Mapped[bool]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    seen: Mapped[int] = mapped_column(default=1, server_default=sql("1"))
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "organization_id"), Index(None, "user_id"))
