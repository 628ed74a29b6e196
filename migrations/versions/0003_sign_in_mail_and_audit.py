"""Sessions, one-time tokens, outgoing mail and audit events."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def key() -> sa.Column[Any]:
    """A primary key column; its values are UUIDs of version 7, made by the application."""
    return sa.Column("id", sa.Uuid(), nullable=False)


def moment(name: str) -> sa.Column[Any]:
    """A column with the time of the transaction, if nothing else is given."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit_events",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('user.created', 'user.activated', 'session.started', 'session.refused', 'session.ended')",
            name=op.f("ck_audit_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_events_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_organization_id_id"), "audit_events", ["organization_id", "id"])
    op.create_index(op.f("ix_audit_events_subject_id_id"), "audit_events", ["subject_id", "id"])

    op.create_table(
        "one_time_tokens",
        key(),
        moment("created_at"),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('ACTIVATION', 'PASSWORD_RESET')", name=op.f("ck_one_time_tokens_purpose")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_tokens_token_hash")),
    )
    op.create_index(op.f("ix_one_time_tokens_user_id_purpose_id"), "one_time_tokens", ["user_id", "purpose", "id"])
    op.create_index(
        "uq_one_time_tokens_open",
        "one_time_tokens",
        ["user_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )

    op.create_table(
        "sessions",
        key(),
        moment("created_at"),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        moment("last_seen_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])

    op.create_table(
        "outbox_mails",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("one_time_token_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="QUEUED", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        moment("next_attempt_at"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_reply", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('USER_ACTIVATION')", name=op.f("ck_outbox_mails_kind")),
        sa.CheckConstraint("status IN ('QUEUED', 'SENT', 'FAILED')", name=op.f("ck_outbox_mails_status")),
        sa.ForeignKeyConstraint(
            ["one_time_token_id"],
            ["one_time_tokens.id"],
            name=op.f("fk_outbox_mails_one_time_token_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_outbox_mails_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_outbox_mails_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mails_message_id")),
    )
    op.create_index(op.f("ix_outbox_mails_one_time_token_id"), "outbox_mails", ["one_time_token_id"])
    op.create_index(
        "ix_outbox_mails_queue", "outbox_mails", ["next_attempt_at"], postgresql_where=sa.text("status = 'QUEUED'")
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("outbox_mails")
    op.drop_table("sessions")
    op.drop_table("one_time_tokens")
    op.drop_table("audit_events")
