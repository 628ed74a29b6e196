"""The kinds of audit events about webhooks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0050"
down_revision: str | None = "0047"
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
    before = [kind for kind in _allowed() if kind not in KINDS]
    online.replace_check("audit_events", "ck_audit_events_kind", _one_of([*before, *KINDS]))


def downgrade() -> None:
    """Allow them no more. Events that tell of them stay."""
    before = [kind for kind in _allowed() if kind not in KINDS]
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK ({_one_of(before)}) NOT VALID")


def _one_of(kinds: Sequence[str]) -> str:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    return f"kind IN ({values})"


def _allowed() -> list[str]:
    """The kinds that the check allows, in its order."""
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_audit_events_kind'")
    )
    return [part for index, part in enumerate(str(definition).split("'")) if index % 2]
