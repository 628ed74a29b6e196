"""The kinds of audit events and mails about second factors."""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENTS = (
    "user.second_factor_started",
    "user.second_factor_added",
    "user.second_factor_renamed",
    "user.second_factor_removed",
    "user.second_factors_reset",
    "user.recovery_codes_created",
    "user.recovery_code_used",
    "session.challenged",
    "session.second_factor_refused",
    "session.reauthenticated",
    "session.reauthentication_refused",
)
MAILS = ("SECOND_FACTORS_CHANGED",)


def upgrade() -> None:
    """Allow the new kinds beside those that are allowed already."""
    online.allow_words("audit_events", "kind", EVENTS)
    online.allow_words("outbox_mails", "kind", MAILS)


def downgrade() -> None:
    """Allow them no more. Events that tell of them stay; mails that nobody could render go."""
    op.execute("DELETE FROM outbox_mails WHERE kind = 'SECOND_FACTORS_CHANGED'")
    online.forbid_words("outbox_mails", "kind", MAILS)
    online.forbid_words("audit_events", "kind", EVENTS)
