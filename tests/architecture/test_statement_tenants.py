"""Statements that write or lock rows, and all on sessions, tokens, secrets, keys and mails, name the tenant of each.

So they need one place of a PostgreSQL that is distributed by tenant, and find no row of another tenant by mistake. In
all other statements, each table names the tenant or is tied to one that does (`unsaid`).
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.demo.fixed_ids import named_key
from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, create_transport
from authz.model.actions import UserAction
from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import IdempotencyClaim
from resolvers.errors import MutationRejected
from resolvers.idempotency_keys import IdempotentRequest, claim, store
from resolvers.identity import passwords
from resolvers.identity.one_time_tokens import lock_token
from resolvers.identity.sessions import sign_in, touch_sessions
from resolvers.mutations.access_requests.announce import announce_next
from resolvers.mutations.access_requests.expire import expire_requests
from resolvers.mutations.users.lifecycle import remove_user
from resolvers.mutations.users.lock import lock_users
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.border.named_tenants import check, recorded, unnamed, unsaid
from tests.support.border.organization_of_tables import refused_writes
from tests.support.depth import some
from tests.support.mutations.begun import MUTATIONS
from tests.support.resolver_fixtures import SECRET_KEY, caller, loaded_acme, make, new_user, run

pytestmark = pytest.mark.invariant("organization_border")

EMAILS = "sue@acme.example", "max@globex.example", "staff@portico.example"


@pytest_asyncio.fixture
async def writing(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MutationContext]:
    """The demo data, where requesting a reset takes no time."""
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)
    async with loaded_acme(demo_database_url) as world:
        yield world


@pytest.fixture
def statements(writing: MutationContext) -> Iterator[list[str]]:
    """The texts of all statements that the engine runs from now on, except savepoints."""
    with recorded(writing.engine) as found:
        yield found


@pytest.mark.matrix
@pytest.mark.parametrize("name", some(MUTATIONS))
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


async def test_a_link_that_names_no_tenant_locks_nothing(writing: MutationContext, statements: list[str]) -> None:
    """One of a former version, or no link at all: only its row tells the tenant in which rows may be locked."""
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(writing, Caller(), lambda work: lock_token(work, "x" * 43, TokenPurpose.ACTIVATION))
    assert [problem.code for problem in rejected.value.problems] == ["TOKEN_INVALID"]
    assert statements
    assert not any(" FOR " in sql for sql in statements)


async def test_staff_and_the_users_of_several_organizations(writing: MutationContext, statements: list[str]) -> None:
    """Only in a distributed database do their statements name the tenants."""
    await run(writing, "CREATE TABLE IF NOT EXISTS pg_dist_partition ()")
    staff, users = await caller(writing, "staff@portico.example"), [named_key(email) for email in EMAILS]
    statements.clear()
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(writing, staff, lambda work: remove_user(work, users[0]))
    assert [problem.code for problem in rejected.value.problems] == ["FORBIDDEN"]
    _, _, found = await run_in_transaction(writing, staff, lambda work: lock_users(work, users, UserAction.UPDATE))
    assert {key: row.email for key, row in found.items()} == dict(zip(users, EMAILS, strict=True))
    check([sql for sql in statements if "pg_dist_partition" not in sql])


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


def test_a_batch_that_may_be_read_again_is_found() -> None:
    batch = "SELECT id FROM access_requests WHERE access_requests.organization_id = $1 LIMIT 9 FOR UPDATE SKIP LOCKED"
    delete = "DELETE FROM access_requests WHERE access_requests.organization_id = $1 AND id IN ({})"
    assert refused_writes(delete.format(batch))
    assert not refused_writes(f"WITH batch AS MATERIALIZED ({batch}) {delete.format('SELECT id FROM batch')}")
