"""Rows that never change can be erased, by a transaction that says so.

The setting `portico.erasure` of a transaction names what it erases: `user:UUID` lets it change the columns that hold
personal data, `organization:UUID` lets it delete the rows of the organization. Everything else is refused as before.
"""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ALL_KINDS = (
    "user.created",
    "user.invited",
    "user.activated",
    "user.updated",
    "user.activation_resent",
    "user.removed",
    "user.restored",
    "user.erased",
    "user.exported",
    "user.password_changed",
    "user.password_refused",
    "user.password_reset_requested",
    "user.password_reset",
    "user.viewed_as",
    "user.view_ended",
    "user.end_announced",
    "user.dormancy_warned",
    "organization.settings_changed",
    "organization.created",
    "organization.exported",
    "organization.deleted",
    "contract_account.created",
    "delivery_account.created",
    "service.created",
    "services.imported",
    "session.started",
    "session.refused",
    "session.ended",
    "mutation.refused",
    "query.refused",
    "access_review.created",
    "access_review.recorded",
    "access_review.decided",
    "access_review.signed_off",
    "access_template.created",
    "access_template.updated",
    "access_template.removed",
    "api_client.created",
    "api_client.secret_rotated",
    "api_client.secret_retired",
    "api_client.revoked",
    "access_token.issued",
    "access_token.refused",
    "access_token.revoked",
    "access_request.created",
    "access_request.approved",
    "access_request.declined",
    "access_request.withdrawn",
    "access_request.expired",
)
KINDS = {
    "user.restored": ("user.erased", "user.exported"),
    "organization.created": ("organization.exported", "organization.deleted"),
}

# The arguments are the columns that the erasure of a person may change.
LIMIT = """
CREATE OR REPLACE FUNCTION limit_erasure() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    erasure text := current_setting('portico.erasure');
    key uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'audit_heads' THEN
            key := OLD.chain;
        ELSE
            key := OLD.organization_id;
        END IF;
        IF erasure = 'organization:' || key::text THEN
            RETURN OLD;
        END IF;
    ELSIF erasure LIKE 'user:%' AND to_jsonb(NEW) - TG_ARGV[0:TG_NARGS - 1] = to_jsonb(OLD) - TG_ARGV[0:TG_NARGS - 1] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: it is not part of the erasure', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$body$
"""

# Triggers that refuse changes, and when: each now leaves erasures to limit_erasure.
GUARDS = {
    "audit_events_append_only": ("BEFORE UPDATE OR DELETE ON audit_events FOR EACH STATEMENT", "refuse_change"),
    "audit_heads_stay": ("BEFORE DELETE ON audit_heads FOR EACH STATEMENT", "refuse_change"),
    "access_reviews_stay": ("BEFORE DELETE ON access_reviews FOR EACH STATEMENT", "refuse_change"),
    "access_reviews_changes": ("BEFORE UPDATE ON access_reviews FOR EACH ROW", "access_reviews_changes"),
    "access_review_entries_append_only": (
        "BEFORE UPDATE OR DELETE ON access_review_entries FOR EACH STATEMENT",
        "refuse_change",
    ),
    "access_review_decisions_stay": (
        "BEFORE INSERT OR UPDATE OR DELETE ON access_review_decisions FOR EACH ROW",
        "access_review_decisions_stay",
    ),
    "access_requests_stay": ("BEFORE UPDATE ON access_requests FOR EACH ROW", "access_requests_stay"),
}
# Of these tables, TRUNCATE is refused by a trigger of its own from now on.
NEVER_TRUNCATED = ("audit_heads", "access_reviews", "access_review_entries")
FORMER_GUARDS = {
    "audit_heads_stay": "BEFORE DELETE OR TRUNCATE ON audit_heads FOR EACH STATEMENT",
    "access_reviews_stay": "BEFORE DELETE OR TRUNCATE ON access_reviews FOR EACH STATEMENT",
    "access_review_entries_append_only": "BEFORE UPDATE OR DELETE OR TRUNCATE ON access_review_entries "
    "FOR EACH STATEMENT",
}
ERASABLE = {
    "audit_events": ("address", "changes", "salt", "erased"),
    "audit_heads": (),
    "access_reviews": ("note",),
    "access_review_entries": ("user_email", "user_name", "why"),
    "access_review_decisions": (),
    "access_requests": ("account", "reason", "note"),
}
OUTSIDE_ERASURES = "coalesce(current_setting('portico.erasure', true), '') = ''"
IN_ERASURES = "coalesce(current_setting('portico.erasure', true), '') <> ''"


def upgrade() -> None:
    """Mark erased users, and let erasures through. No row is rewritten."""
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS erased_at timestamptz")
    online.replace_check("users", "ck_users_erased_is_removed", "erased_at IS NULL OR removed_at IS NOT NULL")
    for table in ("outbox_mails", "policy_differences"):
        online.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.execute(LIMIT)
    for name, (when, function) in GUARDS.items():
        op.execute(f"CREATE OR REPLACE TRIGGER {name} {when} WHEN ({OUTSIDE_ERASURES}) EXECUTE FUNCTION {function}()")
    for table in NEVER_TRUNCATED:
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in ERASABLE.items():
        arguments = ", ".join(f"'{column}'" for column in columns)
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_erasure BEFORE {'UPDATE OR ' if columns else ''}DELETE ON {table} "
            f"FOR EACH ROW WHEN ({IN_ERASURES}) "
            f"EXECUTE FUNCTION limit_erasure({arguments})"
        )
    kinds = ", ".join(f"'{kind}'" for kind in ALL_KINDS)
    online.replace_check("audit_events", "ck_audit_events_kind", f"kind IN ({kinds})")


def downgrade() -> None:
    """Remove the mark. What was erased stays so."""
    for following in KINDS.values():
        for kind in following:
            _replace_in_kinds(f", '{kind}'::text", "", " NOT VALID")
    for table in ERASABLE:
        op.execute(f"DROP TRIGGER {table}_erasure ON {table}")
    for table in NEVER_TRUNCATED:
        op.execute(f"DROP TRIGGER {table}_not_truncated ON {table}")
    for name, (when, function) in GUARDS.items():
        former = FORMER_GUARDS.get(name, when)
        op.execute(f"CREATE OR REPLACE TRIGGER {name} {former} EXECUTE FUNCTION {function}()")
    op.execute("DROP FUNCTION limit_erasure()")
    op.drop_index(op.f("ix_policy_differences_user_id"), "policy_differences")
    op.drop_index(op.f("ix_outbox_mails_user_id"), "outbox_mails")
    op.drop_constraint(op.f("ck_users_erased_is_removed"), "users")
    op.drop_column("users", "erased_at")


# The other kinds are as they are, whatever other migrations have added.
REPLACE = """
DO $body$
DECLARE
    kinds text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conname = 'ck_audit_events_kind' AND conrelid = 'audit_events'::regclass);
BEGIN
    kinds := replace(replace(kinds, ' NOT VALID', ''), $text${0}$text$, $text${1}$text$);
    ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind;
    EXECUTE 'ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind ' || kinds || '{2}';
END
$body$
"""


def _replace_in_kinds(old: str, new: str, validity: str) -> None:
    op.execute(REPLACE.format(old, new, validity))
