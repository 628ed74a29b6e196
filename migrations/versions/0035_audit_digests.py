"""The audit trail hashes salted digests of what can be personal, so that it can be erased.

Events that are there keep their format and their hashes. Events from now on have format 2: their hash covers digests of
the address and of each field of `changes`, so that a value can be taken out, and its digest kept, without a change of
the hash. `docs/audit.md` describes the format.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As in 0013.
HASH_1 = """
CREATE OR REPLACE FUNCTION {name}(event record) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN sha256(convert_to(
        audit_netstring('portico-audit-1')
        || audit_netstring(event.organization_id::text)
        || audit_netstring(event.number::text)
        || audit_netstring(encode(event.previous_hash, 'hex'))
        || audit_netstring(event.id::text)
        || audit_netstring(to_char(event.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || audit_netstring(event.kind)
        || audit_netstring(event.actor_id::text)
        || audit_netstring(event.subject_id::text)
        || audit_netstring(event.request_id)
        || audit_netstring(event.address)
        || audit_netstring(event.policy_version)
        || audit_netstring(event.changes::text)
        || CASE WHEN event.api_client_id IS NULL THEN '' ELSE audit_netstring(event.api_client_id::text) END,
        'UTF8'));
END
$body$
"""

# The salt of one value is derived from that of the event, which is thrown away when a value is erased: the salts of the
# other values are then kept instead, and tell nothing of the erased one's.
FIELD_SALT = """
CREATE FUNCTION audit_field_salt(salt bytea, name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT encode(sha256(convert_to(audit_netstring(encode(salt, 'hex')) || audit_netstring(name), 'UTF8')), 'hex')
$body$
"""

# `name` is `address`, or `changes.` and the name of a field.
FIELD_DIGEST = """
CREATE FUNCTION audit_field_digest(salt bytea, erased jsonb, name text, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN erased -> 'digests' ? name THEN erased -> 'digests' -> name ->> 'digest'
        WHEN value IS NOT NULL THEN encode(sha256(convert_to(
            audit_netstring(coalesce(erased -> 'salts' ->> name, audit_field_salt(salt, name))) || audit_netstring(value),
            'UTF8')), 'hex')
    END
$body$
"""

HASH_2 = """
CREATE FUNCTION audit_event_hash_of_digests(event record) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
DECLARE
    salt text := audit_netstring(encode(event.salt, 'hex'));
    changes text;
BEGIN
    IF jsonb_typeof(event.changes) IS DISTINCT FROM 'object' THEN
        changes := audit_field_digest(event.salt, event.erased, 'changes', event.changes::text);
    ELSIF event.erased IS NULL THEN
        -- The same as below, without looking for erased values: so each event is written.
        SELECT coalesce(string_agg(
            audit_netstring(field.key) || '64:' || encode(sha256(convert_to('64:' || encode(sha256(convert_to(
                salt || audit_netstring('changes.' || field.key), 'UTF8')), 'hex') || ','
                || audit_netstring(field.value::text), 'UTF8')), 'hex') || ',',
            '' ORDER BY field.key COLLATE "C"), '')
        INTO changes FROM jsonb_each(event.changes) AS field;
    ELSE
        SELECT coalesce(string_agg(
            audit_netstring(field.key) || audit_netstring(
                audit_field_digest(event.salt, event.erased, 'changes.' || field.key, field.value::text)),
            '' ORDER BY field.key COLLATE "C"), '')
        INTO changes FROM jsonb_each(event.changes) AS field;
    END IF;
    RETURN sha256(convert_to(
        audit_netstring('portico-audit-2')
        || audit_netstring(event.organization_id::text)
        || audit_netstring(event.number::text)
        || audit_netstring(encode(event.previous_hash, 'hex'))
        || audit_netstring(event.id::text)
        || audit_netstring(to_char(event.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || audit_netstring(event.kind)
        || audit_netstring(event.actor_id::text)
        || audit_netstring(event.api_client_id::text)
        || audit_netstring(event.subject_id::text)
        || audit_netstring(event.request_id)
        || audit_netstring(event.policy_version)
        || audit_netstring(audit_field_digest(event.salt, event.erased, 'address', event.address))
        || audit_netstring(changes),
        'UTF8'));
END
$body$
"""

HASH = """
CREATE OR REPLACE FUNCTION audit_event_hash(event record) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
BEGIN
    IF event.format = 1 THEN
        RETURN audit_event_hash_1(event);
    END IF;
    RETURN audit_event_hash_of_digests(event);
END
$body$
"""

# Runs before audit_events_link, because triggers run in the order of their names.
FORMAT = """
CREATE FUNCTION audit_events_format() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.format := 2;
    NEW.salt := uuid_send(gen_random_uuid());
    NEW.erased := NULL;
    RETURN NEW;
END
$body$
"""

# An event of format 1 gets a salt and is sealed in format 2 before the first value is erased from it.
ERASE = """
CREATE FUNCTION audit_event_erase(
    event record, names text[], erasure uuid, OUT address text, OUT changes jsonb, OUT erased jsonb
) LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    salt bytea := event.salt;
    salts jsonb := event.erased -> 'salts';
    digests jsonb := coalesce(event.erased -> 'digests', '{}');
    resealed_by text := event.erased ->> 'resealed_by';
    item record;
BEGIN
    address := event.address;
    changes := event.changes;
    IF event.erased IS NULL THEN
        IF event.format = 1 THEN
            salt := uuid_send(gen_random_uuid());
            resealed_by := erasure::text;
        END IF;
        SELECT coalesce(jsonb_object_agg(name, audit_field_salt(salt, name)), '{}') INTO salts
        FROM audit_event_values(event.address, event.changes);
    END IF;
    FOR item IN SELECT * FROM audit_event_values(event.address, event.changes) AS v
        WHERE v.name = ANY (names) AND NOT digests ? v.name
    LOOP
        digests := digests || jsonb_build_object(item.name, jsonb_build_object(
            'digest', audit_field_digest(salt, event.erased, item.name, item.value), 'by', erasure));
        salts := salts - item.name;
        IF item.name = 'address' THEN
            address := NULL;
        ELSE
            changes := jsonb_set(changes, ARRAY[substr(item.name, length('changes.') + 1)],
                audit_erased_value(item.value::jsonb));
        END IF;
    END LOOP;
    erased := jsonb_strip_nulls(jsonb_build_object('salts', salts, 'digests', digests, 'resealed_by', resealed_by));
END
$body$
"""

VALUES = """
CREATE FUNCTION audit_event_values(address text, changes jsonb) RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE AS $body$
    SELECT 'address', address WHERE address IS NOT NULL
    UNION ALL
    SELECT 'changes.' || field.key, field.value::text
    FROM jsonb_each(CASE WHEN jsonb_typeof(changes) = 'object' THEN changes END) AS field
$body$
"""

# Whether there was a value before and after is kept.
ERASED_VALUE = """
CREATE FUNCTION audit_erased_value(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN (
        SELECT coalesce(jsonb_agg(CASE WHEN side = 'null' THEN side ELSE '"erased"' END ORDER BY place), '[]')
        FROM jsonb_array_elements(value) WITH ORDINALITY AS sides (side, place)
    ) ELSE '"erased"' END
$body$
"""

# What an erasure did to one event, in the form that the event of the erasure has the hash of.
LINES = """
CREATE FUNCTION audit_erasure_lines(event record, erasure uuid) RETURNS text LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN CASE WHEN event.erased ->> 'resealed_by' = erasure::text THEN
            audit_netstring(event.number::text) || audit_netstring('')
            || audit_netstring(encode(audit_event_hash_of_digests(event), 'hex'))
        ELSE '' END
        || coalesce((SELECT string_agg(
            audit_netstring(event.number::text) || audit_netstring(item.key) || audit_netstring(item.value ->> 'digest'),
            '' ORDER BY item.key COLLATE "C")
            FROM jsonb_each(event.erased -> 'digests') AS item WHERE item.value ->> 'by' = erasure::text), '');
END
$body$
"""

FUNCTIONS = (
    "audit_events_format()",
    "audit_erasure_lines(record, uuid)",
    "audit_event_erase(record, text[], uuid)",
    "audit_erased_value(jsonb)",
    "audit_event_values(text, jsonb)",
    "audit_event_hash_of_digests(record)",
    "audit_event_hash_1(record)",
    "audit_field_digest(bytea, jsonb, text, text)",
    "audit_field_salt(bytea, text)",
)


def upgrade() -> None:
    """Add the columns and the functions. No row is rewritten."""
    op.add_column("audit_events", sa.Column("format", sa.SmallInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("audit_events", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("audit_events", sa.Column("erased", JSONB(), nullable=True))
    op.execute(HASH_1.format(name="audit_event_hash_1"))
    for function in (FIELD_SALT, FIELD_DIGEST, HASH_2, HASH, FORMAT, VALUES, ERASED_VALUE, ERASE, LINES):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER audit_events_format BEFORE INSERT ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION audit_events_format()"
    )


def downgrade() -> None:
    """Remove them. The hashes of events that were written meanwhile can't be verified by the former version."""
    op.execute("DROP TRIGGER audit_events_format ON audit_events")
    op.execute(HASH_1.format(name="audit_event_hash"))
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for column in ("erased", "salt", "format"):
        op.drop_column("audit_events", column)
