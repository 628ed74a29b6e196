"""SCIM tokens, and what identity providers say about users and access templates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the table, and the columns, which are empty."""
    op.create_table(
        "scim_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("maker_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_scim_tokens_name_length")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_scim_tokens_organization_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "maker_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_scim_tokens_organization_id_maker_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scim_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_scim_tokens_token_hash")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_scim_tokens_organization_id_id")),
    )
    columns = ["organization_id", "created_at", "id"]
    op.create_index(op.f("ix_scim_tokens_organization_id_created_at_id"), "scim_tokens", columns)
    op.create_index(op.f("ix_scim_tokens_maker_id"), "scim_tokens", ["maker_id"])
    op.add_column("users", sa.Column("external_id", sa.Text()))
    op.add_column("users", sa.Column("deprovisioned_at", sa.DateTime(timezone=True)))
    op.add_column("access_templates", sa.Column("external_id", sa.Text()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("access_templates", "external_id")
    op.drop_column("users", "deprovisioned_at")
    op.drop_column("users", "external_id")
    op.drop_table("scim_tokens")
