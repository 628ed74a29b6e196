"""Access reviews: who had access to what at one moment, and why, and who signed it off."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCESS_KINDS = (
    "PERMISSION",
    "CONTRACT_ACCOUNT",
    "ALL_CONTRACT_ACCOUNTS",
    "DELIVERY_ACCOUNT",
    "ALL_DELIVERY_ACCOUNTS",
    "NOTHING",
)
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
)
ADDED = ("access_review.created", "access_review.signed_off")

# All columns but those of the sign-off are as they were, and the sign-off was not there yet.
SIGN_OFF_ONLY = """
CREATE FUNCTION access_reviews_sign_off_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF OLD.signed_off_at IS NOT NULL OR NEW.signed_off_at IS NULL
        OR to_jsonb(NEW) - '{signed_off_by_id,signed_off_at,note}'::text[]
            <> to_jsonb(OLD) - '{signed_off_by_id,signed_off_at,note}'::text[]
    THEN
        RAISE EXCEPTION 'UPDATE of access_reviews is refused: a review is signed off, once, and never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$
"""

TRIGGERS = (
    (
        "CREATE TRIGGER access_reviews_sign_off_only BEFORE UPDATE ON access_reviews "
        "FOR EACH ROW EXECUTE FUNCTION access_reviews_sign_off_only()"
    ),
    (
        "CREATE TRIGGER access_reviews_stay BEFORE DELETE OR TRUNCATE ON access_reviews "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER access_review_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_review_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)


def upgrade() -> None:
    """Make the tables and what keeps them as they are, and let the audit trail tell of reviews."""
    op.create_table(
        "access_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("signed_off_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(signed_off_at IS NULL) = (signed_off_by_id IS NULL)",
            name=op.f("ck_access_reviews_signed_off_by_somebody"),
        ),
        sa.CheckConstraint(
            "note IS NULL OR signed_off_at IS NOT NULL", name=op.f("ck_access_reviews_note_of_sign_off")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_access_reviews_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_reviews")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_access_reviews_organization_id_id")),
    )
    index("access_reviews", "organization_id", "created_at", "id")
    op.create_table(
        "access_review_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_email", sa.Text(collation="C"), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("accounts", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.CheckConstraint(f"kind IN ({words(ACCESS_KINDS)})", name=op.f("ck_access_review_entries_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["access_reviews.organization_id", "access_reviews.id"],
            name=op.f("fk_access_review_entries_organization_id_review_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_entries")),
    )
    index("access_review_entries", "organization_id", "review_id", "user_email", "id")
    index("access_review_entries", "review_id", "user_email", "id")
    op.execute(SIGN_OFF_ONLY)
    for trigger in TRIGGERS:
        op.execute(trigger)
    allow(KINDS + ADDED, "")


def downgrade() -> None:
    """Drop them. Events that tell of reviews stay."""
    op.drop_table("access_review_entries")
    op.drop_table("access_reviews")
    op.execute("DROP FUNCTION access_reviews_sign_off_only()")
    allow(KINDS, " NOT VALID")


def index(table: str, *columns: str) -> None:
    """Put an index on these columns."""
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def words(kinds: Sequence[str]) -> str:
    """The words as a list in SQL."""
    return ", ".join(f"'{kind}'" for kind in kinds)


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` of an audit event be one of these."""
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(
        f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words(kinds)})){validity}"
    )
