"""Audit events of the life of a user: updated, activation resent, removed, restored."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CONSTRAINT = "ck_audit_events_kind"
BEFORE = ("user.created", "user.activated", "session.started", "session.refused", "session.ended")
ADDED = ("user.updated", "user.activation_resent", "user.removed", "user.restored")


def upgrade() -> None:
    """Allow the new kinds."""
    allow(BEFORE[:2] + ADDED + BEFORE[2:], "")


def downgrade() -> None:
    """Refuse them from now on. Rows that have them stay: they are never deleted."""
    allow(BEFORE, " NOT VALID")


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` be one of these."""
    op.drop_constraint(op.f(CONSTRAINT), "audit_events")
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT {CONSTRAINT} CHECK (kind IN ({words})){validity}")
