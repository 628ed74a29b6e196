"""Single sign-on: providers, domains, identities of users, and sessions that begin at a provider.

A user who signs in at a provider may have no password, also none that they have forgotten.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

lint_exemptions = {
    "ban-drop-constraint": "it forbids users without a password, whom the version before lets do nothing"
}


def upgrade() -> None:
    """Create the tables, which are empty, and the columns, which no session has."""
    _create_providers()
    _create_domains()
    _create_identities()
    op.create_table(
        "used_assertions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("assertion_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "assertion_hash", name=op.f("pk_used_assertions")),
    )
    op.add_column("sessions", sa.Column("identity_id", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("provider_session", sa.Text(), nullable=True))
    op.execute("ALTER TABLE users DROP CONSTRAINT ck_users_active_has_password")


def _create_providers() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("is_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("break_glass_user_id", sa.Uuid(), nullable=True),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("creator_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_identity_providers")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_identity_providers_organization_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{table}.organization_id", f"{table}.id"],
                name=op.f(f"fk_identity_providers_organization_id_{column}"),
            )
            for column, table in (
                ("break_glass_user_id", "users"),
                ("creator_id", "users"),
                ("template_id", "access_templates"),
            )
        ),
        sa.CheckConstraint("length(issuer) BETWEEN 1 AND 500", name=op.f("ck_identity_providers_issuer_length")),
        sa.CheckConstraint("length(client_id) BETWEEN 1 AND 255", name=op.f("ck_identity_providers_client_id_length")),
        sa.CheckConstraint(
            "NOT is_required OR break_glass_user_id IS NOT NULL",
            name=op.f("ck_identity_providers_required_has_break_glass"),
        ),
        sa.CheckConstraint(
            "(template_id IS NULL) = (creator_id IS NULL)", name=op.f("ck_identity_providers_template_has_creator")
        ),
    )


def _create_domains() -> None:
    op.create_table(
        "sign_in_domains",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(collation="C"), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_domains")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sign_in_domains_organization_id")
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_sign_in_domains_organization_id_id")),
        sa.UniqueConstraint("organization_id", "domain", name=op.f("uq_sign_in_domains_organization_id_domain")),
        sa.CheckConstraint(
            "domain = lower(domain) AND length(domain) BETWEEN 3 AND 253", name=op.f("ck_sign_in_domains_domain")
        ),
    )
    op.create_index(
        op.f("ix_sign_in_domains_checked_at"),
        "sign_in_domains",
        ["checked_at"],
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_table(
        "verified_domains",
        sa.Column("domain", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_verified_domains")),
        sa.UniqueConstraint("organization_id", "domain_id", name=op.f("uq_verified_domains_organization_id_domain_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "domain_id"],
            ["sign_in_domains.organization_id", "sign_in_domains.id"],
            name=op.f("fk_verified_domains_organization_id_domain_id"),
            ondelete="CASCADE",
        ),
    )


def _create_identities() -> None:
    op.create_table(
        "user_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_identities")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_identities_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_user_identities_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_user_identities_tenant_id_user_id")),
        sa.UniqueConstraint("tenant_id", "issuer", "subject", name=op.f("uq_user_identities_tenant_id_issuer_subject")),
        sa.CheckConstraint("length(issuer) BETWEEN 1 AND 500", name=op.f("ck_user_identities_issuer_length")),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 255", name=op.f("ck_user_identities_subject_length")),
    )


def downgrade() -> None:
    """Drop them. Users without a password stay, and can choose one by a password reset."""
    op.execute(
        "ALTER TABLE users ADD CONSTRAINT ck_users_active_has_password "
        "CHECK (activated_at IS NULL OR password_hash IS NOT NULL) NOT VALID"
    )
    op.drop_column("sessions", "provider_session")
    op.drop_column("sessions", "identity_id")
    for table in ("used_assertions", "user_identities", "verified_domains", "sign_in_domains", "identity_providers"):
        op.drop_table(table)
