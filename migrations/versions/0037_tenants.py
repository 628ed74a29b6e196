"""The tenant in the rows and foreign keys of all tables: the database itself holds the border between organizations.

Sessions, one-time tokens, mails, views, client secrets and revoked access tokens referred to a user or a client by id
alone. Now each such reference includes the tenant: the organization, or the UUID of zeros for rows of the platform.

The rows that are there get their tenant here. No user's version changes, so sessions and caches stay valid, and no
event's hash, which doesn't cover the tenant. Triggers give a tenant to the rows of a server of the version before,
which names none.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PLATFORM = "'00000000-0000-0000-0000-000000000000'::uuid"
OWN = f"COALESCE(organization_id, {PLATFORM})"

# Tables in which an organization is optional. Their tenant follows from it.
OPTIONAL = ("users", "outbox_mails", "audit_events")

# The other tables, their column, and where a row finds it, as SQL in which NEW is the row.
DERIVED = {
    "sessions": ("tenant_id", "SELECT tenant_id FROM users WHERE id = NEW.user_id"),
    "one_time_tokens": ("tenant_id", "SELECT tenant_id FROM users WHERE id = NEW.user_id"),
    "views_as": ("tenant_id", "SELECT tenant_id FROM sessions WHERE id = NEW.session_id"),
    "idempotency_keys": (
        "tenant_id",
        (
            "SELECT tenant_id FROM users WHERE id = NEW.owner_id"
            " UNION ALL SELECT organization_id FROM api_clients WHERE id = NEW.owner_id"
        ),
    ),
    "api_client_secrets": (
        "organization_id",
        "SELECT organization_id FROM api_clients WHERE id = NEW.api_client_id",
    ),
    "revoked_access_tokens": (
        "organization_id",
        "SELECT organization_id FROM api_clients WHERE id = NEW.api_client_id",
    ),
}

# A mail to a user belongs to the organization of the user: a foreign key holds that from now on.
CORRECT_MAILS = """
UPDATE outbox_mails SET organization_id = users.organization_id FROM users
WHERE users.id = outbox_mails.user_id AND outbox_mails.organization_id IS DISTINCT FROM users.organization_id
"""

# Foreign keys: table, column, the table that it refers to, the column of the tenant, and what a deletion does.
REFERENCES = (
    ("sessions", "user_id", "users", "tenant_id", "CASCADE"),
    ("one_time_tokens", "user_id", "users", "tenant_id", "CASCADE"),
    ("views_as", "session_id", "sessions", "tenant_id", "CASCADE"),
    ("views_as", "user_id", "users", "tenant_id", "CASCADE"),
    ("outbox_mails", "user_id", "users", "tenant_id", "CASCADE"),
    ("outbox_mails", "one_time_token_id", "one_time_tokens", "tenant_id", "CASCADE"),
    ("api_client_secrets", "api_client_id", "api_clients", "organization_id", "CASCADE"),
    ("revoked_access_tokens", "api_client_id", "api_clients", "organization_id", "CASCADE"),
    ("access_review_decisions", "entry_id", "access_review_entries", "organization_id", None),
)

# The keys that these refer to, and those that writes with ON CONFLICT name. The ones without a tenant stay: servers of
# the version before name them.
KEYS = (
    ("users", "tenant_id", "id"),
    ("sessions", "tenant_id", "id"),
    ("one_time_tokens", "tenant_id", "id"),
    ("access_review_entries", "organization_id", "id"),
    ("views_as", "tenant_id", "session_id", "user_id"),
    ("access_review_decisions", "organization_id", "entry_id"),
)


def upgrade() -> None:
    """Adds the tenants, the keys and the triggers.

    Users, mails and audit events are written anew once, with all their indexes: 1,000,000 events take up to a minute,
    in which nothing else can use the table.
    """
    op.execute(CORRECT_MAILS)
    for table in OPTIONAL:
        # Not by an UPDATE, which would change the versions of users, is refused for events, and leaves dead rows.
        op.execute(f"ALTER TABLE {table} ADD COLUMN tenant_id uuid NOT NULL GENERATED ALWAYS AS ({OWN}) STORED")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN tenant_id DROP EXPRESSION")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_tenant CHECK (tenant_id = {OWN})")
        _give(table, "tenant_id", f"NEW.tenant_id := COALESCE(NEW.organization_id, {PLATFORM})")
    for table, (column, source) in DERIVED.items():
        op.add_column(table, sa.Column(column, sa.Uuid()))
        op.execute(f"UPDATE {table} SET {column} = ({source.replace('NEW.', f'{table}.')})")  # noqa: S608
        _give(table, column, f"NEW.{column} := ({source})")
    # The owners of these keys are gone, so nobody can send them again.
    op.execute("DELETE FROM idempotency_keys WHERE tenant_id IS NULL")
    for table, (column, _) in DERIVED.items():
        op.alter_column(table, column, nullable=False)
    for table, *columns in KEYS:
        op.create_unique_constraint(op.f(f"uq_{table}_{'_'.join(columns)}"), table, columns)
    for table, column, other, tenant, on_delete in REFERENCES:
        op.drop_constraint(op.f(f"fk_{table}_{column}"), table)
        op.create_foreign_key(
            op.f(f"fk_{table}_{tenant}_{column}"), table, other, [tenant, column], [tenant, "id"], ondelete=on_delete
        )
    _index("revoked_access_tokens", ["expires_at"], ["organization_id", "expires_at"])
    queued = sa.text("status = 'QUEUED'")
    columns = ["tenant_id", "next_attempt_at"]
    op.create_index("ix_outbox_mails_tenant_queue", "outbox_mails", columns, postgresql_where=queued)


def downgrade() -> None:
    """Drops them. The tenants follow from what stays."""
    op.drop_index("ix_outbox_mails_tenant_queue", "outbox_mails")
    _index("revoked_access_tokens", ["organization_id", "expires_at"], ["expires_at"])
    for table, column, other, tenant, on_delete in REFERENCES:
        op.drop_constraint(op.f(f"fk_{table}_{tenant}_{column}"), table)
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, other, [column], ["id"], ondelete=on_delete)
    for table, *columns in KEYS:
        op.drop_constraint(op.f(f"uq_{table}_{'_'.join(columns)}"), table)
    for table in (*OPTIONAL, *DERIVED):
        column, _ = DERIVED.get(table, ("tenant_id", ""))
        op.execute(f"DROP FUNCTION {table}_give_tenant() CASCADE")
        op.drop_column(table, column)


def _give(table: str, column: str, assignment: str) -> None:
    """Gives a tenant to each row that is inserted without one."""
    body = f"BEGIN {assignment}; RETURN NEW; END"
    op.execute(f"CREATE FUNCTION {table}_give_tenant() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$")
    op.execute(
        f"CREATE TRIGGER {table}_give_tenant BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.{column} IS NULL) "
        f"EXECUTE FUNCTION {table}_give_tenant()"
    )


def _index(table: str, old: Sequence[str], new: Sequence[str]) -> None:
    op.drop_index(op.f(f"ix_{table}_{'_'.join(old)}"), table)
    op.create_index(op.f(f"ix_{table}_{'_'.join(new)}"), table, list(new))
