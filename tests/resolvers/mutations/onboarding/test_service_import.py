"""Service imports that run concurrently with other transactions, and the names that they don't store."""

import asyncio
from dataclasses import replace
from typing import Any

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
from tests.support.resolver_fixtures import PEAR, SOUTH, caller, is_blocked, problems, rows, run

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


@pytest.mark.parametrize("name", ["\u202eadA", "A\u200bda", "\u3164", "http://evil.example", "boss@evil.example"])
@pytest.mark.parametrize("field", ["name", "city", "contract_account", "delivery_account"])
async def test_a_name_that_hides_or_links_is_not_imported(writing: MutationContext, field: str, name: str) -> None:
    (line,) = lines("A", 1).lines
    changes: dict[str, Any] = {field: name}
    file = ServiceLines([replace(line, **changes)])
    with pytest.raises(MutationRejected) as rejection:
        await import_services(writing, OPERATOR, ACME, file, ImportOptions(create_accounts=True))
    assert problems(rejection.value) == [("INVALID", f"lines.2.{field}")]


async def test_an_account_that_was_named_before_the_rules_can_still_be_imported(writing: MutationContext) -> None:
    await run(writing, "UPDATE contract_accounts SET name = 'A\u200bCME' WHERE name = 'ACME South'")
    assert await import_services(writing, OPERATOR, ACME, lines("A", 1, "A\u200bCME")) == ImportCounts(1, 0, 0)
