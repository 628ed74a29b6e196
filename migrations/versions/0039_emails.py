"""The directory of emails: which user has an email, of whatever tenant.

The unique key of the users' emails stays, as it is what servers of the version before rely on. Triggers enter the users
that they add.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENTER = """
CREATE FUNCTION users_enter_email() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE emails SET email = NEW.email WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    END IF;
    INSERT INTO emails (email, tenant_id, user_id) VALUES (NEW.email, NEW.tenant_id, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$
"""
TRIGGERS = (
    "CREATE TRIGGER users_enter_email AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION users_enter_email()",
    (
        "CREATE TRIGGER users_move_email AFTER UPDATE OF email ON users FOR EACH ROW "
        "WHEN (NEW.email IS DISTINCT FROM OLD.email) EXECUTE FUNCTION users_enter_email()"
    ),
)


def upgrade() -> None:
    """Creates the directory, and enters the users who are there."""
    op.create_table(
        "emails",
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_emails")),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_emails_tenant_id_user_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_emails_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
    )
    # Before the users are read, so that none who is added meanwhile is missed.
    op.execute(ENTER)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.execute("INSERT INTO emails (email, tenant_id, user_id) SELECT email, tenant_id, id FROM users")


def downgrade() -> None:
    """Drops it."""
    op.execute("DROP FUNCTION users_enter_email() CASCADE")
    op.drop_table("emails")
