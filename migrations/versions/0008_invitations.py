"""Audit events of invited users."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = (
    "user.activated",
    "user.updated",
    "user.activation_resent",
    "user.removed",
    "user.restored",
    "user.password_changed",
    "user.password_refused",
    "user.password_reset_requested",
    "user.password_reset",
    "session.started",
    "session.refused",
    "session.ended",
)


def upgrade() -> None:
    """Allow the new kind."""
    allow(("user.created", "user.invited", *BEFORE), "")


def downgrade() -> None:
    """Refuse it from now on. Rows that have it stay: they are never deleted."""
    allow(("user.created", *BEFORE), " NOT VALID")


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` be one of these."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words})){validity}")
