"""What it costs to claim the next mail or the next delivery of a webhook doesn't grow with what waits, or was sent.

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
from resolvers.transaction.unit_of_work import unit_of_work
from tests.support.integration.webhooks import add_webhook, happen
from tests.support.resolver_fixtures import organization_of, run

FEW: Final = 100
MANY: Final = 100_000
GROWTH: Final = 2
"""How many times as many rows may be read: a plan may begin elsewhere once a table is large."""

ADA, SUE = "ada@acme.example", "sue@acme.example"
OWN = organization_of(ADA)

READ: Final = """SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"""
"""The rows that the transaction has read so far (PostgreSQL manual, 27.2.24)."""

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


async def of_mail(writing: MutationContext) -> int:
    async with claim_mail(writing.engine) as claimed:
        assert claimed is not None
        return await rows_read(claimed._connection)


async def of_webhook(writing: MutationContext) -> int:
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
