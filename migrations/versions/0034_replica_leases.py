"""Leases on read replicas."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table. It has no index but the key, so that a row is updated in its place (HOT)."""
    op.create_table(
        "replica_leases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("replica", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replica_leases")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("replica_leases")
