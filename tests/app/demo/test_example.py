"""The example data holds what the domain page says."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from app.database.pools import normalize_url
from app.demo import example
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.identity.hashing import derive_token, token_hash, verify_password

SECRET_KEY = b"a key for tests, of 32 bytes ..."

EXAMPLE_SERVICES = {
    ("ACME South", "PEAR Corp", "SVC-000001"),
    ("ACME South", "PEAR Corp", "SVC-000002"),
    ("ACME South", "ACME South", "SVC-000003"),
    ("ACME East", "PEAR Corp", "SVC-000004"),
    ("ACME East", "PEAR Corp", "SVC-000005"),
    ("ACME North", "ACME North", "SVC-000006"),
}

EVERY = (
    "BILLING_VIEW DEVELOPER_PORTAL ORDERS_APPROVE ORDERS_VIEW SITES_SERVICES_VIEW SUPPORT_EDIT SUPPORT_VIEW"
    " USER_MANAGEMENT"
)
# email: kind, audience, permissions, contract accounts, delivery accounts
DEMO_USERS = {
    "ada@acme.example": ("PERSONAL", "ORGANIZATION", EVERY, "all", "all"),
    "sam@acme.example": (
        "PERSONAL",
        "ORGANIZATION",
        "SITES_SERVICES_VIEW SUPPORT_VIEW USER_MANAGEMENT",
        "ACME South",
        "",
    ),
    "ben@acme.example": ("PERSONAL", "ORGANIZATION", "BILLING_VIEW SITES_SERVICES_VIEW", "all", ""),
    "sue@acme.example": ("PERSONAL", "ORGANIZATION", "SITES_SERVICES_VIEW", "ACME South", ""),
    "dan@pear.example": ("PERSONAL", "DELIVERY", "SITES_SERVICES_VIEW USER_MANAGEMENT", "all", "PEAR Corp"),
    "pia@pear.example": ("PERSONAL", "DELIVERY", "SITES_SERVICES_VIEW", "ACME South", "PEAR Corp"),
    "noc@pear.example": ("GROUP", "DELIVERY", "SITES_SERVICES_VIEW", "ACME East", "PEAR Corp"),
    "max@globex.example": ("PERSONAL", "ORGANIZATION", EVERY, "all", "all"),
}

ACCESS = """
SELECT email, kind, audience,
       (SELECT string_agg(permission, ' ' ORDER BY permission) FROM user_permissions WHERE user_id = u.id),
       CASE WHEN all_contract_accounts THEN 'all' ELSE coalesce((
           SELECT string_agg(name, ', ') FROM contract_grants JOIN contract_accounts a ON a.id = contract_account_id
           WHERE user_id = u.id), '') END,
       CASE WHEN all_delivery_accounts THEN 'all' ELSE coalesce((
           SELECT string_agg(name, ', ') FROM delivery_grants JOIN delivery_accounts a ON a.id = delivery_account_id
           WHERE user_id = u.id), '') END
FROM users u
"""

OPEN_TOKENS = """
SELECT token.id, token.token_hash FROM one_time_tokens token JOIN users ON users.id = user_id
WHERE email = $1 AND purpose = 'ACTIVATION' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()
"""

COUNTS = """
SELECT (SELECT count(*) FROM organizations) AS organizations,
       (SELECT count(*) FROM contract_accounts) AS contract_accounts,
       (SELECT count(*) FROM delivery_accounts) AS delivery_accounts,
       (SELECT count(*) FROM services) AS services,
       (SELECT count(*) FROM users) AS users
"""


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(normalize_url(database_url))
    yield connection
    await connection.close()


async def test_the_example_has_the_services_of_the_domain_page(connection: asyncpg.Connection) -> None:
    assert await example.load(connection, SECRET_KEY)
    rows = await connection.fetch(
        "SELECT contract.name, delivery.name, code FROM services"
        " JOIN contract_accounts contract ON contract.id = contract_account_id"
        " JOIN delivery_accounts delivery ON delivery.id = delivery_account_id"
        " JOIN organizations owner ON owner.id = services.organization_id WHERE owner.name = 'ACME Corporation'"
    )
    assert {tuple(row) for row in rows} == EXAMPLE_SERVICES


async def test_the_demo_users_have_exactly_what_the_domain_page_gives_them(connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    found = {row[0]: tuple(row)[1:] for row in await connection.fetch(ACCESS)}
    assert {email: found[email] for email in DEMO_USERS} == DEMO_USERS
    others = {"staff@portico.example", "pat@acme.example", "eve@acme.example", "rob@acme.example"}
    assert found.keys() == DEMO_USERS.keys() | others
    assert all("SITES_SERVICES_VIEW" in access[2] for email, access in found.items() if "staff" not in email)


async def test_the_active_demo_users_have_the_password_of_the_domain_page(connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    active = "SELECT email, password_hash FROM users WHERE activated_at IS NOT NULL AND removed_at IS NULL"
    rows = await connection.fetch(active)
    assert {row["email"] for row in rows} == {"staff@portico.example", *DEMO_USERS}
    assert await verify_password(rows[0]["password_hash"], "portico-demo")
    assert {row["password_hash"] for row in rows} == {rows[0]["password_hash"]}


async def test_the_mail_worker_can_derive_pats_link_and_eve_has_none(
    connection: asyncpg.Connection,
) -> None:
    await example.load(connection, SECRET_KEY)
    [(token_id, stored)] = await connection.fetch(OPEN_TOKENS, "pat@acme.example")
    assert token_hash(derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, token_id, named_key(ACME))) == stored
    assert await connection.fetch(OPEN_TOKENS, "eve@acme.example") == []
    queued = await connection.fetch("SELECT recipient, one_time_token_id FROM outbox_mails WHERE status = 'QUEUED'")
    assert [tuple(row) for row in queued] == [("pat@acme.example", token_id)]


async def test_rob_is_removed_and_staff_has_no_organization(connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    removed = await connection.fetch("SELECT email FROM users WHERE removed_at IS NOT NULL")
    staff = await connection.fetch("SELECT email FROM users WHERE organization_id IS NULL AND staff")
    assert [row["email"] for row in removed] == ["rob@acme.example"]
    assert [row["email"] for row in staff] == ["staff@portico.example"]


async def test_globex_has_its_own_pear_corp(connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    owners = await connection.fetch(
        "SELECT owner.name, count(services) FROM delivery_accounts pear JOIN organizations owner"
        " ON owner.id = organization_id LEFT JOIN services ON delivery_account_id = pear.id"
        " WHERE pear.name = 'PEAR Corp' GROUP BY owner.name"
    )
    assert {tuple(row) for row in owners} == {("ACME Corporation", 4), ("Globex", 2)}


async def test_a_second_load_changes_nothing(connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    await connection.execute("UPDATE users SET first_name = 'Adele' WHERE email = 'ada@acme.example'")
    before = await connection.fetchrow(COUNTS)
    assert not await example.load(connection, SECRET_KEY)
    assert await connection.fetchrow(COUNTS) == before
    assert await connection.fetchval("SELECT first_name FROM users WHERE email = 'ada@acme.example'") == "Adele"
