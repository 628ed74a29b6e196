"""All rows of a database, for tests that say what changes and what doesn't; and rows in the tables that demo data
leaves empty."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg

from models import Base, tenant_of

Dump = dict[str, list[str]]
"""The rows of each table as JSON text, in some fixed order."""


async def dump(connection: asyncpg.Connection) -> Dump:
    """All rows of all tables."""
    rows: Dump = {}
    for name in Base.metadata.tables:
        found = await connection.fetch(f"SELECT row_to_json(r)::text AS row FROM {name} AS r ORDER BY 1")
        rows[name] = [each["row"] for each in found]
    return rows


def places_of(rows: Dump, *needles: str) -> list[str]:
    """The tables in which one of `needles` is found, in any case."""
    wanted = [needle.lower() for needle in needles]
    return sorted(name for name, texts in rows.items() if any(n in text.lower() for text in texts for n in wanted))


FILLING = (
    """INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at, network, user_agent)
    VALUES (gen_random_uuid(), $1, $2, sha256($2::text::bytea), now() + interval '1 hour', '198.51.100.0/24',
    'Ladybird')""",
    """INSERT INTO views_as (id, tenant_id, session_id, user_id, reason, ends_at)
    SELECT gen_random_uuid(), $1, s.id, $3, 'to see', now() + interval '1 hour' FROM sessions s
    WHERE s.tenant_id = $1 AND s.user_id = $2
    LIMIT 1""",
    """INSERT INTO one_time_tokens (id, tenant_id, user_id, purpose, token_hash, expires_at)
    VALUES (gen_random_uuid(), $1, $2, 'PASSWORD_RESET', sha256(('t' || $2::text)::bytea), now())""",
    """INSERT INTO totp_factors (id, tenant_id, user_id, secret, last_step)
    VALUES (gen_random_uuid(), $1, $2, 'an encrypted secret', 1)""",
    """INSERT INTO recovery_codes (id, tenant_id, user_id, code_hash)
    VALUES (gen_random_uuid(), $1, $2, sha256(('r' || $2::text)::bytea))""",
    """INSERT INTO sign_in_tickets (id, tenant_id, user_id, purpose, token_hash, expires_at)
    VALUES (gen_random_uuid(), $1, $2, 'ENROLLMENT', sha256(('i' || $2::text)::bytea), now())""",
    """INSERT INTO passkeys (id, tenant_id, user_id, name, credential_id, public_key, sign_count, transports)
    VALUES (gen_random_uuid(), $1, $2, 'A phone', sha256(('p' || $2::text)::bytea), 'a key', 1, '{internal}')""",
    """INSERT INTO passkey_challenges (tenant_id, challenge_hash, purpose, expires_at)
    VALUES ($1, sha256(('c' || $2::text)::bytea), 'PROVE', now()) ON CONFLICT DO NOTHING""",
    """INSERT INTO outbox_mails (id, organization_id, tenant_id, user_id, kind, recipient, values, message_id)
    SELECT gen_random_uuid(), $1, $1, $2, 'USER_PASSWORD_RESET', u.email, jsonb_build_object('to', u.email),
    gen_random_uuid()::text
    FROM users u WHERE u.tenant_id = $1 AND u.id = $2""",
    """INSERT INTO access_notices (user_id, kind, key, at, days, organization_id) VALUES ($2, 'DORMANCY', '',
    now(), 0, $1)""",
    """INSERT INTO access_upkeep (organization_id) VALUES ($1) ON CONFLICT DO NOTHING""",
    """INSERT INTO access_templates (id, organization_id, name, audience, permissions, all_contract_accounts,
    contract_accounts,
    all_delivery_accounts, delivery_accounts) VALUES (gen_random_uuid(), $1, 'A set', 'ORGANIZATION', '{}', false,
    '{}', false, '{}')
    ON CONFLICT DO NOTHING""",
    """INSERT INTO identity_providers (organization_id, issuer, client_id, client_secret) VALUES ($1,
    'https://id.example', 'portico', 'encrypted') ON CONFLICT DO NOTHING""",
    """INSERT INTO sign_in_domains (id, organization_id, domain, challenge) VALUES (gen_random_uuid(), $1,
    replace($1::text, '-', '') || '.example', 'a challenge') ON CONFLICT DO NOTHING""",
    """INSERT INTO verified_domains (domain, organization_id, domain_id)
    SELECT d.domain, $1, d.id FROM sign_in_domains d WHERE d.organization_id = $1 ON CONFLICT DO NOTHING""",
    """INSERT INTO user_identities (id, tenant_id, user_id, issuer, subject)
    VALUES (gen_random_uuid(), $1, $2, 'https://id.example', $2::text) ON CONFLICT DO NOTHING""",
    """INSERT INTO used_assertions (tenant_id, assertion_hash, expires_at)
    VALUES ($1, sha256($2::text::bytea), now()) ON CONFLICT DO NOTHING""",
    """INSERT INTO api_clients (id, organization_id, owner_id, name, scopes)
    VALUES (gen_random_uuid(), $1, $2, 'A program', '{basic.read}')""",
    """INSERT INTO api_client_secrets (id, organization_id, api_client_id, secret_hash, hint)
    SELECT gen_random_uuid(), $1, c.id, sha256(c.id::text::bytea), 'abcd' FROM api_clients c
    WHERE c.organization_id = $1 AND c.owner_id = $2""",
    """INSERT INTO scim_tokens (id, organization_id, maker_id, name, token_hash, hint, expires_at)
    VALUES (gen_random_uuid(), $1, $2, 'Okta', sha256(('s' || $2::text)::bytea), 'abcd', now())""",
    """INSERT INTO webhooks (id, organization_id, owner_id, url, kinds, secret, secret_hint, position)
    VALUES (gen_random_uuid(), $1, $2, 'https://hooks.example.com/', '{user.updated}', 'encrypted', 'abcd', 0)""",
    """INSERT INTO webhook_deliveries (id, organization_id, webhook_id, cause)
    SELECT gen_random_uuid(), w.organization_id, w.id, 'TEST' FROM webhooks w
    WHERE w.organization_id = $1 AND w.owner_id = $2""",
    """INSERT INTO revoked_access_tokens (id, organization_id, api_client_id, expires_at)
    SELECT gen_random_uuid(), $1, c.id, now() FROM api_clients c WHERE c.organization_id = $1 AND c.owner_id = $2""",
    """INSERT INTO idempotency_keys (id, tenant_id, owner_id, key_hash, fingerprint, claimed_until, answer, expires_at)
    VALUES (gen_random_uuid(), $1, $2, '1', '2', now(), '3', now() + interval '1 day')""",
    """INSERT INTO cost_buckets (holder, balance, capacity, leased, as_of) VALUES ('user:' || $2::text, 1, 2, 0,
    now())""",
    """INSERT INTO access_requests (id, organization_id, requester_id, kind, permission, reason, expires_at)
    VALUES (gen_random_uuid(), $1, $2, 'PERMISSION', 'BILLING_VIEW', 'I need it', now() + interval '1 day')""",
    """INSERT INTO access_reviews (id, organization_id, policy_version) VALUES (gen_random_uuid(), $1, 'v')""",
    """INSERT INTO access_review_jobs (review_id, organization_id) SELECT id, $1 FROM access_reviews
    WHERE organization_id = $1 AND policy_version = 'v'""",
    """INSERT INTO access_review_entries (id, organization_id, review_id, user_id, user_email, user_name,
    user_status, kind, why)
    SELECT gen_random_uuid(), $1, r.id, u.id, u.email, concat_ws(' ', u.first_name, u.last_name), 'ACTIVE',
    'NOTHING', 'nothing'
    FROM access_reviews r, users u WHERE r.organization_id = $1 AND r.policy_version = 'v'
    AND u.tenant_id = $1 AND u.id IN ($2, $3)""",
    """INSERT INTO access_review_decisions (entry_id, organization_id, review_id, decision, decided_by_id)
    SELECT id, $1, review_id, 'KEEP', $2 FROM access_review_entries WHERE organization_id = $1 AND user_id = $3
    LIMIT 1""",
    """INSERT INTO policy_shadows (id, file, version, text, stopped_at) VALUES
    ('00000000-0000-0000-0000-000000000001', 'f', 'v', 't', now())
    ON CONFLICT DO NOTHING""",
    """INSERT INTO policy_differences (shadow_id, active_version, user_id, action, type, thing, gained,
    organization_id)
    VALUES ('00000000-0000-0000-0000-000000000001', 'v', $2, 'view', 'User', 'usr_1', true, $1)""",
)


async def fill(connection: asyncpg.Connection, organization_id: UUID, user_id: UUID, other_id: UUID) -> None:
    """Insert a row for the user into each table that can have one; `other_id` is another user of the organization."""
    values = {"$1": organization_id, "$2": user_id, "$3": other_id}
    for statement in FILLING:
        filled = statement
        for mark, value in values.items():
            filled = filled.replace(mark, f"'{value}'::uuid")
        await connection.execute(filled)


async def add_event(connection: asyncpg.Connection, kind: str, **values: Any) -> int:
    """Insert an audit event with these columns, and return its number."""
    columns = {"id": uuid4(), "kind": kind, "tenant_id": tenant_of(values.get("organization_id")), **values}
    marks = ", ".join(f"${position}" for position in range(1, len(columns) + 1))
    statement = f"INSERT INTO audit_events ({', '.join(columns)}) VALUES ({marks}) RETURNING number"
    number: int = await connection.fetchval(statement, *columns.values())
    return number
