"""Access reviews are jobs with a state and progress."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
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
    "mutation.refused",
    "query.refused",
    "access_review.created",
    "access_review.recorded",
    "access_review.signed_off",
    "api_client.created",
    "api_client.secret_rotated",
    "api_client.secret_retired",
    "api_client.revoked",
    "access_token.issued",
    "access_token.refused",
    "access_token.revoked",
)
ADDED = "access_review.recorded"
STATES = ("PENDING", "RUNNING", "COMPLETE", "FAILED")

# Until a review is complete or has failed, only what is known about the recording changes. Then only the sign-off does.
CHANGES = """
CREATE FUNCTION access_reviews_changes() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    free text[] := CASE
        WHEN OLD.state IN ('PENDING', 'RUNNING') THEN '{state,recorded_at,policy_version,failure}'
        WHEN OLD.state = 'COMPLETE' AND OLD.signed_off_at IS NULL AND NEW.signed_off_at IS NOT NULL
            THEN '{signed_off_by_id,signed_off_at,note}'
    END;
BEGIN
    IF free IS NULL OR to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'UPDATE of access_reviews is refused: a review is recorded, signed off, once, and never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$
"""
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
TRIGGER = "CREATE TRIGGER {0} BEFORE UPDATE ON access_reviews FOR EACH ROW EXECUTE FUNCTION {0}()"


def upgrade() -> None:
    """Adds the states and the jobs. All existing reviews are complete."""
    op.add_column("access_reviews", sa.Column("state", sa.Text(), server_default="COMPLETE", nullable=False))
    op.alter_column("access_reviews", "state", server_default="PENDING")
    op.add_column("access_reviews", sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("access_reviews", sa.Column("failure", sa.Text(), nullable=True))
    op.execute("DROP TRIGGER access_reviews_sign_off_only ON access_reviews")
    op.execute("DROP FUNCTION access_reviews_sign_off_only()")
    op.execute("UPDATE access_reviews SET recorded_at = created_at")
    states = ", ".join(f"'{state}'" for state in STATES)
    for name, condition in (
        ("state", f"state IN ({states})"),
        ("complete_when_recorded", "(state = 'COMPLETE') = (recorded_at IS NOT NULL)"),
        ("failed_for_a_reason", "(state = 'FAILED') = (failure IS NOT NULL)"),
        ("signed_off_when_complete", "signed_off_at IS NULL OR state = 'COMPLETE'"),
    ):
        op.create_check_constraint(op.f(f"ck_access_reviews_{name}"), "access_reviews", condition)
    op.execute(CHANGES)
    op.execute(TRIGGER.format("access_reviews_changes"))
    op.create_table(
        "access_review_jobs",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_access_review_jobs_progress")),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["access_reviews.organization_id", "access_reviews.id"],
            name=op.f("fk_access_review_jobs_organization_id_review_id"),
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_access_review_jobs")),
    )
    columns = ["organization_id", "review_id"]
    op.create_index(op.f("ix_access_review_jobs_organization_id_review_id"), "access_review_jobs", columns)
    allow(KINDS, "")


def downgrade() -> None:
    """Removes the jobs, and the reviews that are not complete."""
    op.drop_table("access_review_jobs")
    op.execute("DROP TRIGGER access_reviews_changes ON access_reviews")
    op.execute("DROP FUNCTION access_reviews_changes()")
    op.execute("ALTER TABLE access_reviews DISABLE TRIGGER access_reviews_stay")
    op.execute("DELETE FROM access_reviews WHERE state <> 'COMPLETE'")
    op.execute("ALTER TABLE access_reviews ENABLE TRIGGER access_reviews_stay")
    for name in ("signed_off_when_complete", "failed_for_a_reason", "complete_when_recorded", "state"):
        op.drop_constraint(op.f(f"ck_access_reviews_{name}"), "access_reviews")
    for column in ("failure", "recorded_at", "state"):
        op.drop_column("access_reviews", column)
    op.execute(SIGN_OFF_ONLY)
    op.execute(TRIGGER.format("access_reviews_sign_off_only"))
    allow([kind for kind in KINDS if kind != ADDED], " NOT VALID")


def allow(kinds: Sequence[str], validity: str) -> None:
    """Lets `kind` of an audit event be one of these."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words})){validity}")
