"""Shared by tests of mutations: the demo data, its users as callers, and what is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Text, insert, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.database.pools import create_write_engine, normalize_url
from app.demo import example
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from authz import policy
from models import ApiClient, ApiClientSecret, Audience, Scope, TokenPurpose, User, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken, SessionToken
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import MutationRejected, Problem
from resolvers.identity.hashing import derive_token, new_client_secret, new_token, token_hash
from resolvers.identity.one_time_tokens import token_write
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.invite import Invitations, invite_users
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.distribution import citus
from tests.support.paths import POLICY
from tests.support.table_contents import table_contents

SECRET_KEY = b"a key for tests, of 32 bytes ..."
ADDRESS = "192.0.2.7"

SOUTH, EAST, NORTH = (named_key(f"{ACME}/contract/ACME {side}") for side in ("South", "East", "North"))
PEAR, SOUTH_OFFICE, NORTH_OFFICE = (
    named_key(f"{ACME}/delivery/{name}") for name in ("PEAR Corp", "ACME South", "ACME North")
)
GLOBEX_CONTRACT, GLOBEX_DELIVERY = named_key("Globex/contract/Globex Pacific"), named_key("Globex/delivery/PEAR Corp")

WRITTEN = (
    "organizations",
    "contract_accounts",
    "delivery_accounts",
    "services",
    "users",
    "user_permissions",
    "contract_grants",
    "delivery_grants",
    "one_time_tokens",
    "outbox_mails",
    "access_reviews",
    "access_review_entries",
    "access_review_decisions",
    "access_requests",
    "access_templates",
    "api_clients",
    "api_client_secrets",
    "audit_events",
    "sessions",
    "sign_in_tickets",
    "totp_factors",
    "recovery_codes",
    "passkeys",
    "views_as",
    "webhooks",
    "webhook_deliveries",
    "identity_providers",
    "sign_in_domains",
    "verified_domains",
    "user_identities",
    "used_assertions",
)
"""The tables that mutations write."""

Change = Callable[[UnitOfWork, UUID | None], Awaitable[UUID]]
"""An action on a user that needs only their id."""


@cache
def rules() -> policy.Policy:
    """The shipped policy, loaded once."""
    return policy.load(POLICY)


@asynccontextmanager
async def acme(database_url: str) -> AsyncIterator[MutationContext]:
    """Load the demo data, and yield what mutations need."""
    connection = await asyncpg.connect(normalize_url(database_url))
    await example.load(connection, SECRET_KEY)
    await connection.close()
    async with loaded_acme(database_url) as writing:
        yield writing


@asynccontextmanager
async def loaded_acme(database_url: str) -> AsyncIterator[MutationContext]:
    """What mutations need, for a database that has the demo data already."""
    engine = create_write_engine(database_url)
    try:
        yield MutationContext(engine, rules(), SECRET_KEY, "portico.example")
    finally:
        await engine.dispose()


async def caller(writing: MutationContext, email: str) -> Caller:
    """A demo user as a caller, with a new session."""
    async with writing.engine.begin() as connection:
        actor = await load_user_as_actor(connection, named_key(email))
        assert actor is not None
        token = new_token(actor.tenant_id)
        await connection.execute(
            text(
                "INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at) "
                "VALUES (gen_random_uuid(), :tenant, :user, :hash, now() + interval '1 hour')"
            ),
            {"tenant": actor.tenant_id, "user": actor.id, "hash": token_hash(token)},
        )
    return Caller(actor, SessionToken.of(token.encode()), "req_1", ADDRESS)


def organization_of(email: str) -> UUID:
    """The organization of a demo user who is a member of one."""
    return named_key(GLOBEX if email.endswith("@globex.example") else ACME)


async def client_of(
    writing: MutationContext, email: str, scopes: Iterable[Scope] = Scope, secret: str | None = None
) -> UUID:
    """Create an API client of a demo user, with one secret."""
    client_id, words = new_id(), [scope.value for scope in scopes]
    columns = ["id", "organization_id", "owner_id", "name", "scopes"]
    client = literal(client_id), User.organization_id, User.id, literal(f"Program of {email}")
    values = select(*client, literal(words, ARRAY(Text))).where(User.email == email)
    async with writing.engine.begin() as connection:
        assert (await connection.execute(insert(ApiClient).from_select(columns, values))).rowcount == 1
    await add_secret(writing, organization_of(email), client_id, secret or new_client_secret(organization_of(email)))
    return client_id


async def add_secret(writing: MutationContext, organization_id: UUID, client_id: UUID, secret: str) -> None:
    """Add a secret to an API client."""
    values = {
        "organization_id": organization_id,
        "api_client_id": client_id,
        "secret_hash": token_hash(secret),
        "hint": secret[-4:],
    }
    async with writing.engine.begin() as connection:
        await connection.execute(insert(ApiClientSecret).values(values))


def token_of(client_id: UUID, scopes: Iterable[Scope] = Scope, organization_id: UUID | None = None) -> AccessToken:
    """An access token of the client that is valid for an hour. `organization_id` is its claim."""
    return AccessToken(new_id(), client_id, frozenset(scopes), datetime.now(UTC) + timedelta(hours=1), organization_id)


async def acting(writing: MutationContext, token: AccessToken) -> Caller:
    """The client of the token, as a caller."""
    async with writing.engine.connect() as connection:
        found = await load_actor(connection, token, timedelta(hours=1))
    assert found is not None
    return Caller(found[0], token, "req_1", ADDRESS)


async def rows(writing: MutationContext, sql: str, **values: Any) -> list[Any]:
    """Returns the rows of a SELECT as named tuples. On a cluster, it may join tables by any columns."""
    async with writing.engine.connect() as connection:
        if citus.workers():
            await connection.execute(citus.JOIN_ANYTHING)
        return list((await connection.execute(text(sql), values)).all())


async def run(writing: MutationContext, sql: str, **values: Any) -> None:
    """Run one statement and commit."""
    async with writing.engine.begin() as connection:
        await connection.execute(text(sql), values)


async def issue_token(writing: MutationContext, user_id: UUID, purpose: TokenPurpose, lifetime: timedelta) -> None:
    """Issue a one-time token for a user, without a mail."""

    async def issue(work: UnitOfWork) -> None:
        tenant = (await work.execute(select(User.tenant_id).where(User.id == user_id))).scalar_one()
        write, _ = token_write(work, tenant, [user_id], purpose, lifetime)
        await work.write(write)

    await run_in_transaction(writing, Caller(), issue)


async def contents(writing: MutationContext) -> dict[str, list[str]]:
    """Every row that a mutation could write, so that a test can assert that nothing changed."""
    async with writing.engine.connect() as connection:
        return await table_contents(connection, WRITTEN)


def new_user(email: str = "nora@acme.example", **details: Any) -> NewUser:
    """A user whom every admin of the organization may create; `details` of user or access replace the usual ones."""
    access: dict[str, Any] = {"audience": Audience.ORGANIZATION, "contract_accounts": (SOUTH,)}
    for field in AccountAccess.__dataclass_fields__.keys() & details.keys():
        access[field] = details.pop(field)
    given = {"first_name": "Nora", "last_name": "Nilsson"} | details
    return NewUser(email=email, access=AccountAccess(**access), **given)


async def make(writing: MutationContext, who: Caller, user: NewUser) -> UUID:
    """Create `user` as the caller `who`."""
    return await run_in_transaction(writing, who, lambda work: create_user(work, user))


async def refused(writing: MutationContext, admin: str, change: Change, user_id: UUID | None) -> tuple[Problem, ...]:
    """The problems with which the `change` of a user by `admin` is rejected; asserts that it changed nothing."""
    who = await caller(writing, admin)
    before = await contents(writing)
    try:
        await run_in_transaction(writing, who, lambda work: change(work, user_id))
    except MutationRejected as refusal:
        assert await contents(writing) == before
        return refusal.problems
    raise AssertionError(f"{admin} was not refused")


async def changes_of(writing: MutationContext, kind: str, user_id: UUID) -> list[Any]:
    """The changes in the audit events of this kind about a user; asserts their actor, organization and request."""
    statement = "SELECT changes, actor_id, organization_id, request_id FROM audit_events"
    found = await rows(
        writing, f"{statement} WHERE kind = :kind AND subject_id = :id ORDER BY id", kind=kind, id=user_id
    )
    assert all(row.actor_id and row.organization_id == named_key(ACME) and row.request_id == "req_1" for row in found)
    return [row.changes for row in found]


def problems(refused: MutationRejected) -> list[tuple[str, str]]:
    """Each problem as code and dotted path."""
    return [(problem.code.value, ".".join(problem.path)) for problem in refused.problems]


async def activation_token(writing: MutationContext, email: str) -> str:
    """The token in the newest activation link of the user with this email."""
    newest = (
        "SELECT t.id, t.tenant_id FROM one_time_tokens t JOIN users u ON u.id = t.user_id "
        "WHERE u.email = :email AND t.purpose = 'ACTIVATION' ORDER BY t.id DESC LIMIT 1"
    )
    [row] = await rows(writing, newest, email=email)
    return derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, row.id, row.tenant_id)


async def invited(writing: MutationContext, *emails: str, admin: str = "ada@acme.example") -> None:
    """Invite users to ACME South as `admin`."""
    access = AccountAccess(Audience.ORGANIZATION, contract_accounts=(SOUTH,))
    outcome = await invite_users(writing, await caller(writing, admin), Invitations(emails, access))
    assert outcome.problems == ()


async def is_blocked(writing: MutationContext, work: asyncio.Task[Any]) -> bool:
    """Returns True once `work` waits for a lock in the database, and False if it ends without."""
    waiting = f"SELECT 1 FROM {citus.activity()} WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not work.done():
        if await rows(writing, waiting):
            return True
        await asyncio.sleep(0.01)
    return False
