"""Statements that write or lock rows, and all on sessions, tokens, secrets, keys and mails, name the tenant of each.

So they need one place of a PostgreSQL that is distributed by tenant, and find no row of another tenant by mistake. In
all other statements, each table names the tenant or is tied to one that does (`unsaid`).
"""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import event

from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, create_transport
from models import Base
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import IdempotencyClaim
from resolvers.idempotency_keys import IdempotentRequest, claim, store
from resolvers.identity import passwords
from resolvers.identity.sessions import sign_in, touch_sessions
from resolvers.mutations.access_requests.announce import announce_next
from resolvers.mutations.access_requests.expire import expire_requests
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.border.organization_of_tables import TableReference, references
from tests.support.migrations.tenants import PLATFORMS, tenant_of_rows
from tests.support.mutations.begun import MUTATIONS
from tests.support.resolver_fixtures import SECRET_KEY, caller, loaded_acme, make, new_user

pytestmark = pytest.mark.invariant("organization_border")

TENANT = {table.name: tenant_of_rows(table) for table in Base.metadata.sorted_tables if table.name not in PLATFORMS}
"""The column with the tenant, by table."""

ALWAYS = {
    *("sessions", "one_time_tokens", "views_as", "idempotency_keys", "outbox_mails"),
    *("api_client_secrets", "revoked_access_tokens"),
}
"""The tables that are looked up by something other than an actor."""

WITHOUT = {
    "DELETE FROM idempotency_keys WHERE idempotency_keys.expires_at <=": "cleans up in all tenants",
    "SELECT outbox_mails.tenant_id": "finds the tenants that have due mails",
    "SELECT access_requests.organization_id": "finds the organizations that have such requests",
    "SELECT users.id, users.organization_id, users.password_hash": "finds the user of an email",
    "SELECT users.id, users.organization_id \nFROM users \nWHERE users.email": "finds the user of an email",
}
"""The starts of statements that name no tenant, with the reason."""

FINDS = {
    "SELECT access_requests.requester_id \nFROM": "locks the user of a request before it is known whether there is one",
    "SELECT access_requests.organization_id": "finds the organizations that have such requests",
    "SELECT outbox_mails.tenant_id": "finds the tenants that have due mails",
    "SELECT (contract_accounts_1.organization_id =": "says whether an account that staff name is of the organization",
    "SELECT (delivery_accounts_1.organization_id =": "says whether an account that staff name is of the organization",
    "SELECT organizations_1.id": "finds organizations by their name",
    "SELECT users.id, users.organization_id, users.password_hash": "finds the user of an email in the directory",
    "SELECT sign_in_domains.organization_id \nFROM": "finds the organization of a domain",
    "SELECT verified_domains.domain_id": "finds the only organization that has a domain",
    "UPDATE sessions SET last_seen_at": "names the tenant of each session in a list",
}
"""The starts of statements of which a table needs no tenant, with the reason."""

_TABLE = r"(?P<table>" + "|".join(TENANT) + r")(?: AS (?P<alias>\w+?(?P<number>_\d+)?)\b)?"
_PLACES = re.compile(r"(?:\bFROM |\bJOIN |\bUPDATE |, )" + _TABLE + r"\b(?!\.)")
_TARGETS = re.compile(r"(?:\bUPDATE |\bDELETE FROM )" + _TABLE + r"\b")
_LOCKED = re.compile(r"\bFROM " + _TABLE + r"\b(?:(?!\bFROM\b|\bSELECT\b).)*?\bFOR (?:UPDATE|NO KEY|SHARE|KEY)", re.S)
_INSERTS = re.compile(r"\bINSERT INTO (?P<table>\w+) \((?P<columns>[^)]*)\)")


def unnamed(sql: str) -> Iterator[str]:
    """The tables of which a statement writes, locks or looks up rows without naming their tenant."""
    if any(sql.startswith(start) for start in WITHOUT):
        return
    # An alias with a number is one of the conditions that reads consist of: they name the row that they belong to.
    named = [match for match in _PLACES.finditer(sql) if match["table"] in ALWAYS and not match["number"]]
    for match in [*named, *_TARGETS.finditer(sql), *_LOCKED.finditer(sql)]:
        column = rf"\b{match['alias'] or match['table']}\.{TENANT[match['table']]}"
        if not re.search(rf"{column} = |= {column}\b", sql):
            yield match["table"]
    for match in _INSERTS.finditer(sql):
        if match["table"] in TENANT and TENANT[match["table"]] not in match["columns"].split(", "):
            yield match["table"]


@pytest_asyncio.fixture
async def writing(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MutationContext]:
    """The demo data, where requesting a reset takes no time."""
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)
    async with loaded_acme(demo_database_url) as world:
        yield world


@pytest.fixture
def statements(writing: MutationContext) -> Iterator[list[str]]:
    """The texts of all statements that the engine runs from now on, except savepoints."""
    found: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not re.match("(RELEASE |ROLLBACK TO )?SAVEPOINT ", statement):
            found.append(statement)

    engine = writing.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    yield found
    event.remove(engine, "before_cursor_execute", record)


def unsaid(sql: str) -> Iterator[TableReference]:
    """The tables of a statement that neither name a tenant nor are tied to one that does."""
    for reference in references(sql):
        if not (reference.parameters() or reference.connected() & reference.around or reference.is_empty):
            yield reference


def check(statements: list[str]) -> None:
    assert statements
    silent = {sql for sql in statements if not any(sql.startswith(start) for start in FINDS) and any(unsaid(sql))}
    assert not silent, "\n\n".join(sorted(silent))
    found = {(table, sql) for sql in statements for table in unnamed(sql)}
    assert not found, "\n\n".join(f"{table}: {sql}" for table, sql in sorted(found))


@pytest.mark.parametrize("name", MUTATIONS)
async def test_mutations(writing: MutationContext, statements: list[str], name: str) -> None:
    begin, _, _ = MUTATIONS[name]
    mutation = await begin(writing)
    statements.clear()
    await mutation()
    check(statements)


async def test_mails(writing: MutationContext, statements: list[str], tmp_path: Path) -> None:
    await make(writing, await caller(writing, "ada@acme.example"), new_user())
    settings = MailSettings(SECRET_KEY, "https://portico.example", "no-reply@portico.example", tmp_path)
    worker = Worker(writing.engine, MessageRenderer(settings), create_transport(settings))
    statements.clear()
    assert [await worker.send_next() for _ in range(3)] == [True, True, False]
    check(statements)


async def test_sessions_and_keys(writing: MutationContext, statements: list[str]) -> None:
    signed_in = await sign_in(writing, Caller(), "ada@acme.example", "portico-demo")
    tenant = signed_in.actor.tenant_id
    used = {(tenant, signed_in.session_id)}
    await run_in_transaction(writing, Caller(), lambda work: touch_sessions(work, used))
    request = IdempotentRequest(tenant, signed_in.actor.id, "key", "content")
    for _ in range(2):
        await claim(writing, request)
    claimed = await claim(writing, IdempotentRequest(tenant, signed_in.actor.id, "other", "content"))
    assert isinstance(claimed, IdempotencyClaim)
    assert await store(writing, request, claimed, b"answer")
    check(statements)


async def test_background(writing: MutationContext, statements: list[str]) -> None:
    await announce_next(writing)
    await expire_requests(writing)
    check(statements)


def test_a_statement_without_a_tenant_is_found() -> None:
    for sql, table in {
        "SELECT sessions.id FROM sessions WHERE sessions.token_hash = $1": "sessions",
        "UPDATE users SET email=$1 WHERE users.id = $2": "users",
        "DELETE FROM services WHERE services.id = $1": "services",
        "SELECT users.id FROM users WHERE users.id = $1 FOR NO KEY UPDATE": "users",
        "INSERT INTO audit_events (id, kind) VALUES ($1, $2)": "audit_events",
        "SELECT 1 FROM users JOIN outbox_mails AS m ON m.user_id = users.id": "outbox_mails",
    }.items():
        assert list(unnamed(sql)) == [table]
    assert not list(unnamed("UPDATE users SET email=$1 WHERE users.tenant_id = $2 AND users.id = $3"))


def test_a_table_that_is_not_tied_to_the_others_is_found() -> None:
    sql = "SELECT 1 FROM users AS u JOIN services AS s ON s.name = u.email WHERE u.tenant_id = $1 AND {}"
    assert [each.alias for each in unsaid(sql.format("true"))] == ["s"]
    assert not list(unsaid(sql.format("s.organization_id = u.tenant_id")))
    assert not list(unsaid(sql.format("s.organization_id = $1")))
