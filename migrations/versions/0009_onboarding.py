"""What the audit trail says of organizations, accounts and services."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENTS = (
    "user.created",
    "user.invited",
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
NEW_EVENTS = (
    *EVENTS[:-3],
    "organization.created",
    "contract_account.created",
    "delivery_account.created",
    "service.created",
    "services.imported",
    *EVENTS[-3:],
)


def allow(kinds: Sequence[str], more: str = "") -> None:
    """Make these the kinds that the audit trail may hold."""
    values = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({values})) {more}")


def upgrade() -> None:
    """Allow the new kinds."""
    allow(NEW_EVENTS)


def downgrade() -> None:
    """Allow the kinds of before. Audit events are never deleted, and stay as they are."""
    allow(EVENTS, "NOT VALID")
