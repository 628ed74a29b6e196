"""Imports of services that meet others at the same moment."""

import asyncio

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding import service as service_onboarding
from resolvers.mutations.onboarding.service import NewService
from resolvers.mutations.onboarding.service_import import (
    BATCH,
    ImportCounts,
    ImportOptions,
    ServiceLine,
    ServiceLines,
    import_services,
)
from resolvers.transaction.unit_of_work import MutationContext, unit_of_work
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


async def test_more_than_one_batch_is_all_or_nothing_when_a_code_is_taken_meanwhile(writing: MutationContext) -> None:
    staff, stored = await caller(writing, "staff@portico.example"), list[int]()
    new = NewService(f"NEW-A{BATCH}", "Line", "Utrecht", "NL", SOUTH, PEAR)
    async with unit_of_work(writing, staff) as work:
        await service_onboarding.create(work, named_key(ACME), new)
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


async def test_two_imports_that_lack_the_same_account_make_it_once(writing: MutationContext) -> None:
    create = ImportOptions(create_accounts=True)
    made = await asyncio.gather(
        import_services(writing, OPERATOR, ACME, lines("A", 3, "Initech"), create),
        import_services(writing, OPERATOR, ACME, lines("B", 3, "Initech"), create),
    )
    assert sorted(each.contract_accounts for each in made) == [0, 1]
    assert (await rows(writing, COUNT))[0].n == 6
    assert len(await rows(writing, "SELECT 1 FROM contract_accounts WHERE name = 'Initech'")) == 1
