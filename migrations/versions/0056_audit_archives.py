"""The oldest audit events of a chain can be removed, by a transaction that says so.

The setting `portico.erasure` of such a transaction is `events:TENANT:NUMBER`. It lets the transaction delete the events
of that chain up to the number, unless they are of the last 31 days: webhooks may still have to send those.
"""

from collections.abc import Sequence

from alembic import op

from migrations import online

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("audit.pruned", "legal_hold.placed", "legal_hold.released")

# As in 0036; {events} is the case of events.
LIMIT = """
CREATE OR REPLACE FUNCTION limit_erasure() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    erasure text := current_setting('portico.erasure');
    key uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'audit_heads' THEN
            key := OLD.chain;
        ELSE
            key := OLD.organization_id;
        END IF;
        IF erasure = 'organization:' || key::text THEN
            RETURN OLD;
        END IF;{events}
    ELSIF erasure LIKE 'user:%' AND to_jsonb(NEW) - TG_ARGV[0:TG_NARGS - 1] = to_jsonb(OLD) - TG_ARGV[0:TG_NARGS - 1] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: it is not part of the erasure', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$body$
"""
EVENTS = """
        IF TG_TABLE_NAME = 'audit_events' AND erasure LIKE 'events:%' THEN
            IF split_part(erasure, ':', 2) = OLD.tenant_id::text AND OLD.number <= split_part(erasure, ':', 3)::bigint
                AND OLD.created_at < now() - interval '31 days'
            THEN
                RETURN OLD;
            END IF;
        END IF;"""


def upgrade() -> None:
    """Let old events through, and allow the kinds of events that record it."""
    op.execute(LIMIT.replace("{events}", EVENTS))
    online.allow_words("audit_events", "kind", KINDS)


def downgrade() -> None:
    """Refuse it again. What was removed stays so."""
    online.forbid_words("audit_events", "kind", KINDS)
    op.execute(LIMIT.replace("{events}", ""))
