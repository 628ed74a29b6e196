"""Triggers: a user's version grows with every change of the user, and audit events are never changed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCESS_TABLES = ("user_permissions", "contract_grants", "delivery_grants")

NEXT_VERSION = """
CREATE FUNCTION users_next_version() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    RETURN NEW;
END
$body$
"""

# The update changes nothing by itself: it is there to set off users_next_version.
ACCESS_CHANGED = """
CREATE FUNCTION users_access_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE users SET updated_at = now() WHERE id IN (SELECT user_id FROM added);
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE users SET updated_at = now() WHERE id IN (SELECT user_id FROM removed);
    ELSE
        UPDATE users SET updated_at = now()
        WHERE id IN (SELECT user_id FROM removed UNION SELECT user_id FROM added);
    END IF;
    RETURN NULL;
END
$body$
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$body$
"""

# Per statement, so that a bulk load costs one update. A trigger with transition tables may have one event only.
TRANSITIONS = {
    "INSERT": "NEW TABLE AS added",
    "DELETE": "OLD TABLE AS removed",
    "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
}


def upgrade() -> None:
    """Make the functions and the triggers."""
    for function in (NEXT_VERSION, ACCESS_CHANGED, REFUSE_CHANGE):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER users_next_version BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_next_version()"
    )
    for table in ACCESS_TABLES:
        for event, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()} AFTER {event} ON {table} REFERENCING {transition} "
                "FOR EACH STATEMENT EXECUTE FUNCTION users_access_changed()"
            )
    op.execute(
        "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop them; the triggers go with their functions."""
    for function in ("refuse_change", "users_access_changed", "users_next_version"):
        op.execute(f"DROP FUNCTION {function}() CASCADE")
