"""API clients with their secrets, access tokens that were taken back, and which client did what in the audit trail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCOPES = ("basic.read", "billing.read", "users.write")
KINDS = (
    "user.created",
    "user.invited",
    "user.activated",
    "user.updated",
    "user.activation_resent",
    "user.removed",
    "user.restored",
    "user.password_changed",
    "user.password_refused",
    "user.password_reset_requested",
    "user.password_reset",
    "organization.created",
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
    "access_review.signed_off",
)
ADDED = (
    "api_client.created",
    "api_client.secret_rotated",
    "api_client.secret_retired",
    "api_client.revoked",
    "access_token.issued",
    "access_token.refused",
    "access_token.revoked",
)

STAY = """
CREATE FUNCTION api_clients_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF (NEW.id, NEW.organization_id, NEW.owner_id, NEW.scopes) IS DISTINCT FROM
       (OLD.id, OLD.organization_id, OLD.owner_id, OLD.scopes)
    THEN
        RAISE EXCEPTION 'UPDATE of api_clients is refused: owner and scopes never change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'UPDATE of api_clients is refused: what is revoked stays revoked'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$
"""

# As in 0011, with one value more where a client did it: the hashes of all events that are there stay as they are.
HASH = """
CREATE OR REPLACE FUNCTION audit_event_hash(event record) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN sha256(convert_to(
        audit_netstring('portico-audit-1')
        || audit_netstring(event.organization_id::text)
        || audit_netstring(event.number::text)
        || audit_netstring(encode(event.previous_hash, 'hex'))
        || audit_netstring(event.id::text)
        || audit_netstring(to_char(event.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || audit_netstring(event.kind)
        || audit_netstring(event.actor_id::text)
        || audit_netstring(event.subject_id::text)
        || audit_netstring(event.request_id)
        || audit_netstring(event.address)
        || audit_netstring(event.policy_version)
        || audit_netstring(event.changes::text){more},
        'UTF8'));
END
$body$
"""
CLIENT = (
    "\n        || CASE WHEN event.api_client_id IS NULL THEN '' ELSE audit_netstring(event.api_client_id::text) END"
)


def upgrade() -> None:
    """Make the tables, and let the audit trail tell of clients."""
    op.create_table(
        "api_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_api_clients_name_length")),
        sa.CheckConstraint(
            f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{words(SCOPES)}]", name=op.f("ck_api_clients_scopes")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_api_clients_organization_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_api_clients_organization_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_clients")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_api_clients_organization_id_id")),
    )
    index("api_clients", "organization_id", "name_key", "id")
    index("api_clients", "organization_id", "created_at", "id")
    index("api_clients", "owner_id", "created_at", "id")
    op.execute(STAY)
    op.execute(
        "CREATE TRIGGER api_clients_stay BEFORE UPDATE ON api_clients FOR EACH ROW EXECUTE FUNCTION api_clients_stay()"
    )
    op.create_table(
        "api_client_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("api_client_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["api_client_id"],
            ["api_clients.id"],
            name=op.f("fk_api_client_secrets_api_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client_secrets")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_client_secrets_secret_hash")),
    )
    index("api_client_secrets", "api_client_id", "created_at", "id")
    op.create_table(
        "revoked_access_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("api_client_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_client_id"],
            ["api_clients.id"],
            name=op.f("fk_revoked_access_tokens_api_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_access_tokens")),
    )
    index("revoked_access_tokens", "expires_at")
    op.add_column("audit_events", sa.Column("api_client_id", sa.Uuid(), nullable=True))
    op.execute(HASH.format(more=CLIENT))
    allow(KINDS + ADDED, "")


def downgrade() -> None:
    """Drop them. Events that tell of clients stay; `audit verify` finds those that a client did, whose hash names it."""
    op.execute(HASH.format(more=""))
    op.drop_column("audit_events", "api_client_id")
    op.drop_table("revoked_access_tokens")
    op.drop_table("api_client_secrets")
    op.drop_table("api_clients")
    op.execute("DROP FUNCTION api_clients_stay()")
    allow(KINDS, " NOT VALID")


def index(table: str, *columns: str) -> None:
    """Put an index on these columns."""
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def words(values: Sequence[str]) -> str:
    """The words as a list in SQL."""
    return ", ".join(f"'{value}'" for value in values)


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` of an audit event be one of these."""
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(
        f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words(kinds)})){validity}"
    )
