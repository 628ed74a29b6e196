"""Single sign-on: the kinds of its audit events, mails and links, and which identity a session belongs to."""

import re
from collections.abc import Mapping, Sequence

from alembic import op
from sqlalchemy import text

from migrations import online

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = {
    "user.end_announced": ("user.identity_linked", "user.identity_unlinked"),
    "organization.created": (
        "single_sign_on.changed",
        "single_sign_on.removed",
        "sign_in_domain.added",
        "sign_in_domain.verified",
        "sign_in_domain.lapsed",
        "sign_in_domain.removed",
    ),
}
"""The new kinds of audit events, by the kind that follows them."""

MAILS = {"": ("USER_IDENTITY_LINK", "BREAK_GLASS_USED")}
PURPOSES = {"": ("IDENTITY_LINK",)}
"""Those of mails and links, which come last."""

STORED = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('{0}') AND conname = 'ck_{0}_{1}'"
)


def upgrade() -> None:
    """Allow the new words beside those that there are, and refer to the identities."""
    _replace("audit_events", "kind", KINDS)
    _replace("outbox_mails", "kind", MAILS)
    _replace("one_time_tokens", "purpose", PURPOSES)
    online.replace_check(
        "sessions", "ck_sessions_provider_session_length", "length(provider_session) BETWEEN 1 AND 255"
    )
    online.add_foreign_key(
        "sessions",
        "fk_sessions_tenant_id_identity_id",
        ["tenant_id", "identity_id"],
        "user_identities (tenant_id, id) ON DELETE CASCADE",
    )


def downgrade() -> None:
    """Allow them for the rows that have them, and for no new ones."""
    op.drop_constraint(op.f("fk_sessions_tenant_id_identity_id"), "sessions")
    op.drop_constraint(op.f("ck_sessions_provider_session_length"), "sessions")
    for table, column, words in (
        ("audit_events", "kind", KINDS),
        ("outbox_mails", "kind", MAILS),
        ("one_time_tokens", "purpose", PURPOSES),
    ):
        new = {word for following in words.values() for word in following}
        former = ", ".join(f"'{word}'" for word in _stored(table, column) if word not in new)
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({former})) NOT VALID")


def _replace(table: str, column: str, added: Mapping[str, Sequence[str]]) -> None:
    new = {word for following in added.values() for word in following}
    words = [word for word in _stored(table, column) if word not in new]
    for before, following in added.items():
        place = words.index(before) if before else len(words)
        words[place:place] = following
    listed = ", ".join(f"'{word}'" for word in words)
    online.replace_check(table, f"ck_{table}_{column}", f"{column} IN ({listed})")


def _stored(table: str, column: str) -> list[str]:
    """The words that the check allows, whatever other migrations have added."""
    definition = op.get_bind().execute(text(STORED.format(table, column))).scalar_one()
    return re.findall(r"'([\w.]+)'", definition)
