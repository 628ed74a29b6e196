"""The reasons of the entries of access reviews by their kinds, beside the text that has been there so far."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "access_review_entries"
ERASABLE = "user_email", "user_name", "why"
ADDED = "reasons"


def upgrade() -> None:
    """Add the column, which is null in the entries that are there, and let erasures change it."""
    op.add_column(TABLE, sa.Column(ADDED, JSONB(), nullable=True))
    _limit_erasures(*ERASABLE, ADDED)


def downgrade() -> None:
    """Drop the column."""
    _limit_erasures(*ERASABLE)
    op.drop_column(TABLE, ADDED)


def _limit_erasures(*columns: str) -> None:
    arguments = ", ".join(f"'{column}'" for column in columns)
    op.execute(
        f"CREATE OR REPLACE TRIGGER {TABLE}_erasure BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW "
        "WHEN (coalesce(current_setting('portico.erasure', true), '') <> '') "
        f"EXECUTE FUNCTION limit_erasure({arguments})"
    )
