"""The scope `events.read` of API clients."""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE, CHECK = "api_clients", "ck_api_clients_scopes"


def upgrade() -> None:
    """Allow the new scope beside those that there are."""
    online.replace_check(TABLE, CHECK, _condition("basic.read", "billing.read", "users.write", "events.read"))


def downgrade() -> None:
    """Allow it for the API clients that have it, and for no new ones."""
    condition = _condition("basic.read", "billing.read", "users.write")
    op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({condition}) NOT VALID")


def _condition(*scopes: str) -> str:
    return f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{', '.join(repr(scope) for scope in scopes)}]"
