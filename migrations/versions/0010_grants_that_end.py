"""Grants of accounts and permissions may have an end."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("contract_grants", "delivery_grants", "user_permissions")


def upgrade() -> None:
    """Add the ends; what was given before has none."""
    for table in TABLES:
        op.add_column(table, sa.Column("ends_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_user_permissions_view_has_no_end"),
        "user_permissions",
        "ends_at IS NULL OR permission <> 'SITES_SERVICES_VIEW'",
    )


def downgrade() -> None:
    """Drop them. What has ended goes first: without its end it would be in force again."""
    for table in TABLES:
        grants = sa.table(table, sa.column("ends_at"))
        op.execute(sa.delete(grants).where(grants.c.ends_at <= sa.func.now()))
        op.drop_column(table, "ends_at")
