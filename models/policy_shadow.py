"""A candidate for the policy that runs beside the one in force, and where the two differ for who was there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class PolicyShadow(HasId, Base):
    """One candidate, from its start to its end (`stopped_at`). At most one runs: a unique index says so.

    `compared` counts the questions that were asked of both policies, `failed` those that the database did not answer in
    time.
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
    """What a user who was there may do under one of the two policies only: with `gained`, under the candidate.

    `thing` is a public id, or the word that a question about the actor alone is about; `type` is empty for these.
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

    __table_args__ = (Index(None, "organization_id"),)
