"""What the entries of access reviews were marked with: keep or take away."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "access_review_decisions"
KIND, BEFORE = "access_review.decided", "access_review.recorded"

# What was decided in a review that is signed off never changes.
STAYS = f"""
CREATE FUNCTION {TABLE}_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM access_reviews r WHERE r.id IN (OLD.review_id, NEW.review_id) AND r.signed_off_at IS NOT NULL)
    THEN
        RAISE EXCEPTION '% of {TABLE} is refused: the review is signed off', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$body$
"""
TRIGGER = f"CREATE TRIGGER {TABLE}_stay BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_stay()"


def upgrade() -> None:
    """Adds the table, which is empty, and the kind of audit event."""
    op.create_table(
        TABLE,
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decision IN ('KEEP', 'TAKE_AWAY')", name=op.f(f"ck_{TABLE}_decision")),
        sa.ForeignKeyConstraint(["entry_id"], ["access_review_entries.id"], name=op.f(f"fk_{TABLE}_entry_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["access_reviews.organization_id", "access_reviews.id"],
            name=op.f(f"fk_{TABLE}_organization_id_review_id"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_organization_id_review_id"), TABLE, ["organization_id", "review_id"])
    op.create_index(op.f(f"ix_{TABLE}_review_id_decision"), TABLE, ["review_id", "decision"])
    op.execute(STAYS)
    op.execute(TRIGGER)
    _replace_in_kinds(f"'{BEFORE}'::text", f"'{BEFORE}'::text, '{KIND}'::text", "")


def downgrade() -> None:
    """Drops them. Events of that kind stay."""
    op.drop_table(TABLE)
    op.execute(f"DROP FUNCTION {TABLE}_stay()")
    _replace_in_kinds(f", '{KIND}'::text", "", " NOT VALID")


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
