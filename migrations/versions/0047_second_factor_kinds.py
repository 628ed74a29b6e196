"""The kinds of audit events and mails about second factors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0047"
down_revision: str | None = "0046"
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
    for table, kinds in (("audit_events", EVENTS), ("outbox_mails", MAILS)):
        before = [kind for kind in _allowed(table) if kind not in kinds]
        online.replace_check(table, f"ck_{table}_kind", _one_of([*before, *kinds]))


def downgrade() -> None:
    """Allow them no more. Events that tell of them stay; mails that nobody could render go."""
    op.execute("DELETE FROM outbox_mails WHERE kind = 'SECOND_FACTORS_CHANGED'")
    for table, kinds, validity in (("outbox_mails", MAILS, ""), ("audit_events", EVENTS, " NOT VALID")):
        before = [kind for kind in _allowed(table) if kind not in kinds]
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK ({_one_of(before)}){validity}")


def _one_of(kinds: Sequence[str]) -> str:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    return f"kind IN ({values})"


def _allowed(table: str) -> list[str]:
    """The kinds that the check of the table allows, in its order."""
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_kind"},
    )
    return [part for index, part in enumerate(str(definition).split("'")) if index % 2]
