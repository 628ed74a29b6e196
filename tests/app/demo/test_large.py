"""The generated data sets have the size and variety that they claim, and only what a user could have entered."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import phonenumbers
import pycountry
import pytest
import pytest_asyncio
from email_validator import validate_email

from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from app.demo import example, large, large_rows
from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_teams import ACCOUNTS
from app.demo.large_users import ABOUT, Role
from app.demo.organization_shape import LARGE, SMALL, OrganizationShape
from models import AuditKind, Base, Permission, Service
from resolvers.identity.hashing import verify_password
from tests.support.databases import fresh_database, in_new_loop

SECRET_KEY = b"a key for tests, of 32 bytes ..."
SCALE = 0.005

EVERY = ", ".join(sorted(Permission))
ADMIN_OF_A_LIST = "DEVELOPER_PORTAL, SITES_SERVICES_VIEW, SUPPORT_VIEW, USER_MANAGEMENT"
# permissions, contract accounts and delivery accounts of each role in a small organization (-1: all)
ACCESS_BY_ROLE = {
    Role.ADMIN: (EVERY, -1, -1),
    Role.LIMITED_ADMIN: (ADMIN_OF_A_LIST, 5, 5),
    Role.DELIVERY_ADMIN: ("DEVELOPER_PORTAL, SITES_SERVICES_VIEW, USER_MANAGEMENT", -1, 5),
    Role.MEMBER: ("SITES_SERVICES_VIEW", 5, 5),
}
ACCESS = """
SELECT (SELECT string_agg(permission, ', ' ORDER BY permission) FROM user_permissions WHERE user_id = u.id),
       CASE WHEN all_contract_accounts THEN -1 ELSE (SELECT count(*) FROM contract_grants WHERE user_id = u.id) END,
       CASE WHEN all_delivery_accounts THEN -1 ELSE (SELECT count(*) FROM delivery_grants WHERE user_id = u.id) END
FROM users u WHERE email = $1
"""
COUNTS = """
SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM contract_accounts),
       (SELECT count(*) FROM delivery_accounts), (SELECT count(*) FROM services),
       (SELECT count(*) FROM users WHERE NOT staff), (SELECT count(*) FROM audit_events)
"""
# What the filters and orders of the lists are about: each of these must be more than one group, in any organization.
VARIETY = (
    "SELECT DISTINCT audience, all_contract_accounts FROM users WHERE organization_id = $1",
    "SELECT DISTINCT kind FROM users WHERE organization_id = $1",
    "SELECT DISTINCT removed_at IS NULL FROM users WHERE organization_id = $1",
    "SELECT DISTINCT country FROM users WHERE organization_id = $1",
    "SELECT DISTINCT status FROM outbox_mails WHERE organization_id = $1",
    "SELECT DISTINCT ends_at IS NULL FROM contract_grants WHERE organization_id = $1",
    "SELECT DISTINCT ends_at IS NULL FROM delivery_grants WHERE organization_id = $1",
    "SELECT DISTINCT ends_at IS NULL FROM user_permissions WHERE organization_id = $1",
    "SELECT DISTINCT status FROM services WHERE organization_id = $1",
    "SELECT DISTINCT country FROM services WHERE organization_id = $1",
    "SELECT DISTINCT expires_at > now() FROM one_time_tokens JOIN users u ON u.id = user_id WHERE organization_id = $1",
    "SELECT DISTINCT revoked_at IS NULL FROM api_clients WHERE organization_id = $1",
    "SELECT DISTINCT actor_id FROM audit_events WHERE organization_id = $1",
    "SELECT DISTINCT subject_id FROM audit_events WHERE organization_id = $1",
)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(normalize_url(url))
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def loaded_url(shared_database_url: str) -> str:
    """The URL of a database with two small organizations and the large one. Its tests must not change anything."""

    async def load() -> None:
        assert await large.load(shared_database_url, 2, 3) == 2
        assert await large.load_large(shared_database_url, 3, SCALE)

    in_new_loop(load())
    return shared_database_url


@pytest_asyncio.fixture
async def loaded(loaded_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(loaded_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def varied_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of a database with one organization that is large enough for all that its rows may be."""
    with fresh_database(server_url, template_database) as url:
        assert in_new_loop(large.load_large(url, 3, 0.02))
        yield url


@pytest_asyncio.fixture
async def varied(varied_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(varied_url) as opened:
        yield opened


async def test_the_small_organizations_have_their_size(database_url: str, connection: asyncpg.Connection) -> None:
    reported: list[int] = []
    assert await large.load(database_url, 6, 3, reported.append) == 6
    assert sum(reported) == 6
    assert tuple(await connection.fetchrow(COUNTS)) == (6, 6 * 20, 6 * 30, 6 * 1_000, 6 * 50, 6 * 200)
    listed = "SELECT DISTINCT count(*) FROM {} GROUP BY user_id ORDER BY 1"
    assert [row[0] for row in await connection.fetch(listed.format("contract_grants"))] == [ACCOUNTS, 5]
    assert [row[0] for row in await connection.fetch(listed.format("delivery_grants"))] == [ACCOUNTS, 5]


async def test_the_large_organization_has_its_size_and_reports_its_rows(
    database_url: str, connection: asyncpg.Connection
) -> None:
    reported: list[int] = []
    assert await large.load_large(database_url, 3, SCALE, reported.append)
    shape = large.large_shape(SCALE)
    assert sum(reported) == shape.rows
    size = (shape.contract_accounts, shape.delivery_accounts, shape.services, shape.users, shape.audit_events)
    assert tuple(await connection.fetchrow(COUNTS)) == (1, *size)
    assert size == (25, 100, 2_500, 100, 5_000)


def test_the_full_size_is_the_documented_one() -> None:
    assert large.large_shape(1) == LARGE
    size = (LARGE.contract_accounts, LARGE.delivery_accounts, LARGE.services, LARGE.users, LARGE.audit_events)
    assert size == (5_000, 20_000, 500_000, 20_000, 1_000_000)
    assert LARGE.scaled(0.000_001).rows == SMALL.rows


async def test_every_filter_and_order_has_rows_to_tell_apart(varied: asyncpg.Connection) -> None:
    organization = await varied.fetchval("SELECT id FROM organizations")
    groups = {query: len(await varied.fetch(query, organization)) for query in VARIETY}
    assert [query for query, count in groups.items() if count < 2] == []
    kinds = await varied.fetch("SELECT DISTINCT kind FROM audit_events WHERE organization_id = $1", organization)
    assert {row["kind"] for row in kinds} == set(AuditKind)


async def test_the_audit_chains_are_intact(loaded_url: str) -> None:
    result = await verify(normalize_url(loaded_url), ChainFilter(), {}, lambda done, total: None)
    assert (result.intact, result.chains, result.events) == (True, 3, 2 * 200 + 5_000)


async def test_no_worker_sends_a_generated_mail(varied: asyncpg.Connection) -> None:
    due = "SELECT count(*) FROM outbox_mails WHERE status = 'QUEUED' AND next_attempt_at < now() + interval '1 day'"
    assert await varied.fetchval(due) == 0
    assert await varied.fetchval("SELECT count(*) FROM outbox_mails WHERE status = 'QUEUED'") > 0


async def test_what_is_there_is_not_loaded_again(database_url: str, connection: asyncpg.Connection) -> None:
    assert await large.load(database_url, 1, 3) == 1
    assert await large.load(database_url, 2, 3) == 1
    assert await large.load(database_url, 2, 3) == 0
    assert await large.load_large(database_url, 3, SCALE)
    assert not await large.load_large(database_url, 3, SCALE)
    assert await large.load_large(database_url, 3, SCALE / 2)
    assert await connection.fetchval("SELECT count(*) FROM organizations") == 4
    assert await connection.fetchval("SELECT count(*) FROM users WHERE staff") == 1


@pytest.mark.parametrize("role", Role)
async def test_each_role_can_sign_in_and_has_its_access(loaded: asyncpg.Connection, role: Role) -> None:
    email = large.viewer_email(role, 3, 1)
    assert tuple(await loaded.fetchrow(ACCESS, email)) == ACCESS_BY_ROLE[role]
    stored = await loaded.fetchval("SELECT password_hash FROM users WHERE email = $1", email)
    assert await verify_password(stored, "portico-demo")


async def test_all_printed_viewers_are_there(loaded: asyncpg.Connection) -> None:
    emails = [*large.viewers(3), *large.viewers(3, shape=large.large_shape(SCALE))]
    active = "SELECT email FROM users WHERE activated_at IS NOT NULL AND removed_at IS NULL AND email = ANY($1)"
    assert {row["email"] for row in await loaded.fetch(active, emails)} == set(emails)
    assert len(set(emails)) == 2 * len(ABOUT) + 1


def generated(seed: int, number: int, shape: OrganizationShape = SMALL) -> dict[type[Base], list[Row]]:
    tables = large_rows.rows(Draft(seed, number, datetime(2026, 1, 1, tzinfo=UTC), "a hash", shape))
    return {model: list(tables[model]) for model in large_rows.COLUMNS}


@pytest.mark.parametrize("shape", [SMALL, LARGE.scaled(SCALE)], ids=["small", "large"])
def test_the_data_set_is_determined_by_its_seed(shape: OrganizationShape) -> None:
    first, again, other = generated(1, 0, shape), generated(1, 0, shape), generated(2, 0, shape)
    assert first == again
    assert all(first[model] != other[model] for model in first)
    assert not {row[0] for row in first[Service]} & {row[0] for row in other[Service]}


async def test_generated_data_passes_the_validators(database_url: str, connection: asyncpg.Connection) -> None:
    await example.load(connection, SECRET_KEY)
    await large.load(database_url, 2, 3)
    await large.load_large(database_url, 3, SCALE)
    users = await connection.fetch("SELECT email, phone, country FROM users")
    for row in users:
        assert validate_email(row["email"], check_deliverability=False).normalized == row["email"]
    numbers = {row["phone"] for row in users} - {None}
    assert [number for number in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(number))] == []
    countries = {row["country"] for row in [*users, *await connection.fetch("SELECT DISTINCT country FROM services")]}
    assert all(pycountry.countries.get(alpha_2=country) for country in countries - {None})
    accounts = await connection.fetch("SELECT billing_email, currency FROM contract_accounts WHERE currency > ''")
    for row in accounts:
        if row["billing_email"]:
            validate_email(row["billing_email"], check_deliverability=False)
        assert pycountry.currencies.get(alpha_3=row["currency"])
