"""Views as another user, their audit events, and an index on the events of who had what access."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW_KINDS = ("user.viewed_as", "user.view_ended")

_ACCESS = "ix_audit_events_access"
_OF_ACCESS = (
    "kind IN ('user.created', 'user.invited', 'user.updated', 'user.activated', 'user.removed', 'user.restored')"
)

# The kinds that are allowed so far, whichever migrations ran, and the new ones.
_ALLOW = """
DO $$
DECLARE kinds text;
BEGIN
    SELECT string_agg(quote_literal(kind), ', ' ORDER BY place) INTO kinds
    FROM (SELECT parts[1] AS kind, place
            FROM pg_constraint,
                 regexp_matches(pg_get_constraintdef(pg_constraint.oid), '''([a-z_.]+)''', 'g')
                     WITH ORDINALITY AS match (parts, place)
           WHERE conname = 'ck_audit_events_kind' AND conrelid = 'audit_events'::regclass
           UNION ALL
          SELECT kind, 1000 + place FROM unnest(ARRAY[%(added)s]::text[]) WITH ORDINALITY AS added (kind, place)
         ) AS allowed
    WHERE kind <> ALL (ARRAY[%(dropped)s]::text[]);
    ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind;
    EXECUTE 'ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_kind CHECK (kind IN (' || kinds || ')) NOT VALID';
END $$
"""


def upgrade() -> None:
    """Create the table, which is empty, allow the kinds, and index the events: seconds for a million of them."""
    op.create_table(
        "views_as",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name=op.f("ck_views_as_reason_length")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_views_as_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_views_as_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views_as")),
        sa.UniqueConstraint("session_id", "user_id", name=op.f("uq_views_as_session_id_user_id")),
    )
    op.create_index(op.f("ix_views_as_user_id"), "views_as", ["user_id"])
    _allow(added=NEW_KINDS)
    op.create_index(_ACCESS, "audit_events", ["subject_id", "number"], postgresql_where=sa.text(_OF_ACCESS))


def downgrade() -> None:
    """Drop the table. Events of the kinds stay, as no event is ever removed."""
    op.drop_index(_ACCESS, "audit_events")
    op.drop_table("views_as")
    _allow(dropped=NEW_KINDS)


def _allow(added: Sequence[str] = (), dropped: Sequence[str] = ()) -> None:
    literals = {
        name: ", ".join(f"'{kind}'" for kind in kinds) for name, kinds in (("added", added), ("dropped", dropped))
    }
    op.execute(_ALLOW % literals)
    if added:
        op.execute("ALTER TABLE audit_events VALIDATE CONSTRAINT ck_audit_events_kind")
