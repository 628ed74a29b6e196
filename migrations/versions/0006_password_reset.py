"""The mail for a new password, and what the audit trail says of passwords."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MAILS = ("USER_ACTIVATION",)
EVENTS = (
    "user.created",
    "user.activated",
    "user.updated",
    "user.activation_resent",
    "user.removed",
    "user.restored",
    "session.started",
    "session.refused",
    "session.ended",
)

NEW_MAILS = ("USER_ACTIVATION", "USER_PASSWORD_RESET")
NEW_EVENTS = (
    "user.created",
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


def allow(table: str, kinds: Sequence[str], more: str = "") -> None:
    """Make these the kinds that `table` may hold."""
    values = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({values})) {more}")


def upgrade() -> None:
    """Allow the new kinds."""
    allow("outbox_mails", NEW_MAILS)
    allow("audit_events", NEW_EVENTS)


def downgrade() -> None:
    """Allow the kinds of before. Mails of the new kind go; audit events are never deleted, and stay as they are."""
    op.execute("DELETE FROM outbox_mails WHERE kind = 'USER_PASSWORD_RESET'")
    allow("outbox_mails", MAILS)
    allow("audit_events", EVENTS, "NOT VALID")
