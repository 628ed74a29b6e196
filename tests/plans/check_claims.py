"""What it costs to claim the next mail or the next delivery of a webhook doesn't grow with what waits, or was sent; nor
does a look that finds nothing grow with the number of webhooks.

The rows that a claim reads are counted by PostgreSQL in the transaction of the claim, with a hundred rows in the queue
and with a hundred thousand. `make test-plans` runs this.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.demo.fixed_ids import named_key
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.mutations.webhooks.claim import claim_next
from resolvers.outbox_queue import claim as claim_mail
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction, unit_of_work
from tests.support.integration.webhooks import add_webhook, happen
from tests.support.resolver_fixtures import organization_of, run

FEW: Final = 100
MANY: Final = 100_000
GROWTH: Final = 2
"""How many times as many rows may be read: a plan may begin elsewhere once a table is large."""

ADA, SUE = "ada@acme.example", "sue@acme.example"
OWN = organization_of(ADA)

READ: Final = """SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"""
"""The rows that the session has read and not reported yet: those of the transaction so far, and of others within a
second before it (PostgreSQL manual, 27.2.24)."""

MAILS: Final = """INSERT INTO outbox_mails (id, organization_id, user_id, kind, recipient, values, message_id, status)
SELECT gen_random_uuid(), :own, :sue, 'USER_PASSWORD_RESET', 'sue@acme.example', '{}', gen_random_uuid()::text, :state
FROM generate_series(1, :number)"""

DELIVERIES: Final = """INSERT INTO webhook_deliveries (id, organization_id, webhook_id, cause, state, created_at)
SELECT gen_random_uuid(), :own, w.id, 'TEST', :state, now() - interval '1 day' + number * interval '1 millisecond'
FROM webhooks w, generate_series(1, :number) AS number"""

EVENTS: Final = 40
"""Events that wait beside the deliveries."""


async def rows_read(connection: AsyncConnection) -> int:
    return int((await connection.execute(text(READ))).scalar_one())


async def report(writing: MutationContext) -> None:
    """Let the session, which is the only one of the pool, report what it has read so far."""
    await run(writing, "SELECT pg_stat_force_next_flush()")


async def of_mail(writing: MutationContext) -> int:
    await report(writing)
    async with claim_mail(writing.engine) as claimed:
        assert claimed is not None
        return await rows_read(claimed._connection)


async def of_webhook(writing: MutationContext) -> int:
    await report(writing)
    async with unit_of_work(writing, Caller()) as work:
        claimed = await claim_next(work)
        assert claimed.delivery is not None
        return await rows_read(work.connection)


async def add_mails(writing: MutationContext, number: int, state: str) -> None:
    await run(writing, MAILS, own=OWN, sue=named_key(SUE), number=number, state=state)


async def add_deliveries(writing: MutationContext, number: int, state: str) -> None:
    await run(writing, DELIVERIES, own=OWN, number=number, state=state)


Fill = Callable[[MutationContext, int, str], Awaitable[None]]
Count = Callable[[MutationContext], Awaitable[int]]


WAITS: Final[Mapping[Fill, str]] = {add_mails: "QUEUED", add_deliveries: "PENDING"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("fill", "state", "count"),
    [
        (add_mails, "QUEUED", of_mail),
        (add_mails, "SENT", of_mail),
        (add_deliveries, "PENDING", of_webhook),
        (add_deliveries, "DELIVERED", of_webhook),
    ],
)
async def test_a_claim_reads_as_many_rows_with_a_hundred_thousand_as_with_a_hundred(
    writing: MutationContext, fill: Fill, state: str, count: Count
) -> None:
    await add_webhook(writing, "https://hooks.example.com/", [AuditKind.USER_UPDATED], ADA)
    for _ in range(EVENTS):
        await happen(writing, SUE)
    counts = []
    for number in (FEW, MANY - FEW):
        await fill(writing, number, state)
        await fill(writing, 1, WAITS[fill])
        await run(writing, "ANALYZE outbox_mails, webhook_deliveries")
        await run(writing, "UPDATE webhooks SET leased_until = NULL")
        counts.append(await count(writing))
    few, many = counts
    assert 0 < many <= GROWTH * few


ORGANIZATIONS: Final = """INSERT INTO organizations (id, name)
SELECT gen_random_uuid(), 'Organization ' || gen_random_uuid() FROM generate_series(1, :number)"""

OWNERS: Final = """INSERT INTO users (id, organization_id, tenant_id, email)
SELECT gen_random_uuid(), o.id, o.id, o.id || '@many.example' FROM organizations o WHERE name LIKE 'Organization %'
ON CONFLICT DO NOTHING"""

WEBHOOKS: Final = """INSERT INTO webhooks (id, organization_id, owner_id, url, kinds, secret, secret_hint, position,
  due_at, served_at)
SELECT gen_random_uuid(), u.organization_id, u.id, 'https://x.example/', '{user.updated}', '', '', 0,
  now() - interval '1 day', now() - interval '1 day'
FROM users u WHERE email LIKE '%@many.example'
  AND NOT EXISTS (SELECT FROM webhooks w WHERE w.organization_id = u.organization_id)"""

FORMER_EVENTS: Final = """INSERT INTO audit_events (id, organization_id, tenant_id, kind, created_at)
SELECT gen_random_uuid(), organization_id, organization_id, 'user.updated', now() - interval '1 day' FROM webhooks
WHERE position = 0"""

CAUGHT_UP: Final = """UPDATE webhooks SET position = number
FROM audit_heads WHERE chain = organization_id AND position < number"""


@pytest.mark.timeout(600)
async def test_a_look_in_vain_reads_as_many_rows_with_ten_thousand_webhooks_as_with_a_hundred(
    writing: MutationContext,
) -> None:
    counts = []
    for number in (FEW, MANY // 10 - FEW):
        await run(writing, ORGANIZATIONS, number=number)
        for statement in (OWNERS, WEBHOOKS, FORMER_EVENTS, CAUGHT_UP):
            await run(writing, statement)
        await run(writing, "ANALYZE webhooks, webhook_deliveries, audit_events, audit_heads")
        whole = await run_in_transaction(writing, Caller(), claim_next)
        assert whole.looked_at is not None
        await report(writing)
        async with unit_of_work(writing, Caller()) as work:
            assert not (await claim_next(work, whole.looked_at)).found
            counts.append(await rows_read(work.connection))
    few, many = counts
    assert many <= GROWTH * few + FEW
