"""Organizations, their accounts and services, and the function by which names are ordered and searched."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Text without case and accents. Letters that Unicode does not take apart get their small or plain form by name,
# because lower() knows other letters on each PostgreSQL (by locale, provider and version), and an order by stored keys
# must not depend on that. Plain ASCII takes the short way. Not STRICT: only then does PostgreSQL inline the body.
LATIN = ("ÆÐØÞøĐđĦħıŁłŊŒŦŧ", "æðoþoddhhillŋœtt")
GREEK = ("ͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿ", "ͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωσϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽ")
CYRILLIC = (
    "ЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐ",
    "ђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяґ",
)
CAPITALS, SMALL = ("".join(letters) for letters in zip(LATIN, GREEK, CYRILLIC, strict=True))
FOLD = rf"""
CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN octet_length($1) = length($1) THEN lower($1 COLLATE "C")
        ELSE translate(
            regexp_replace(lower(normalize($1, NFKD) COLLATE "C"), '[\u0300-\u036F]', '', 'g'),
            '{CAPITALS}',
            '{SMALL}'
        )
    END
$body$
"""


def key() -> sa.Column[Any]:
    """A primary key column; its values are UUIDs of version 7, made by the application."""
    return sa.Column("id", sa.Uuid(), nullable=False)


def moment(name: str) -> sa.Column[Any]:
    """A column with the time of the transaction, if nothing else is given."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.execute(FOLD)
    op.create_table(
        "organizations",
        key(),
        moment("created_at"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        moment("updated_at"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_organizations_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_index(op.f("ix_organizations_name_key_id"), "organizations", ["name_key", "id"])

    op.create_table(
        "contract_accounts",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        sa.Column("vat_number", sa.Text(), nullable=True),
        sa.Column("billing_email", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_contract_accounts_currency")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_contract_accounts_name_length")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_contract_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_accounts")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_contract_accounts_organization_id_id")),
    )
    op.create_index(
        op.f("ix_contract_accounts_organization_id_name_key_id"),
        "contract_accounts",
        ["organization_id", "name_key", "id"],
    )

    op.create_table(
        "delivery_accounts",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_delivery_accounts_name_length")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_delivery_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_accounts")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_delivery_accounts_organization_id_id")),
    )
    op.create_index(
        op.f("ix_delivery_accounts_organization_id_name_key_id"),
        "delivery_accounts",
        ["organization_id", "name_key", "id"],
    )

    op.create_table(
        "services",
        key(),
        moment("created_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contract_account_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_account_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("fold(name)", persisted=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="ACTIVE", nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("city_key", sa.Text(collation="C"), sa.Computed("fold(city)", persisted=True), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{0,63}$'", name=op.f("ck_services_code")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_services_country")),
        sa.CheckConstraint(
            "status IN ('PLANNED', 'ACTIVE', 'SUSPENDED', 'TERMINATED')", name=op.f("ck_services_status")
        ),
        sa.CheckConstraint("length(city) BETWEEN 1 AND 200", name=op.f("ck_services_city_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_services_name_length")),
        sa.ForeignKeyConstraint(
            ["organization_id", "contract_account_id"],
            ["contract_accounts.organization_id", "contract_accounts.id"],
            name=op.f("fk_services_organization_id_contract_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_account_id"],
            ["delivery_accounts.organization_id", "delivery_accounts.id"],
            name=op.f("fk_services_organization_id_delivery_account_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_services_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_services_organization_id_code")),
    )
    op.create_index(
        op.f("ix_services_contract_account_id_delivery_account_id"),
        "services",
        ["contract_account_id", "delivery_account_id"],
    )
    op.create_index(
        op.f("ix_services_contract_account_id_organization_id_code_id"),
        "services",
        ["contract_account_id", "organization_id", "code", "id"],
    )
    op.create_index(
        op.f("ix_services_delivery_account_id_contract_account_id"),
        "services",
        ["delivery_account_id", "contract_account_id"],
    )
    op.create_index(
        op.f("ix_services_delivery_account_id_organization_id_code_id"),
        "services",
        ["delivery_account_id", "organization_id", "code", "id"],
    )
    op.create_index(op.f("ix_services_organization_id_code_id"), "services", ["organization_id", "code", "id"])
    op.create_index(op.f("ix_services_code_id"), "services", ["code", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("services")
    op.drop_table("delivery_accounts")
    op.drop_table("contract_accounts")
    op.drop_table("organizations")
    op.execute("DROP FUNCTION fold(text)")
