"""Passkeys, and the challenges that they sign."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0057"
down_revision: str | None = "0056"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the tables, which are empty."""
    op.create_table(
        "passkeys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", ARRAY(sa.Text()), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_passkeys_name_length")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_passkeys_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "credential_id", name=op.f("uq_passkeys_tenant_id_user_id_credential_id")
        ),
    )
    op.create_table(
        "passkey_challenges",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('REGISTER', 'SIGN_IN', 'PROVE')", name=op.f("ck_passkey_challenges_purpose")),
        sa.PrimaryKeyConstraint("tenant_id", "challenge_hash", name=op.f("pk_passkey_challenges")),
    )
    for column in ("bound_to", "expires_at"):
        op.create_index(op.f(f"ix_passkey_challenges_tenant_id_{column}"), "passkey_challenges", ["tenant_id", column])


def downgrade() -> None:
    """Drop them. Whoever has no other second factor signs in with their password alone."""
    op.drop_table("passkey_challenges")
    op.drop_table("passkeys")
