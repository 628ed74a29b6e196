"""The trigger that limits erasures knows its table by the name of a shard, too.

In a distributed database, the triggers are those of shards, which are called `audit_events_102031`.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As in 0056, but for the names of the tables.
LIMIT = r"""
CREATE OR REPLACE FUNCTION limit_erasure() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    erasure text := current_setting('portico.erasure');
    key uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF {heads} THEN
            key := OLD.chain;
        ELSE
            key := OLD.organization_id;
        END IF;
        IF erasure = 'organization:' || key::text THEN
            RETURN OLD;
        END IF;
        IF {events} AND erasure LIKE 'events:%' THEN
            IF split_part(erasure, ':', 2) = OLD.tenant_id::text AND OLD.number <= split_part(erasure, ':', 3)::bigint
                AND OLD.created_at < now() - interval '31 days'
            THEN
                RETURN OLD;
            END IF;
        END IF;
    ELSIF erasure LIKE 'user:%' AND to_jsonb(NEW) - TG_ARGV[0:TG_NARGS - 1] = to_jsonb(OLD) - TG_ARGV[0:TG_NARGS - 1] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: it is not part of the erasure', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$body$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(
        LIMIT.format(heads=r"TG_TABLE_NAME ~ '^audit_heads(_\d+)?$'", events=r"TG_TABLE_NAME ~ '^audit_events(_\d+)?$'")
    )


def downgrade() -> None:
    """Replace it with the one before."""
    op.execute(LIMIT.format(heads="TG_TABLE_NAME = 'audit_heads'", events="TG_TABLE_NAME = 'audit_events'"))
