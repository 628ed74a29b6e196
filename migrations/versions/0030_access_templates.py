"""Access templates, and which one a user has; their audit events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0030"
down_revision: str | None = "0029"
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
    "organization.settings_changed",
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
)
INDEXES = (["organization_id", "name_key", "id"], ["organization_id", "created_at", "id"], ["name_key", "id"])


def upgrade() -> None:
    """Create the table, which is empty, and the link, which no user has."""
    op.create_table(
        "access_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("all_contract_accounts", sa.Boolean(), nullable=False),
        sa.Column("contract_accounts", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("all_delivery_accounts", sa.Boolean(), nullable=False),
        sa.Column("delivery_accounts", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("audience IN ('ORGANIZATION', 'DELIVERY')", name=op.f("ck_access_templates_audience")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_access_templates_name_length")),
        sa.CheckConstraint(
            "audience <> 'DELIVERY' OR NOT all_delivery_accounts",
            name=op.f("ck_access_templates_delivery_audience_has_a_list"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_access_templates_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_templates")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_access_templates_organization_id_id")),
        sa.UniqueConstraint("organization_id", "name_key", name=op.f("uq_access_templates_organization_id_name_key")),
    )
    for columns in (*INDEXES, ["created_at", "id"]):
        op.create_index(op.f(f"ix_access_templates_{'_'.join(columns)}"), "access_templates", columns)
    op.add_column("users", sa.Column("template_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_users_organization_id_template_id"),
        "users",
        "access_templates",
        ["organization_id", "template_id"],
        ["organization_id", "id"],
    )
    op.create_index(
        op.f("ix_users_template_id_name_key_id"),
        "users",
        ["template_id", "name_key", "id"],
        postgresql_where=sa.text("template_id IS NOT NULL"),
    )
    allow(KINDS, "")


def downgrade() -> None:
    """Drop the templates; users keep their access, and events of templates stay as they are."""
    op.drop_index(op.f("ix_users_template_id_name_key_id"), "users")
    op.drop_constraint(op.f("fk_users_organization_id_template_id"), "users")
    op.drop_column("users", "template_id")
    op.drop_table("access_templates")
    allow([kind for kind in KINDS if not kind.startswith("access_template.")], " NOT VALID")


def allow(kinds: Sequence[str], validity: str) -> None:
    """Let `kind` of an audit event be one of these."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    op.execute(f"ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN ({words})){validity}")
