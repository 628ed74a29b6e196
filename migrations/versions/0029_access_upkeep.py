"""Settings of organizations, and what the background looks after: access that ends, and dormant users."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0029"
down_revision: str | None = "0028"
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
    "user.viewed_as",
    "user.view_ended",
    "user.end_announced",
    "user.dormancy_warned",
    "organization.created",
    "organization.settings_changed",
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
ADDED = ("user.end_announced", "user.dormancy_warned", "organization.settings_changed")
MAILS = ("USER_ACTIVATION", "USER_PASSWORD_RESET")
ADDED_MAILS = ("ACCESS_ENDS", "DORMANT_USERS")
NOTICES = ("PERMISSION", "CONTRACT_ACCOUNT", "DELIVERY_ACCOUNT", "DORMANCY")
SETTINGS = {
    "end_notice_days": (
        "cardinality(end_notice_days) <= 3 AND 1 <= ALL (end_notice_days) AND 60 >= ALL (end_notice_days)"
    ),
    "dormant_after_days": "dormant_after_days BETWEEN 30 AND 1000",
    "dormancy_warning_days": "dormancy_warning_days BETWEEN 7 AND 28",
}


def upgrade() -> None:
    """Adds the settings, with their defaults, and the tables, which are empty."""
    days: sa.Column[list[int]] = sa.Column(
        "end_notice_days", ARRAY(sa.Integer()), server_default=sa.text("'{14,3}'"), nullable=False
    )
    op.add_column("organizations", days)
    op.add_column("organizations", sa.Column("dormant_after_days", sa.Integer(), nullable=True))
    warning = sa.Column("dormancy_warning_days", sa.Integer(), server_default=sa.text("14"), nullable=False)
    op.add_column("organizations", warning)
    for column, condition in SETTINGS.items():
        op.create_check_constraint(op.f(f"ck_organizations_{column}"), "organizations", condition)
    _create_notices()
    op.create_table(
        "access_upkeep",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_recipient_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_access_upkeep_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_access_upkeep")),
    )
    op.create_index(op.f("ix_access_upkeep_due_at"), "access_upkeep", ["due_at"])
    allow("audit_events", KINDS, "")
    allow("outbox_mails", MAILS + ADDED_MAILS, "")


def _create_notices() -> None:
    op.create_table(
        "access_notices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(f"kind IN ({words(NOTICES)})", name=op.f("ck_access_notices_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_access_notices_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "key", "at", "days", name=op.f("pk_access_notices")),
    )
    columns = ["organization_id", "kind", "is_told"]
    op.create_index(op.f("ix_access_notices_organization_id_kind_is_told"), "access_notices", columns)


def downgrade() -> None:
    """Drops them. Events stay; mails that nobody could render go."""
    op.drop_table("access_upkeep")
    op.drop_table("access_notices")
    for column in SETTINGS:
        op.drop_column("organizations", column)
    op.execute("DELETE FROM outbox_mails WHERE kind IN ('ACCESS_ENDS', 'DORMANT_USERS')")
    allow("outbox_mails", MAILS, "")
    allow("audit_events", [kind for kind in KINDS if kind not in ADDED], " NOT VALID")


def words(values: Sequence[str]) -> str:
    """The values as a list in SQL."""
    return ", ".join(f"'{value}'" for value in values)


def allow(table: str, kinds: Sequence[str], validity: str) -> None:
    """Lets `kind` be one of these."""
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({words(kinds)})){validity}")
