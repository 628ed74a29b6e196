"""Indexes for the orders of lists, the ends of grants, and the lists of staff, for large organizations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORDERED = (
    ("services", "organization_id", "name_key", "id"),
    ("services", "organization_id", "city_key", "id"),
    ("services", "organization_id", "created_at", "id"),
    ("contract_accounts", "organization_id", "created_at", "id"),
    ("contract_accounts", "name_key", "id"),
    ("delivery_accounts", "organization_id", "created_at", "id"),
    ("delivery_accounts", "name_key", "id"),
    ("users", "organization_id", "created_at", "id"),
    ("users", "name_key", "id"),
)
_STATUS_RANK = (
    "(CASE WHEN (status = 'PLANNED') THEN '0' WHEN (status = 'ACTIVE') THEN '1' WHEN (status = 'SUSPENDED') THEN '2' "
    "WHEN (status = 'TERMINATED') THEN '3' ELSE '~' END)"
)
_ENDS = {
    "contract_grants": ["user_id", "contract_account_id"],
    "delivery_grants": ["user_id", "delivery_account_id"],
    "user_permissions": ["user_id"],
}


def upgrade() -> None:
    """Create the indexes. With 500,000 services this takes seconds, in which nothing is written."""
    for table, *columns in _ORDERED:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    op.create_index(
        "ix_services_organization_id_status_rank_id", "services", ["organization_id", sa.text(_STATUS_RANK), "id"]
    )
    for kind in ("contract", "delivery"):
        flag = f"all_{kind}_accounts"
        op.create_index(
            f"ix_users_organization_id_name_key_id_{flag}",
            "users",
            ["organization_id", "name_key", "id"],
            postgresql_where=sa.text(flag),
        )
    for table, included in _ENDS.items():
        op.create_index(
            f"ix_{table}_organization_id_ends_at",
            table,
            ["organization_id", "ends_at"],
            postgresql_include=included,
            postgresql_where=sa.text("ends_at IS NOT NULL"),
        )


def downgrade() -> None:
    """Drop the indexes."""
    for table in _ENDS:
        op.drop_index(f"ix_{table}_organization_id_ends_at", table)
    for kind in ("contract", "delivery"):
        op.drop_index(f"ix_users_organization_id_name_key_id_all_{kind}_accounts", "users")
    op.drop_index("ix_services_organization_id_status_rank_id", "services")
    for table, *columns in reversed(_ORDERED):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
