"""No more than two webhooks of an organization are worked on at a time, however many processes claim at once."""

import asyncio

import pytest

from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.mutations.webhooks.claim import MOST_OF_ORGANIZATION, claim_next
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction, unit_of_work
from tests.support.integration.webhooks import add_webhook, happen
from tests.support.resolver_fixtures import rows

pytestmark = pytest.mark.invariant("webhooks")

SUE, MAX = "sue@acme.example", "max@globex.example"


async def leased(writing: MutationContext) -> int:
    return len(await rows(writing, "SELECT 1 FROM webhooks WHERE leased_until > now()"))


async def add(writing: MutationContext, count: int, who: str = "ada@acme.example") -> None:
    for number in range(count):
        await add_webhook(writing, f"https://hooks.example.com/{number}", [AuditKind.USER_UPDATED], who)


async def test_a_process_that_has_claimed_and_not_committed_counts(writing: MutationContext) -> None:
    await add(writing, 4)
    await happen(writing, SUE)
    first = await run_in_transaction(writing, Caller(), claim_next)
    assert first.delivery is not None
    async with unit_of_work(writing, Caller()) as slow:
        second = await claim_next(slow)
        assert second.delivery is not None
        # Another process sees one lease only. It must not take that for room.
        meanwhile = await run_in_transaction(writing, Caller(), claim_next)
        assert meanwhile.delivery is None
        # And it doesn't keep another organization waiting.
        await add(writing, 1, MAX)
        await happen(writing, MAX)
        other = await run_in_transaction(writing, Caller(), claim_next)
        assert other.delivery is not None
        assert other.delivery.organization_id != second.delivery.organization_id
    assert (await run_in_transaction(writing, Caller(), claim_next)).delivery is None
    assert await leased(writing) == MOST_OF_ORGANIZATION + 1


async def test_many_claims_at_once_stay_within_the_bound(writing: MutationContext) -> None:
    await add(writing, 8)
    await happen(writing, SUE)
    for _ in range(3):
        await asyncio.gather(*(run_in_transaction(writing, Caller(), claim_next) for _ in range(4)))
    assert await leased(writing) == MOST_OF_ORGANIZATION
