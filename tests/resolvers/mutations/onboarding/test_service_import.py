"""Service imports that run concurrently with other transactions."""

import asyncio

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding.service import NewService, create_service
from resolvers.mutations.onboarding.service_import import (
    BATCH,
    ImportCounts,
    ImportOptions,
    ServiceLine,
    ServiceLines,
    import_services,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import unit_of_work
from tests.support.resolver_fixtures import PEAR, SOUTH, caller, is_blocked, problems, rows

OPERATOR = Caller(address="cli")
COUNT = "SELECT count(*) AS n FROM services WHERE code LIKE 'NEW-%'"


def lines(prefix: str, count: int, account: str = "ACME South") -> ServiceLines:
    return ServiceLines(
        [
            ServiceLine(number + 2, f"NEW-{prefix}{number}", "Line", "ACTIVE", account, "PEAR Corp", "Utrecht", "NL")
            for number in range(count)
        ]
    )


async def test_an_import_of_several_batches_is_all_or_nothing(writing: MutationContext) -> None:
    staff, stored = await caller(writing, "staff@portico.example"), list[int]()
    new = NewService(f"NEW-A{BATCH}", "Line", "Utrecht", "NL", SOUTH, PEAR)
    async with unit_of_work(writing, staff) as work:
        await create_service(work, named_key(ACME), new)
        running = asyncio.create_task(
            import_services(writing, OPERATOR, ACME, lines("A", BATCH + 2), report=stored.append)
        )
        assert await is_blocked(writing, running)
    with pytest.raises(MutationRejected) as late:
        await running
    assert problems(late.value) == [("CODE_TAKEN", f"lines.{BATCH + 2}.code")]
    assert stored == [BATCH]
    assert (await rows(writing, COUNT))[0].n == 1
    assert await import_services(writing, OPERATOR, ACME, lines("B", BATCH + 2)) == ImportCounts(BATCH + 2, 0, 0)
    assert (await rows(writing, COUNT))[0].n == BATCH + 3


async def test_two_concurrent_imports_create_a_missing_account_once(writing: MutationContext) -> None:
    create = ImportOptions(create_accounts=True)
    counts = await asyncio.gather(
        import_services(writing, OPERATOR, ACME, lines("A", 3, "Initech"), create),
        import_services(writing, OPERATOR, ACME, lines("B", 3, "Initech"), create),
    )
    assert sorted(count.contract_accounts for count in counts) == [0, 1]
    assert (await rows(writing, COUNT))[0].n == 6
    assert len(await rows(writing, "SELECT 1 FROM contract_accounts WHERE name = 'Initech'")) == 1
