"""The kind of the mails about webhooks that have stopped."""

from collections.abc import Sequence

from migrations import online

revision: str = "0058"
down_revision: str | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Allow the new word beside those that there are."""
    online.allow_words("outbox_mails", "kind", ("WEBHOOK_STOPPED",))


def downgrade() -> None:
    """Allow it for the mails that have it, and for no new ones."""
    online.forbid_words("outbox_mails", "kind", ("WEBHOOK_STOPPED",))
