"""Buckets of cost hold a balance, which means the same to servers with different capacities."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table anew: all buckets are full, as after a crash."""
    op.drop_table("cost_buckets")
    op.create_table(
        "cost_buckets",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("balance", sa.Float(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_cost_buckets")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    """Make the former table, also empty."""
    op.drop_table("cost_buckets")
    op.create_table(
        "cost_buckets",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("missing", sa.Float(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_cost_buckets")),
        prefixes=["UNLOGGED"],
    )
