"""The audit trail as chains: each event carries its number, the hash of the one before it, and a hash over itself.

There is one chain for each organization, and one for the events of none. The rows that are there are chained in the
order in which they were made. What is hashed, byte for byte, stands in `docs/audit.md`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

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
)
ADDED = ("mutation.refused", "query.refused")
# A value as a netstring, so that no two lists of values make the same text; `-,` for what is null.
NETSTRING = """
CREATE FUNCTION audit_netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value || ',', '-,')
$body$
"""

# Of a row of audit_events.
HASH = """
CREATE FUNCTION audit_event_hash(event record) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
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
        || audit_netstring(event.changes::text),
        'UTF8'));
END
$body$
"""

# The head is locked until the commit, and rows of the same statement are numbered after each other: a trigger sees
# those that were inserted before its own. The head alone is believed where the end of the chain was cut off.
LINK = """
CREATE FUNCTION audit_events_link() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    chain_of_row uuid := coalesce(NEW.organization_id, '00000000-0000-0000-0000-000000000000');
    head audit_heads%ROWTYPE;
    newest record;
BEGIN
    SELECT * INTO head FROM audit_heads WHERE chain = chain_of_row FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads (chain, number, hash) VALUES (chain_of_row, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE chain = chain_of_row FOR UPDATE;
    END IF;
    IF NEW.organization_id IS NULL THEN
        SELECT number, hash INTO newest FROM audit_events
        WHERE organization_id IS NULL AND number > head.number ORDER BY number DESC LIMIT 1;
    ELSE
        SELECT number, hash INTO newest FROM audit_events
        WHERE organization_id = NEW.organization_id AND number > head.number ORDER BY number DESC LIMIT 1;
    END IF;
    NEW.number := coalesce(newest.number, head.number) + 1;
    NEW.previous_hash := coalesce(newest.hash, head.hash);
    NEW.hash := audit_event_hash(NEW);
    RETURN NEW;
END
$body$
"""

MOVE_HEADS = """
CREATE FUNCTION audit_events_move_heads() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE audit_heads SET number = newest.number, hash = newest.hash
    FROM (
        SELECT DISTINCT ON (organization_id) organization_id, number, hash FROM added
        ORDER BY organization_id, number DESC
    ) AS newest
    WHERE chain = coalesce(newest.organization_id, '00000000-0000-0000-0000-000000000000');
    RETURN NULL;
END
$body$
"""

GUARD_HEADS = """
CREATE FUNCTION audit_heads_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% of % is refused: a new event moves the head', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$
"""

CHAIN_WHAT_IS_THERE = """
DO $body$
DECLARE
    event audit_events%ROWTYPE;
    chain_of_row uuid;
    last_chain uuid;
    last_number bigint;
    last_hash bytea;
BEGIN
    FOR event IN SELECT * FROM audit_events ORDER BY organization_id, created_at, id LOOP
        chain_of_row := coalesce(event.organization_id, '00000000-0000-0000-0000-000000000000');
        IF last_chain IS DISTINCT FROM chain_of_row THEN
            last_chain := chain_of_row;
            last_number := 0;
            last_hash := decode(repeat('00', 32), 'hex');
        END IF;
        event.number := last_number + 1;
        event.previous_hash := last_hash;
        last_number := event.number;
        last_hash := audit_event_hash(event);
        UPDATE audit_events SET number = last_number, previous_hash = event.previous_hash, hash = last_hash
        WHERE id = event.id;
    END LOOP;
    INSERT INTO audit_heads (chain, number, hash)
    SELECT DISTINCT ON (organization_id) coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), number, hash FROM audit_events
    ORDER BY organization_id, number DESC;
END
$body$
"""

TRIGGERS = (
    "CREATE TRIGGER audit_events_link BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_link()",
    (
        "CREATE TRIGGER audit_events_move_heads AFTER INSERT ON audit_events REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_move_heads()"
    ),
    (
        "CREATE TRIGGER audit_events_stay BEFORE TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON audit_heads "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER audit_heads_guard BEFORE INSERT OR UPDATE ON audit_heads "
        "FOR EACH ROW EXECUTE FUNCTION audit_heads_guard()"
    ),
)

INDEXES = (
    ("organization_id", "created_at", "id"),
    ("organization_id", "kind", "created_at", "id"),
    ("subject_id", "created_at", "id"),
    ("actor_id", "created_at", "id"),
    ("created_at", "id"),
    ("request_id",),
)
OLD_INDEXES = (("organization_id", "id"), ("subject_id", "id"))


def upgrade() -> None:
    """Chain the events that are there and all that will come; allow refusals; index what lists are cut and sorted by."""
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.add_column("audit_events", sa.Column("number", sa.BigInteger(), nullable=True))
    for name in ("previous_hash", "hash"):
        op.add_column("audit_events", sa.Column(name, sa.LargeBinary(), nullable=True))
    for function in (NETSTRING, HASH, LINK, MOVE_HEADS, GUARD_HEADS):
        op.execute(function)
    op.execute("ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only")
    op.execute(CHAIN_WHAT_IS_THERE)
    op.execute("ALTER TABLE audit_events ENABLE TRIGGER audit_events_append_only")
    for name in ("number", "previous_hash", "hash"):
        op.alter_column("audit_events", name, nullable=False)
    op.create_unique_constraint(
        op.f("uq_audit_events_organization_id_number"),
        "audit_events",
        ["organization_id", "number"],
        postgresql_nulls_not_distinct=True,
    )
    for trigger in TRIGGERS:
        op.execute(trigger)
    index(OLD_INDEXES, INDEXES)
    allow(KINDS + ADDED, "")


def downgrade() -> None:
    """Forget the chains. The events stay."""
    index(INDEXES, OLD_INDEXES)
    for function in ("audit_heads_guard", "audit_events_move_heads", "audit_events_link"):
        op.execute(f"DROP FUNCTION {function}() CASCADE")
    op.execute("DROP TRIGGER audit_events_stay ON audit_events")
    op.drop_table("audit_heads")
    op.execute("DROP FUNCTION audit_event_hash(record)")
    op.execute("DROP FUNCTION audit_netstring(text)")
    for name in ("number", "previous_hash", "hash"):
        op.drop_column("audit_events", name)
    allow(KINDS, " NOT VALID")


def index(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> None:
    """Put indexes on these columns in the place of those on the old ones."""
    for columns in old:
        op.drop_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), "audit_events")
    for columns in new:
        op.create_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), "audit_events", list(columns))


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` be one of these."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words})){validity}")
