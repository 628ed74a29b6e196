"""The index for `whoHadAccess` has only the events by which somebody had *all accounts*.

The one before had every event that names the flags, and the creation of each user does: in a large organization,
everybody was looked at.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from migrations import online

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME, _FORMER = "ix_audit_events_had_all_accounts", "ix_audit_events_all_accounts"
_CHANGED = "kind IN ('user.created', 'user.invited', 'user.updated')"
_FLAGS = "allContractAccounts", "allDeliveryAccounts"
_COLUMNS = ["organization_id", "subject_id"]


def upgrade() -> None:
    """Build the index, and drop the one that it replaces."""
    had_all = " OR ".join(f"""changes @> '{{"{flag}": [true]}}'::jsonb""" for flag in _FLAGS)
    online.create_index(_NAME, "audit_events", _COLUMNS, postgresql_where=sa.text(f"{_CHANGED} AND ({had_all})"))
    online.drop_index(_FORMER)


def downgrade() -> None:
    """Put the former index in its place."""
    about_flags = " OR ".join(f"changes ? '{flag}'" for flag in _FLAGS)
    online.create_index(_FORMER, "audit_events", _COLUMNS, postgresql_where=sa.text(f"{_CHANGED} AND ({about_flags})"))
    online.drop_index(_NAME)
