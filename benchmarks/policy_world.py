"""The data sets of the policy benchmark: 10,000 users and 100,000 accounts, in many organizations or in one.

PostgreSQL generates them, the same each time: each value is derived from a hash of the row's number.
"""

from dataclasses import dataclass

import asyncpg
from rich.console import Console

from benchmarks.world import migrated_database


@dataclass(frozen=True)
class Shape:
    """The number of organizations, and of users, accounts (two fifths contract accounts) and services in each."""

    name: str
    organizations: int
    users: int
    accounts: int
    services: int


MANY = Shape("many", organizations=200, users=50, accounts=500, services=1_000)
ONE = Shape("one", organizations=1, users=10_000, accounts=100_000, services=200_000)
SHAPES = {shape.name: shape for shape in (MANY, ONE)}

# `part(key, n)` is a number from 0 to n - 1, `key(key)` a UUID; both are determined by the text.
FUNCTIONS = """
CREATE FUNCTION pg_temp.part(key text, n int) RETURNS int LANGUAGE sql IMMUTABLE
    AS $$ SELECT (hashtextextended(key, 0) & 2147483647)::int % n $$;
CREATE FUNCTION pg_temp.key(key text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(key)::uuid $$;
"""
ROWS = (
    """
    INSERT INTO organizations (id, name)
    SELECT pg_temp.key('o' || i), 'Organization ' || i FROM generate_series(1, {organizations}) i
    """,
    """
    INSERT INTO contract_accounts (id, organization_id, name, currency)
    SELECT pg_temp.key('c' || i || o.id), o.id, 'Contract account ' || i,
           CASE WHEN pg_temp.part('currency' || i || o.id, 10) < 3 THEN 'SEK' ELSE 'EUR' END
    FROM organizations o, generate_series(0, {contracts} - 1) i
    """,
    """
    INSERT INTO delivery_accounts (id, organization_id, name)
    SELECT pg_temp.key('d' || i || o.id), o.id, 'Delivery account ' || i
    FROM organizations o, generate_series(0, {deliveries} - 1) i
    """,
    """
    INSERT INTO services (id, organization_id, contract_account_id, delivery_account_id, code, name, status, city,
                          country)
    SELECT pg_temp.key('s' || i || o.id), o.id,
           pg_temp.key('c' || pg_temp.part('contract' || i || o.id, {contracts}) || o.id),
           pg_temp.key('d' || pg_temp.part('delivery' || i || o.id, {deliveries}) || o.id),
           'SVC-' || lpad(i::text, 6, '0'), 'Line ' || i,
           (ARRAY['PLANNED', 'SUSPENDED', 'TERMINATED', 'ACTIVE'])
               [1 + least(3, pg_temp.part('status' || i || o.id, 10))], 'Utrecht', 'NL'
    FROM organizations o, generate_series(1, {services}) i
    """,
    """
    INSERT INTO users (id, organization_id, staff, audience, email, all_contract_accounts, all_delivery_accounts,
                       password_hash, activated_at)
    SELECT pg_temp.key('u' || i || o.id), o.id, false, CASE WHEN delivery THEN 'DELIVERY' ELSE 'ORGANIZATION' END,
           format('user-%s.%s@benchmark.example', i, o.id), all_accounts,
           all_accounts AND NOT delivery AND (i = 0 OR pg_temp.part('both' || i || o.id, 2) = 0),
           'none', CASE WHEN i = 0 OR pg_temp.part('active' || i || o.id, 10) > 0 THEN now() END
    FROM organizations o, generate_series(0, {users} - 1) i,
         LATERAL (SELECT i > 0 AND pg_temp.part('delivery' || i || o.id, 10) < 3 AS delivery,
                         i = 0 OR pg_temp.part('all' || i || o.id, 10) = 0 AS all_accounts) kind
    """,
    """
    INSERT INTO users (id, staff, email, password_hash, activated_at)
    SELECT pg_temp.key('staff' || i), true, format('staff-%s@benchmark.example', i), 'none', now()
    FROM generate_series(1, 5) i
    """,
    """
    INSERT INTO user_permissions (user_id, organization_id, permission)
    SELECT u.id, u.organization_id, word.permission
    FROM users u, (VALUES ('SITES_SERVICES_VIEW', 100), ('USER_MANAGEMENT', 11), ('SUPPORT_VIEW', 50),
                          ('SUPPORT_EDIT', 30), ('ORDERS_VIEW', 30), ('ORDERS_APPROVE', 20), ('BILLING_VIEW', 30),
                          ('DEVELOPER_PORTAL', 10)) AS word (permission, percent)
    WHERE NOT u.staff AND (u.email LIKE 'user-0.%' OR pg_temp.part(word.permission || u.id, 100) < word.percent)
    """,
    """
    INSERT INTO contract_grants (user_id, organization_id, contract_account_id)
    SELECT DISTINCT u.id, o.id, pg_temp.key('c' || pg_temp.part('contract' || g || u.id, {contracts}) || o.id)
    FROM users u JOIN organizations o ON o.id = u.organization_id, generate_series(1, 5) g
    WHERE NOT u.all_contract_accounts
    """,
    """
    INSERT INTO delivery_grants (user_id, organization_id, delivery_account_id)
    SELECT DISTINCT u.id, o.id, pg_temp.key('d' || pg_temp.part('delivery' || g || u.id, {deliveries}) || o.id)
    FROM users u JOIN organizations o ON o.id = u.organization_id, generate_series(1, 5) g
    WHERE NOT u.all_delivery_accounts
    """,
    "ANALYZE",
)


async def load(url: str, shape: Shape, console: Console) -> str:
    """The URL of a database of this shape beside the one at `url`, which is created if it doesn't exist."""
    database_url = await migrated_database(url, f"portico_policy_{shape.name}")
    connection = await asyncpg.connect(database_url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM users)"):
            with console.status(f"Generating the data set of shape {shape.name}"):
                await fill(connection, shape)
    finally:
        await connection.close()
    return database_url


async def fill(connection: asyncpg.Connection, shape: Shape) -> None:
    """Insert the rows of this shape into an empty database."""
    contracts = shape.accounts * 2 // 5
    numbers = {
        "organizations": shape.organizations,
        "users": shape.users,
        "services": shape.services,
        "contracts": contracts,
        "deliveries": shape.accounts - contracts,
    }
    async with connection.transaction():
        await connection.execute(FUNCTIONS)
        for statement in ROWS:
            await connection.execute(statement.format(**numbers))
