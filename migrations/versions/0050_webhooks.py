"""Webhooks, and the log of what was sent to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FAILURES = (
    *("URL_REFUSED", "NO_PUBLIC_ADDRESS", "CONNECTION_FAILED", "TLS_FAILED", "PROXY_REFUSED", "TIMED_OUT"),
    *("RESPONSE_INVALID", "RESPONSE_TOO_LARGE", "BUSY"),
)


def upgrade() -> None:
    """Create both tables, which are empty."""
    op.create_table(
        "webhooks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hint", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_hint", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="ACTIVE", nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        time("due_at"),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        time("failing_since", nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        time("leased_until", nullable=True),
        time("served_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        time("created_at"),
        check("webhooks", "state", one_of("state", "ACTIVE", "PAUSED", "STOPPED")),
        check("webhooks", "stop_reason", one_of("stop_reason", "GONE", "FAILING", "OWNER", "SECRET")),
        check("webhooks", "stopped_for_a_reason", "(state = 'STOPPED') = (stop_reason IS NOT NULL)"),
        check("webhooks", "kinds", "cardinality(kinds) > 0"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_webhooks_organization_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_webhooks_organization_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_webhooks_organization_id_id")),
    )
    for columns in (("organization_id", "created_at", "id"), ("owner_id",), ("served_at",)):
        op.create_index(op.f(f"ix_webhooks_{'_'.join(columns)}"), "webhooks", list(columns))
    op.create_table(
        "webhook_deliveries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        time("attempted_at", nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        time("created_at"),
        check("webhook_deliveries", "cause", one_of("cause", "EVENT", "RESEND", "TEST")),
        check("webhook_deliveries", "state", one_of("state", "PENDING", "DELIVERED", "FAILED", "WITHHELD")),
        check("webhook_deliveries", "failure", one_of("failure", *FAILURES)),
        check("webhook_deliveries", "event_unless_test", "(cause = 'TEST') = (event_id IS NULL)"),
        check("webhook_deliveries", "sequence_unless_test", "(cause = 'TEST') = (sequence IS NULL)"),
        sa.ForeignKeyConstraint(
            ["organization_id", "webhook_id"],
            ["webhooks.organization_id", "webhooks.id"],
            name=op.f("fk_webhook_deliveries_organization_id_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    log = ["organization_id", "webhook_id", "created_at", "id"]
    op.create_index(op.f(f"ix_webhook_deliveries_{'_'.join(log)}"), "webhook_deliveries", log)
    op.create_index(op.f("ix_webhook_deliveries_created_at"), "webhook_deliveries", ["created_at"])
    op.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["organization_id", "webhook_id", "created_at"],
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "uq_webhook_deliveries_pending_event",
        "webhook_deliveries",
        ["organization_id", "webhook_id"],
        unique=True,
        postgresql_where=sa.text("state = 'PENDING' AND cause = 'EVENT'"),
    )


def downgrade() -> None:
    """Drop them, with all webhooks."""
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")


def time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A time, which is that of the insertion unless it may be missing."""
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """A check of the table."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def one_of(column: str, *values: str) -> str:
    """The condition that the column has one of these values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
