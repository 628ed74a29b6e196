"""Unique external ids, the limits of the columns for SCIM, and the kinds of events about SCIM tokens."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("users", "access_templates")
CHECKS = (
    ("users", "external_id_length", "length(external_id) BETWEEN 1 AND 255"),
    ("users", "deprovisioned_is_removed", "deprovisioned_at IS NULL OR removed_at IS NOT NULL"),
    ("access_templates", "external_id_length", "length(external_id) BETWEEN 1 AND 255"),
)
KINDS = ("scim_token.created", "scim_token.revoked")


def upgrade() -> None:
    """Add them while the tables are in use."""
    for table in TABLES:
        online.create_index(
            f"uq_{table}_organization_id_external_id",
            table,
            ["organization_id", "external_id"],
            unique=True,
            postgresql_where=sa.text("external_id IS NOT NULL"),
        )
    for table, name, condition in CHECKS:
        online.replace_check(table, f"ck_{table}_{name}", condition)
    online.allow_words("audit_events", "kind", KINDS)


def downgrade() -> None:
    """Drop them. Events of the new kinds stay."""
    online.forbid_words("audit_events", "kind", KINDS)
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table in TABLES:
        online.drop_index(f"uq_{table}_organization_id_external_id")
