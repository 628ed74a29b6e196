"""Indexes for searches and for filters that few rows satisfy, for large organizations, and for the orders of staff."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The sequences of three characters in a text, without those that contain a space: words have none.
# It is the loop that makes it fast: half a million names take seconds.
GRAMS = """
CREATE FUNCTION grams(text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    gram text;
    result text[] := '{}';
BEGIN
    FOR place IN 1 .. length($1) - 2 LOOP
        gram := substr($1, place, 3);
        IF position(' ' IN gram) = 0 THEN
            result := result || gram;
        END IF;
    END LOOP;
    RETURN result;
END
$body$
"""
# The grams of the words of a search term: a text that contains the words contains these.
GRAMS_OF_WORDS = r"""
CREATE FUNCTION grams_of_words(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT ARRAY(SELECT DISTINCT gram FROM regexp_split_to_table(fold($1), '\s+') AS word, unnest(grams(word)) AS gram)
$body$
"""
_SEARCHED = {
    "services": "name_key || ' ' || lower(code) || ' ' || city_key",
    "users": "name_key",
    "contract_accounts": "name_key",
    "delivery_accounts": "name_key",
}
# The country comes first: with a second index that begins with the organization, PostgreSQL sorts lists for searches.
_COUNTRY = ["country", "organization_id", "code", "id"]
_STAFF = (
    ("services", "name_key"),
    ("services", "city_key"),
    ("services", "created_at"),
    ("contract_accounts", "created_at"),
    ("delivery_accounts", "created_at"),
    ("users", "email"),
    ("users", "created_at"),
)
_STATUS_RANK = (
    "(CASE WHEN (status = 'PLANNED') THEN '0' WHEN (status = 'ACTIVE') THEN '1' WHEN (status = 'SUSPENDED') THEN '2' "
    "WHEN (status = 'TERMINATED') THEN '3' ELSE '~' END)"
)
_INACTIVE = "ix_users_organization_id_name_key_id_inactive"


def upgrade() -> None:
    """Create the functions and indexes. With 500,000 services this takes half a minute, in which nothing is written."""
    op.execute(GRAMS)
    op.execute(GRAMS_OF_WORDS)
    for table, text in _SEARCHED.items():
        op.create_index(f"ix_{table}_grams", table, [sa.text(f"grams({text})")], postgresql_using="gin")
    op.create_index(op.f(f"ix_services_{'_'.join(_COUNTRY)}"), "services", _COUNTRY)
    for table, column in _STAFF:
        op.create_index(op.f(f"ix_{table}_{column}_id"), table, [column, "id"])
    op.create_index("ix_services_status_rank_id", "services", [sa.text(_STATUS_RANK), "id"])
    op.create_index(
        _INACTIVE,
        "users",
        ["organization_id", "name_key", "id"],
        postgresql_where=sa.text("activated_at IS NULL OR removed_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the indexes and functions."""
    op.drop_index(_INACTIVE, "users")
    op.drop_index("ix_services_status_rank_id", "services")
    for table, column in reversed(_STAFF):
        op.drop_index(op.f(f"ix_{table}_{column}_id"), table)
    op.drop_index(op.f(f"ix_services_{'_'.join(_COUNTRY)}"), "services")
    for table in _SEARCHED:
        op.drop_index(f"ix_{table}_grams", table)
    op.execute("DROP FUNCTION grams_of_words(text)")
    op.execute("DROP FUNCTION grams(text)")
