"""The kinds of audit events about webhooks."""

from collections.abc import Sequence

from migrations import online

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "webhook.created",
    "webhook.updated",
    "webhook.stopped",
    "webhook.secret_rotated",
    "webhook.secret_retired",
    "webhook.tested",
    "webhook.event_resent",
    "webhook.removed",
)


def upgrade() -> None:
    """Allow the new kinds beside those that are allowed already."""
    online.allow_words("audit_events", "kind", KINDS)


def downgrade() -> None:
    """Allow them no more. Events that tell of them stay."""
    online.forbid_words("audit_events", "kind", KINDS)
