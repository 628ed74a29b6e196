"""Indexes for the orders of the staff's lists of API clients, and of users by their last sign-in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LAST_SIGN_IN = "ix_users_last_sign_in_key_id"
_LAST_SIGN_IN_KEY = "COALESCE(last_sign_in_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"


def upgrade() -> None:
    """Create the indexes."""
    for column in ("name_key", "created_at"):
        op.create_index(op.f(f"ix_api_clients_{column}_id"), "api_clients", [column, "id"])
    op.create_index(_LAST_SIGN_IN, "users", [sa.text(_LAST_SIGN_IN_KEY), "id"])


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index(_LAST_SIGN_IN, "users")
    for column in ("created_at", "name_key"):
        op.drop_index(op.f(f"ix_api_clients_{column}_id"), "api_clients")
