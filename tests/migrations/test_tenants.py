"""Each row has the tenant that it belongs to, also rows that were there before, and the database holds the border."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import PLATFORM
from tests.support.migrations.steps import migrate_to, revision_before

pytestmark = pytest.mark.invariant("organization_border")

MIGRATION = "0037"
ADA, STELLA, MAX = (named_key(email) for email in ("ada@acme.example", "staff@portico.example", "max@globex.example"))
CLIENT = named_key("a client")

# Rows as the version before the migration inserts them. $1 is Ada, $2 the staff user, $3 ACME, $4 the client.
BEFORE = """
INSERT INTO sessions (id, user_id, token_hash, expires_at)
    SELECT gen_random_uuid(), u, sha256(u::text::bytea), now() + interval '1 day' FROM unnest(ARRAY[$1, $2]) u;
INSERT INTO one_time_tokens (id, user_id, purpose, token_hash, expires_at)
    SELECT gen_random_uuid(), u, 'PASSWORD_RESET', sha256(u::text::bytea), now() FROM unnest(ARRAY[$1, $2]) u;
INSERT INTO outbox_mails (id, organization_id, user_id, one_time_token_id, kind, recipient, message_id)
    SELECT gen_random_uuid(), u.organization_id, u.id, t.id, 'USER_PASSWORD_RESET', u.email, u.email
    FROM users u JOIN one_time_tokens t ON t.user_id = u.id AND t.purpose = 'PASSWORD_RESET';
INSERT INTO views_as (id, session_id, user_id, reason, ends_at)
    SELECT gen_random_uuid(), id, user_id, 'Help', now() FROM sessions WHERE user_id = $1;
INSERT INTO api_clients (id, organization_id, owner_id, name, scopes) VALUES ($4, $3, $1, 'Sync', '{basic.read}');
INSERT INTO api_client_secrets (id, api_client_id, secret_hash, hint) VALUES (gen_random_uuid(), $4, '\\x01', 'abcd');
INSERT INTO revoked_access_tokens (id, api_client_id, expires_at) VALUES (gen_random_uuid(), $4, now());
INSERT INTO idempotency_keys (id, owner_id, key_hash, fingerprint, claimed_until, expires_at)
    SELECT gen_random_uuid(), o, '\\x01', '\\x01', now(), now() FROM unnest(ARRAY[$1, $2, $4]) o;
INSERT INTO audit_events (id, organization_id, kind, subject_id)
    SELECT gen_random_uuid(), organization_id, 'user.updated', id FROM users;
"""

TENANTS = """
SELECT 'users', tenant_id, organization_id FROM users
UNION ALL SELECT 'audit_events', tenant_id, organization_id FROM audit_events
UNION ALL SELECT 'outbox_mails', tenant_id, organization_id FROM outbox_mails
UNION ALL SELECT 'sessions', s.tenant_id, u.organization_id FROM sessions s JOIN users u ON u.id = s.user_id
UNION ALL SELECT 'one_time_tokens', t.tenant_id, u.organization_id
    FROM one_time_tokens t JOIN users u ON u.id = t.user_id
UNION ALL SELECT 'views_as', v.tenant_id, u.organization_id FROM views_as v JOIN users u ON u.id = v.user_id
UNION ALL SELECT 'idempotency_keys', k.tenant_id, coalesce(u.organization_id, c.organization_id)
    FROM idempotency_keys k LEFT JOIN users u ON u.id = k.owner_id LEFT JOIN api_clients c ON c.id = k.owner_id
UNION ALL SELECT 'api_client_secrets', s.organization_id, c.organization_id
    FROM api_client_secrets s JOIN api_clients c ON c.id = s.api_client_id
UNION ALL SELECT 'revoked_access_tokens', r.organization_id, c.organization_id
    FROM revoked_access_tokens r JOIN api_clients c ON c.id = r.api_client_id
"""
TABLES = {
    *("users", "audit_events", "outbox_mails", "sessions", "one_time_tokens", "views_as", "idempotency_keys"),
    *("api_client_secrets", "revoked_access_tokens"),
}
WITH_STAFF = TABLES - {"views_as", "api_client_secrets", "revoked_access_tokens"}


@pytest_asyncio.fixture
async def connection(demo_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(demo_database_url)
    yield connection
    await connection.close()


async def insert_as_before(connection: asyncpg.Connection) -> None:
    """Insert a row of each kind without a tenant."""
    values = {"$1": ADA, "$2": STELLA, "$3": named_key(ACME), "$4": CLIENT}
    script = BEFORE
    for name, value in values.items():
        script = script.replace(name, f"'{value}'::uuid")
    await connection.execute(script)


async def check_tenants(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(TENANTS)
    assert {row[0] for row in rows} == TABLES
    assert {row[0] for row in rows if row[2] is None} == WITH_STAFF
    assert all(row[1] == (row[2] or PLATFORM) for row in rows)


async def unchanged(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    """The versions of users and the hashes of events, which a migration must not change."""
    versions = await connection.fetch("SELECT id, version, updated_at FROM users ORDER BY id")
    hashes = await connection.fetch("SELECT id, number, hash FROM audit_events ORDER BY id")
    heads = await connection.fetch("SELECT chain, number, hash FROM audit_heads ORDER BY chain")
    return [tuple(row) for row in (*versions, *hashes, *heads)]


async def test_rows_that_are_there_get_their_tenant(demo_database_url: str, connection: asyncpg.Connection) -> None:
    await migrate_to(demo_database_url, revision_before(MIGRATION))
    await insert_as_before(connection)
    await connection.execute(
        "INSERT INTO idempotency_keys (id, owner_id, key_hash, fingerprint, claimed_until, expires_at)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), '\\x01', '\\x01', now(), now())"
    )
    await connection.execute(
        "INSERT INTO outbox_mails (id, user_id, kind, recipient, message_id)"
        " VALUES (gen_random_uuid(), $1, 'USER_ACTIVATION', 'ada@acme.example', 'one without organization')",
        ADA,
    )
    before = await unchanged(connection)
    await migrate_to(demo_database_url, "head")
    await check_tenants(connection)
    mail = "SELECT tenant_id FROM outbox_mails WHERE message_id = 'one without organization'"
    assert await connection.fetchval(mail) == named_key(ACME)
    assert await unchanged(connection) == before


async def test_rows_of_the_version_before_get_their_tenant(connection: asyncpg.Connection) -> None:
    await insert_as_before(connection)
    await check_tenants(connection)


GLOBEX = named_key("Globex")
ACROSS = {
    "a session of a user of another tenant": ("UPDATE sessions SET tenant_id = $1", GLOBEX),
    "a link of a user of another tenant": ("UPDATE one_time_tokens SET tenant_id = $1", GLOBEX),
    "a mail to a user of another tenant": ("UPDATE outbox_mails SET tenant_id = $1, organization_id = $1", GLOBEX),
    "a view as a user of another tenant": ("UPDATE views_as SET user_id = $1", MAX),
    "a secret of a client of another organization": ("UPDATE api_client_secrets SET organization_id = $1", GLOBEX),
    "a token of a client of another organization": ("UPDATE revoked_access_tokens SET organization_id = $1", GLOBEX),
}


@pytest.mark.parametrize(("statement", "value"), ACROSS.values(), ids=ACROSS)
async def test_no_row_refers_to_another_tenant(connection: asyncpg.Connection, statement: str, value: UUID) -> None:
    await insert_as_before(connection)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute(statement, value)


async def test_the_tenant_of_a_user_is_that_of_their_organization(connection: asyncpg.Connection) -> None:
    insert = "INSERT INTO users (id, organization_id, tenant_id, email) VALUES ($1, $2, $3, 'new@acme.example')"
    with pytest.raises(asyncpg.CheckViolationError, match="ck_users_tenant"):
        await connection.execute(insert, uuid4(), named_key(ACME), PLATFORM)
