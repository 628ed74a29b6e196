"""An index on the audit trail for staff, who read the events of a kind across organizations."""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KIND = "ix_audit_events_kind_created_at_id"


def upgrade() -> None:
    """Create the index."""
    online.create_index(_KIND, "audit_events", ["kind", "created_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_KIND, "audit_events")
