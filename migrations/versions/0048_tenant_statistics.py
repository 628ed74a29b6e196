"""What PostgreSQL knows of tenants, now that statements name them beside the organization.

The one implies the other. PostgreSQL takes the two for independent unless statistics say otherwise, and would expect a
fraction of the rows of an organization.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

from migrations import online

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES: Final = ("users", "audit_events")


def upgrade() -> None:
    """Create the statistics, and fill them."""
    for table in _TABLES:
        named = f"st_{table}_tenant_id"
        op.execute(f"CREATE STATISTICS IF NOT EXISTS {named} (dependencies) ON organization_id, tenant_id FROM {table}")
    online.analyze(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.execute(f"DROP STATISTICS IF EXISTS st_{table}_tenant_id")
