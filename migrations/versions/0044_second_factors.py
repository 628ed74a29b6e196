"""Second factors: authenticator apps, recovery codes and sign-in tickets; which organizations require one; and when a
session's user last proved who they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("totp_factors", "recovery_codes", "sign_in_tickets")


def upgrade() -> None:
    """Create the tables, which are empty, and the columns, which change nothing for the rows that are there."""
    op.create_table(
        "totp_factors",
        *_of_user("totp_factors"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_totp_factors_tenant_id_user_id")),
    )
    op.create_table(
        "recovery_codes",
        *_of_user("recovery_codes"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "code_hash", name=op.f("uq_recovery_codes_tenant_id_user_id_code_hash")
        ),
    )
    op.create_table(
        "sign_in_tickets",
        *_of_user("sign_in_tickets"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('SECOND_FACTOR', 'ENROLLMENT')", name=op.f("ck_sign_in_tickets_purpose")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_tickets_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_tickets_tenant_id_user_id"), "sign_in_tickets", ["tenant_id", "user_id"])
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    required: sa.Column[bool] = sa.Column(
        "requires_second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
    op.add_column("organizations", required)


def downgrade() -> None:
    """Drop them: users sign in with their passwords alone again."""
    op.drop_column("organizations", "requires_second_factor")
    op.drop_column("sessions", "proved_at")
    for table in reversed(TABLES):
        op.drop_table(table)


def _of_user(table: str) -> list[sa.schema.SchemaItem]:
    """The columns and keys of a table with rows of users."""
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f(f"fk_{table}_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
