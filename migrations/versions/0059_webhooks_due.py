"""Indexes for finding the webhooks whose pause has ended, and those that are worked on."""

from collections.abc import Sequence

import sqlalchemy as sa

from migrations import online

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DUE, _LEASED = "ix_webhooks_due_at", "ix_webhooks_leased"


def upgrade() -> None:
    """Build the indexes."""
    online.create_index(_DUE, "webhooks", ["due_at"])
    online.create_index(_LEASED, "webhooks", ["organization_id"], postgresql_where=sa.text("leased_until IS NOT NULL"))


def downgrade() -> None:
    """Drop them."""
    online.drop_index(_LEASED)
    online.drop_index(_DUE)
