"""Indexes on the entries of an access review: those of a user, and those of an account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_USER, _ACCOUNT = "ix_access_review_entries_of_user", "ix_access_review_entries_of_thing"
_OF_REVIEW = ["organization_id", "review_id"]


def upgrade() -> None:
    """Create the indexes."""
    table = "access_review_entries"
    online.create_index(_USER, table, [*_OF_REVIEW, "user_id"])
    online.create_index(_ACCOUNT, table, [*_OF_REVIEW, "thing_id"], postgresql_where=sa.text("thing_id IS NOT NULL"))


def downgrade() -> None:
    """Drop them."""
    op.drop_index(_ACCOUNT, "access_review_entries")
    op.drop_index(_USER, "access_review_entries")
