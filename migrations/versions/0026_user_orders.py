"""Indexes for users by status and by country, and the true cost of the function that searches have an index on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STAGE = "(CASE WHEN (removed_at IS NOT NULL) THEN '2' WHEN (activated_at IS NOT NULL) THEN '1' ELSE '0' END)"
# The country comes first: with another index that begins with the organization, PostgreSQL sorts lists for searches.
_COUNTRIES = (["country", "organization_id", "name_key", "id"], ["country", "name_key", "id"])


def upgrade() -> None:
    """Create the indexes: a second for 20,000 users, in which none is written."""
    op.create_index("ix_users_organization_id_stage_id", "users", ["organization_id", sa.text(_STAGE), "id"])
    op.create_index("ix_users_stage_id", "users", [sa.text(_STAGE), "id"])
    for columns in _COUNTRIES:
        op.create_index(op.f(f"ix_users_{'_'.join(columns)}"), "users", columns)
    op.create_index(
        "ix_users_name_key_id_inactive",
        "users",
        ["name_key", "id"],
        postgresql_where=sa.text("activated_at IS NULL OR removed_at IS NOT NULL"),
    )
    # Of a name, it takes as long as 10,000 comparisons of numbers. PostgreSQL takes 100 for granted, and reads all names
    # rather than the index.
    op.execute("ALTER FUNCTION grams(text) COST 10000")


def downgrade() -> None:
    """Drop the indexes, and restore the default cost."""
    op.execute("ALTER FUNCTION grams(text) COST 100")
    op.drop_index("ix_users_name_key_id_inactive", "users")
    for columns in reversed(_COUNTRIES):
        op.drop_index(op.f(f"ix_users_{'_'.join(columns)}"), "users")
    op.drop_index("ix_users_stage_id", "users")
    op.drop_index("ix_users_organization_id_stage_id", "users")
