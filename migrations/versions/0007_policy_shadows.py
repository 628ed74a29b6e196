"""Candidates for the policy that run beside the one in force, and where they differ."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "policy_shadows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_shadows")),
    )
    op.create_index(
        "uq_policy_shadows_running",
        "policy_shadows",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.create_table(
        "policy_differences",
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("active_version", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("gained", sa.Boolean(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_policy_differences_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["shadow_id"], ["policy_shadows.id"], name=op.f("fk_policy_differences_shadow_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_policy_differences_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "shadow_id",
            "active_version",
            "user_id",
            "action",
            "type",
            "thing",
            name=op.f("pk_policy_differences"),
        ),
    )
    op.create_index(op.f("ix_policy_differences_organization_id"), "policy_differences", ["organization_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("policy_differences")
    op.drop_table("policy_shadows")
