"""What PostgreSQL knows of organizations, now that each table of a statement names its organization.

The account of a service, or the user of a grant, implies the organization. PostgreSQL takes the two for independent
unless statistics say otherwise: it would expect so few rows that other plans look better. The indexes from accounts to
accounts include the organization, so that it needs no visit to the table.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

from migrations import online

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IMPLY: Final = {
    "services": ("contract_account_id", "delivery_account_id"),
    "contract_grants": ("user_id", "contract_account_id"),
    "delivery_grants": ("user_id", "delivery_account_id"),
    "user_permissions": ("user_id",),
}
"""Columns that imply the organization."""

_LINKS: Final = (("contract_account_id", "delivery_account_id"), ("delivery_account_id", "contract_account_id"))


def upgrade() -> None:
    """Create the statistics and fill them, and replace the indexes."""
    for table, columns in _IMPLY.items():
        named = f"st_{table}_organization_id"
        op.execute(
            f"CREATE STATISTICS IF NOT EXISTS {named} (dependencies) "
            f"ON organization_id, {', '.join(columns)} FROM {table}"
        )
    online.analyze(*_IMPLY)
    for columns in _LINKS:
        name = _link_index(columns)
        online.create_index(f"{name}_included", "services", [*columns], postgresql_include=["organization_id"])
        online.drop_index(name)


def downgrade() -> None:
    """Restore the indexes, and drop the statistics."""
    for columns in _LINKS:
        name = _link_index(columns)
        online.create_index(name, "services", [*columns])
        online.drop_index(f"{name}_included")
    for table in reversed(_IMPLY):
        op.execute(f"DROP STATISTICS IF EXISTS st_{table}_organization_id")


def _link_index(columns: tuple[str, str]) -> str:
    return f"ix_services_{'_'.join(columns)}"
