"""Work in the background, and the commands of operators, name the tenant of each table, as mutations do
(`test_statement_tenants.py`)."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app.database.pools import normalize_url
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.event_feed.read import FeedQuery, read_events
from resolvers.mutations.access_reviews.mutations import create_access_review
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.mutations.data_protection.delete_organization import delete_organization
from resolvers.mutations.data_protection.erase_user import ErasureOrder, erase_user
from resolvers.mutations.data_protection.legal_hold import set_hold
from resolvers.mutations.data_protection.prune_trail import ArchivedEvents, prune_trail
from resolvers.mutations.onboarding.staff import NewStaff, StaffChange, add_staff, remove_staff
from resolvers.mutations.upkeep.settings import update_organization_settings
from resolvers.mutations.webhooks.settle import delete_old_deliveries
from resolvers.outbox_retention import delete_old_mails
from resolvers.transaction.access_query import run_access_query
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.border.named_tenants import check, recorded
from tests.support.data_protection.erasable_person import ZEB, add_zebulon
from tests.support.integration.webhooks import ERROR, GONE, OK, happen, receiver, state_of
from tests.support.mail.announcements import NOW, end, round_, silent
from tests.support.resolver_fixtures import caller, rows, run

pytestmark = pytest.mark.invariant("organization_border")

OWN = named_key(ACME)
ADA, SUE = "ada@acme.example", "sue@acme.example"
DAY = timedelta(days=1)


@pytest.fixture
def statements(writing: MutationContext) -> Iterator[list[str]]:
    """The texts of all statements that the engine runs from now on, except savepoints."""
    with recorded(writing.engine) as found:
        yield found


@pytest_asyncio.fixture
async def zebulon(demo_database_url: str, writing: MutationContext) -> None:
    """A person who has left traces in all tables."""
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    await add_zebulon(connection)
    await connection.close()


async def as_operator(writing: MutationContext, do: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
    return await run_in_transaction(writing, Caller(address="cli"), do)


async def test_webhooks(writing: MutationContext, statements: list[str]) -> None:
    async with receiver(writing) as at:
        webhook = await at.add()
        await happen(writing, SUE, SUE)
        statements.clear()
        for answer in (ERROR, OK, GONE):
            at.answer(answer)
            await at.worker.step()
            await at.worker.idle()
            check(statements)
            await run(writing, "UPDATE webhooks SET due_at = now()")
            statements.clear()
        assert (await state_of(writing, webhook.webhook_id))[0] == "STOPPED"
        await run(writing, "UPDATE webhook_deliveries SET created_at = now() - interval '99 days'")
        statements.clear()
        assert await delete_old_deliveries(writing) == 2
        check(statements)


async def test_the_feed(writing: MutationContext, statements: list[str]) -> None:
    await happen(writing, SUE)
    ada = await caller(writing, ADA)
    statements.clear()
    query = FeedQuery(1, None, None, [AuditKind.USER_UPDATED], "events")
    page = await run_access_query(writing, ada, lambda work: read_events(work, query))
    after = FeedQuery(1, page.cursor, None, None, "events")
    await run_access_query(writing, ada, lambda work: read_events(work, after))
    since = FeedQuery(1, None, NOW, None, "events")
    await run_access_query(writing, ada, lambda work: read_events(work, since))
    check(statements)


async def test_upkeep(writing: MutationContext, statements: list[str]) -> None:
    ada = await caller(writing, ADA)
    settings: Any = {"dormant_after_days": 30, "dormancy_warning_days": 7}
    await run_in_transaction(writing, ada, lambda work: update_organization_settings(work, OWN, settings))
    await end(writing, SUE, "SUPPORT_VIEW", 3)
    await silent(writing, SUE, 99)
    await round_(writing)
    await run(writing, "UPDATE access_notices SET created_at = created_at - interval '9 days'")
    await run(writing, "UPDATE access_upkeep SET due_at = now()")
    statements.clear()
    await round_(writing)
    check([sql for sql in statements if sql != "UPDATE access_upkeep SET due_at = now()"])
    assert await rows(writing, "SELECT 1 FROM users WHERE id = :id AND removed_at IS NOT NULL", id=named_key(SUE))


async def test_old_mails(writing: MutationContext, statements: list[str], zebulon: None) -> None:
    await run(writing, "UPDATE outbox_mails SET status = 'SENT', created_at = now() - interval '99 days'")
    statements.clear()
    assert await delete_old_mails(writing, DAY)
    check(statements)


async def test_access_reviews(writing: MutationContext, statements: list[str]) -> None:
    ada = await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: create_access_review(work, OWN))
    statements.clear()
    assert await record_next(writing, Caller())
    check(statements)


async def test_erasing_a_person(writing: MutationContext, statements: list[str], zebulon: None) -> None:
    statements.clear()
    assert await as_operator(writing, lambda work: erase_user(work, ErasureOrder(ZEB, "jane", remove=True)))
    check(statements)


async def test_adding_and_removing_staff(writing: MutationContext, statements: list[str]) -> None:
    jane = NewStaff("jane@portico.example", "joe", "Jane", "Doe")
    changes = [await as_operator(writing, lambda work: add_staff(work, jane)) for _ in range(2)]
    await as_operator(writing, lambda work: remove_staff(work, jane.email, "joe"))
    changes.append(await as_operator(writing, lambda work: add_staff(work, jane)))
    assert changes == [StaffChange.ADDED, StaffChange.SENT_AGAIN, StaffChange.RESTORED]
    check(statements)


async def test_pruning_a_trail(writing: MutationContext, statements: list[str]) -> None:
    await as_operator(writing, lambda work: set_hold(work, OWN, "jane", "a case", held=True))
    await as_operator(writing, lambda work: set_hold(work, OWN, "jane", "over", held=False))
    nothing = ArchivedEvents(OWN, 0, b"", 0, 0, "2026-01-01T00:00:00+00:00", "0" * 64, "jane")
    await as_operator(writing, lambda work: prune_trail(work, nothing))
    check(statements)


async def test_deleting_an_organization(writing: MutationContext, statements: list[str], zebulon: None) -> None:
    statements.clear()
    await as_operator(writing, lambda work: delete_organization(work, OWN, "jane", lambda *_: None))
    check(statements)
