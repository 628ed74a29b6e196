"""A function that ends a statement whose response is too large."""

from collections.abc import Sequence

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Returns its text, and adds its bytes to a sum that ends with the transaction. A statement calls it for each list that
# it has built; the lists of one statement, in whatever places, share the sum. A setting is the one variable that a
# read-only transaction can write. The class of the error is Portico's own (PostgreSQL manual, "PostgreSQL Error Codes").
LIMIT_RESPONSE = """
CREATE FUNCTION limit_response(built text, max_bytes bigint) RETURNS text LANGUAGE plpgsql STRICT VOLATILE AS $body$
DECLARE
    total bigint := octet_length(built)
        + coalesce(nullif(current_setting('portico.response_bytes', true), '')::bigint, 0);
BEGIN
    IF total > max_bytes THEN
        RAISE EXCEPTION 'The response is too large.' USING ERRCODE = 'PR001';
    END IF;
    PERFORM set_config('portico.response_bytes', total::text, true);
    RETURN built;
END
$body$
"""


def upgrade() -> None:
    """Make the function."""
    op.execute(LIMIT_RESPONSE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION limit_response(text, bigint)")
