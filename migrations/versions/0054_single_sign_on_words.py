"""Single sign-on: the kinds of its audit events, mails and links, and which identity a session belongs to."""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = (
    (
        "audit_events",
        "kind",
        (
            *("user.identity_linked", "user.identity_unlinked", "single_sign_on.changed", "single_sign_on.removed"),
            *("sign_in_domain.added", "sign_in_domain.verified", "sign_in_domain.lapsed", "sign_in_domain.removed"),
        ),
    ),
    ("outbox_mails", "kind", ("USER_IDENTITY_LINK", "BREAK_GLASS_USED")),
    ("one_time_tokens", "purpose", ("IDENTITY_LINK",)),
)


def upgrade() -> None:
    """Allow the new words beside those that there are, and refer to the identities."""
    for table, column, words in WORDS:
        online.allow_words(table, column, words)
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
    for table, column, words in WORDS:
        online.forbid_words(table, column, words)
