"""Access requests: what users ask for, and what was decided."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = ("PENDING", "APPROVED", "DECLINED", "WITHDRAWN", "EXPIRED")
KINDS = ("PERMISSION", "CONTRACT_ACCOUNT", "DELIVERY_ACCOUNT")
PERMISSIONS = (
    *("SUPPORT_VIEW", "SUPPORT_EDIT", "ORDERS_VIEW", "ORDERS_APPROVE"),
    *("BILLING_VIEW", "DEVELOPER_PORTAL", "USER_MANAGEMENT"),
)
MAILS = ("ACCESS_REQUESTED", "ACCESS_REQUEST_DECIDED")
EVENTS = tuple(f"access_request.{word}" for word in ("created", "approved", "declined", "withdrawn", "expired"))

STAY = """
CREATE FUNCTION access_requests_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF (NEW.id, NEW.created_at, NEW.organization_id, NEW.requester_id, NEW.kind, NEW.permission, NEW.account,
        NEW.contract_account_id, NEW.delivery_account_id, NEW.ends_at, NEW.reason) IS DISTINCT FROM
       (OLD.id, OLD.created_at, OLD.organization_id, OLD.requester_id, OLD.kind, OLD.permission, OLD.account,
        OLD.contract_account_id, OLD.delivery_account_id, OLD.ends_at, OLD.reason)
    THEN
        RAISE EXCEPTION 'UPDATE of access_requests is refused: what is requested never changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'PENDING' THEN
        RAISE EXCEPTION 'UPDATE of access_requests is refused: what is no longer pending stays as it is'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$
"""


def upgrade() -> None:
    """Create the table, which is empty, and allow the new kinds of mails and events."""
    op.create_table(
        "access_requests",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("contract_account_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_account_id", sa.Uuid(), nullable=True),
        time("ends_at"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        time("announced_at"),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        time("decided_at"),
        sa.Column("note", sa.Text(), nullable=True),
        time("granted_until"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        check("kind", f"kind IN ({words(KINDS)})"),
        check("permission", f"permission IN ({words(PERMISSIONS)})"),
        check("state", f"state IN ({words(STATES)})"),
        check("permission_of_kind", "(kind = 'PERMISSION') = (permission IS NOT NULL)"),
        check("account_of_kind", "(kind = 'PERMISSION') = (account IS NULL)"),
        check(
            "found_account_of_kind",
            "(contract_account_id IS NULL OR kind = 'CONTRACT_ACCOUNT') "
            "AND (delivery_account_id IS NULL OR kind = 'DELIVERY_ACCOUNT')",
        ),
        check("decided_by_somebody", "(state IN ('APPROVED', 'DECLINED')) = (decided_by_id IS NOT NULL)"),
        check("decided_at_some_time", "(state = 'PENDING') = (decided_at IS NULL)"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_access_requests_organization_id")
        ),
        within("users", "requester_id"),
        within("contract_accounts", "contract_account_id"),
        within("delivery_accounts", "delivery_account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_access_requests_organization_id_id")),
    )
    for columns in (
        ("organization_id", "created_at", "id"),
        ("requester_id", "created_at", "id"),
        ("created_at", "id"),
    ):
        op.create_index(op.f(f"ix_access_requests_{'_'.join(columns)}"), "access_requests", list(columns))
    op.create_index(
        "ix_access_requests_pending",
        "access_requests",
        ["expires_at"],
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "ix_access_requests_unannounced",
        "access_requests",
        ["created_at"],
        postgresql_where=sa.text("state = 'PENDING' AND announced_at IS NULL"),
    )
    op.execute(STAY)
    op.execute(
        "CREATE TRIGGER access_requests_stay BEFORE UPDATE ON access_requests FOR EACH ROW "
        "EXECUTE FUNCTION access_requests_stay()"
    )
    allow("audit_events", EVENTS)
    allow("outbox_mails", MAILS)


def downgrade() -> None:
    """Drop the table, with its requests and their mails. Events that tell of them stay."""
    op.execute("DELETE FROM outbox_mails WHERE kind IN ('ACCESS_REQUESTED', 'ACCESS_REQUEST_DECIDED')")
    op.drop_table("access_requests")
    op.execute("DROP FUNCTION access_requests_stay()")
    disallow("outbox_mails", MAILS, "")
    disallow("audit_events", EVENTS, " NOT VALID")


def time(name: str) -> sa.Column[object]:
    """A time that may be missing."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def check(name: str, condition: str) -> sa.CheckConstraint:
    """A check of the table."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_access_requests_{name}"))


def within(table: str, column: str) -> sa.ForeignKeyConstraint:
    """A reference to a row of the same organization."""
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.id"],
        name=op.f(f"fk_access_requests_organization_id_{column}"),
    )


def words(values: Sequence[str]) -> str:
    """The words as a list in SQL."""
    return ", ".join(f"'{value}'" for value in values)


def allow(table: str, kinds: Sequence[str]) -> None:
    """Let `kind` be one of these, too: whatever other kinds it may be, of which migrations beside this one add some."""
    replace(table, [*allowed(table), *(kind for kind in kinds if kind not in allowed(table))], "")


def disallow(table: str, kinds: Sequence[str], validity: str) -> None:
    """Let `kind` be none of these any more."""
    replace(table, [kind for kind in allowed(table) if kind not in kinds], validity)


def allowed(table: str) -> list[str]:
    """The kinds that the constraint of the table allows, in its order."""
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_kind"},
    )
    return [part for index, part in enumerate(str(definition).split("'")) if index % 2]


def replace(table: str, kinds: Sequence[str], validity: str) -> None:
    """Replace the constraint by one with these kinds."""
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({words(kinds)})){validity}")
