"""Buckets of cost, which all server processes take from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cost_buckets",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("missing", sa.Float(), nullable=False),
        sa.Column("leased", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_cost_buckets")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("cost_buckets")
