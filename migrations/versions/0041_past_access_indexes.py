"""Indexes on the audit trail for `whoHadAccess`: the events that name an account, and those about *all accounts*."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ACCOUNTS, _FLAGS = "ix_audit_events_accounts", "ix_audit_events_all_accounts"
_CHANGED = "kind IN ('user.created', 'user.invited', 'user.updated')"


def upgrade() -> None:
    """Create the indexes."""
    online.create_index(
        _ACCOUNTS,
        "audit_events",
        ["changes"],
        postgresql_using="gin",
        postgresql_ops={"changes": "jsonb_path_ops"},
        postgresql_where=sa.text(_CHANGED),
    )
    of_flags = "(changes ? 'allContractAccounts' OR changes ? 'allDeliveryAccounts')"
    columns = ["organization_id", "subject_id"]
    online.create_index(_FLAGS, "audit_events", columns, postgresql_where=sa.text(f"{_CHANGED} AND {of_flags}"))


def downgrade() -> None:
    """Drop them."""
    op.drop_index(_FLAGS, "audit_events")
    op.drop_index(_ACCOUNTS, "audit_events")
