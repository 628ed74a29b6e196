"""When a user last signed in, and where a session comes from. A sign-in doesn't change the user's version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEX = "ix_users_organization_id_last_sign_in_key_id"
_KEY = "COALESCE(last_sign_in_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"

# To whoever reads a user, a sign-in must not look like a change of the user: `updateUser` would be rejected as STALE.
_TRIGGER = (
    "CREATE TRIGGER users_next_version BEFORE UPDATE ON users FOR EACH ROW %s EXECUTE FUNCTION users_next_version()"
)
_UNLESS_SIGN_IN = "WHEN (NEW.last_sign_in_at IS NOT DISTINCT FROM OLD.last_sign_in_at)"

# The audit trail knows the sign-ins so far.
_FILL = """
UPDATE users SET last_sign_in_at = sign_in.at
FROM (SELECT subject_id, max(created_at) AS at FROM audit_events WHERE kind = 'session.started' GROUP BY subject_id)
    AS sign_in
WHERE users.id = sign_in.subject_id
"""

_LENGTHS = {"network": 49, "user_agent": 100}


def upgrade() -> None:
    """Add the columns and the index, and fill in the last sign-ins. With 100,000 users this takes seconds."""
    op.add_column("users", sa.Column("last_sign_in_at", sa.DateTime(timezone=True)))
    op.execute("DROP TRIGGER users_next_version ON users")
    op.execute(_TRIGGER % _UNLESS_SIGN_IN)
    op.execute(_FILL)
    op.create_index(_INDEX, "users", ["organization_id", sa.text(_KEY), "id"])
    for column, length in _LENGTHS.items():
        op.add_column("sessions", sa.Column(column, sa.Text()))
        op.create_check_constraint(
            op.f(f"ck_sessions_{column}_length"), "sessions", f"length({column}) BETWEEN 1 AND {length}"
        )


def downgrade() -> None:
    """Drop them."""
    for column in _LENGTHS:
        op.drop_column("sessions", column)
    op.drop_index(_INDEX, "users")
    op.execute("DROP TRIGGER users_next_version ON users")
    op.drop_column("users", "last_sign_in_at")
    op.execute(_TRIGGER % "")
