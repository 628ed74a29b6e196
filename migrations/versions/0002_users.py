"""Users, and what they were given."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def key() -> sa.Column[Any]:
    """A primary key column; its values are UUIDs of version 7, made by the application."""
    return sa.Column("id", sa.Uuid(), nullable=False)


def moment(name: str) -> sa.Column[Any]:
    """A column with the time of the transaction, if nothing else is given."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kind", sa.Text(), server_default="PERSONAL", nullable=False),
        sa.Column("audience", sa.Text(), server_default="ORGANIZATION", nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            sa.Computed(
                "fold(coalesce(last_name, '') || ' ' || coalesce(first_name, '') || ' ' || email)", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("all_contract_accounts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("all_delivery_accounts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        moment("updated_at"),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "audience <> 'DELIVERY' OR (organization_id IS NOT NULL AND NOT all_delivery_accounts)",
            name=op.f("ck_users_delivery_audience_has_a_list"),
        ),
        sa.CheckConstraint("audience IN ('ORGANIZATION', 'DELIVERY')", name=op.f("ck_users_audience")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_users_country")),
        sa.CheckConstraint("kind IN ('PERSONAL', 'GROUP')", name=op.f("ck_users_kind")),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{1,14}$'", name=op.f("ck_users_phone")),
        sa.CheckConstraint(
            "activated_at IS NULL OR password_hash IS NOT NULL", name=op.f("ck_users_active_has_password")
        ),
        sa.CheckConstraint("email = lower(email) AND length(email) BETWEEN 3 AND 254", name=op.f("ck_users_email")),
        sa.CheckConstraint("length(first_name) BETWEEN 1 AND 100", name=op.f("ck_users_first_name_length")),
        sa.CheckConstraint("length(last_name) BETWEEN 1 AND 100", name=op.f("ck_users_last_name_length")),
        sa.CheckConstraint("staff = (organization_id IS NULL)", name=op.f("ck_users_staff_has_no_organization")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_users_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_users_organization_id_id")),
    )
    op.create_index(op.f("ix_users_organization_id_email_id"), "users", ["organization_id", "email", "id"])
    op.create_index(op.f("ix_users_organization_id_name_key_id"), "users", ["organization_id", "name_key", "id"])

    op.create_table(
        "contract_grants",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("contract_account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        moment("created_at"),
        sa.ForeignKeyConstraint(
            ["organization_id", "contract_account_id"],
            ["contract_accounts.organization_id", "contract_accounts.id"],
            name=op.f("fk_contract_grants_organization_id_contract_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_contract_grants_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "contract_account_id", name=op.f("pk_contract_grants")),
    )
    op.create_index(
        op.f("ix_contract_grants_contract_account_id_user_id"), "contract_grants", ["contract_account_id", "user_id"]
    )

    op.create_table(
        "delivery_grants",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        moment("created_at"),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_account_id"],
            ["delivery_accounts.organization_id", "delivery_accounts.id"],
            name=op.f("fk_delivery_grants_organization_id_delivery_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_delivery_grants_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "delivery_account_id", name=op.f("pk_delivery_grants")),
    )
    op.create_index(
        op.f("ix_delivery_grants_delivery_account_id_user_id"), "delivery_grants", ["delivery_account_id", "user_id"]
    )

    op.create_table(
        "user_permissions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        moment("created_at"),
        sa.CheckConstraint(
            "permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'SUPPORT_EDIT', 'ORDERS_VIEW', 'ORDERS_APPROVE', 'BILLING_VIEW', 'DEVELOPER_PORTAL', 'USER_MANAGEMENT')",
            name=op.f("ck_user_permissions_permission"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_user_permissions_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "permission", name=op.f("pk_user_permissions")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("user_permissions")
    op.drop_table("delivery_grants")
    op.drop_table("contract_grants")
    op.drop_table("users")
