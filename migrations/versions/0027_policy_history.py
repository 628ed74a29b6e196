"""The versions of the policy that were in force, when each was put in force, and rollbacks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CAUSES = ("STARTED", "FILE_CHANGED", "RELOADED", "ROLLED_BACK", "ROLLBACK_ENDED")


def upgrade() -> None:
    """Create the tables, which are empty: no statement waits for anything."""
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(text) <= 1000000", name=op.f("ck_policy_versions_text")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_versions")),
    )
    op.create_table(
        "policy_activations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("put_by", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cause IN (" + ", ".join(f"'{cause}'" for cause in CAUSES) + ")", name=op.f("ck_policy_activations_cause")
        ),
        sa.ForeignKeyConstraint(["version"], ["policy_versions.version"], name=op.f("fk_policy_activations_version")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_activations")),
    )
    op.create_index(op.f("ix_policy_activations_version"), "policy_activations", ["version"])
    op.create_table(
        "policy_rollbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("put_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["version"], ["policy_versions.version"], name=op.f("fk_policy_rollbacks_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_rollbacks")),
    )
    op.create_index(op.f("ix_policy_rollbacks_version"), "policy_rollbacks", ["version"])
    op.create_index(
        "uq_policy_rollbacks_holding",
        "policy_rollbacks",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("policy_rollbacks")
    op.drop_table("policy_activations")
    op.drop_table("policy_versions")
