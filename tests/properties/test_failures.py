"""A mutation whose connection is cut, after whichever statement, is done as a whole or not at all.

No half mutation, no mutation without its audit row, no mail without its mutation; and the claim on an idempotency key
says what became of the mutation, so that whoever sends it again neither repeats it nor loses it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.errors import DATABASE_ERRORS
from app.database.pools import normalize_url
from models import new_id
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import IdempotencyClaim
from resolvers.idempotency_keys import IdempotentRequest, claim
from resolvers.identity import passwords
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.operations import Operations
from tests.support.depth import some
from tests.support.mutations.begun import MUTATIONS
from tests.support.resolver_fixtures import contents, loaded_acme, rows, run

pytestmark = [pytest.mark.invariant("atomic_mutations"), pytest.mark.invariant("idempotency")]


class Cut:
    """Ends the connection that runs statement number `after`, once PostgreSQL has executed it."""

    def __init__(self, killer: asyncpg.Connection) -> None:
        self.killer, self.after, self.statements = killer, 0, 0

    def arm(self, after: int) -> None:
        self.after, self.statements = after, 0

    async def count(self, connection: AsyncConnection) -> None:
        if connection.sync_engine.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            # A statement that is a transaction of its own is all or nothing anyway.
            return
        self.statements += 1
        if self.statements == self.after:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            assert await self.killer.fetchval("SELECT pg_terminate_backend($1, 5000)", driver.get_server_pid())


@pytest_asyncio.fixture
async def writing(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MutationContext]:
    """The demo data, where requesting a reset takes no time."""
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)
    async with loaded_acme(demo_database_url) as world:
        yield world


@pytest_asyncio.fixture
async def cut(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cut]:
    """Not armed yet."""
    killer = await asyncpg.connect(normalize_url(demo_database_url))
    scissors = Cut(killer)

    def counted(execute: Callable[..., Any]) -> Callable[..., Any]:
        async def run_and_count(connection: AsyncConnection, *given: Any, **options: Any) -> Any:
            result = await execute(connection, *given, **options)
            await scissors.count(connection)
            return result

        return run_and_count

    for name in ("execute", "exec_driver_sql"):
        monkeypatch.setattr(AsyncConnection, name, counted(getattr(AsyncConnection, name)))
    yield scissors
    await killer.close()


async def trail(writing: MutationContext) -> Counter[str]:
    """The number of audit events of each kind, and the number of mails."""
    kinds = Counter(row.kind for row in await rows(writing, "SELECT kind FROM audit_events"))
    return kinds + Counter(mails=len(await rows(writing, "SELECT 1 FROM outbox_mails")))


def test_no_mutation_of_the_schema_is_left_out() -> None:
    root = Operations().schema.mutation_type
    assert root is not None
    assert set(root.fields) <= set(MUTATIONS)


class Keyed:
    """Lets all units of work of users run under a claim on an idempotency key."""

    def __init__(self, writing: MutationContext, claim: IdempotencyClaim) -> None:
        self.writing, self.claim, self.is_used = writing, claim, False

    def wrap(self, init: Callable[..., None]) -> Callable[..., None]:
        def init_with_claim(work: UnitOfWork, connection: AsyncConnection, context: Any, caller: Caller) -> None:
            self.is_used |= caller.actor is not None
            init(work, connection, context, replace(caller, claim=self.claim) if caller.actor else caller)

        return init_with_claim

    async def is_committed(self) -> bool:
        """Whether the key says that the mutation was committed. The next one runs under the same claim."""
        [key] = await rows(self.writing, "SELECT committed FROM idempotency_keys")
        await run(self.writing, "UPDATE idempotency_keys SET committed = false")
        return bool(key.committed)


async def keyed(writing: MutationContext, monkeypatch: pytest.MonkeyPatch) -> Keyed:
    claimed = await claim(writing, IdempotentRequest(new_id(), new_id(), "key", "a mutation"))
    assert isinstance(claimed, IdempotencyClaim)
    key = Keyed(writing, claimed)
    monkeypatch.setattr(UnitOfWork, "__init__", key.wrap(UnitOfWork.__init__))
    return key


@pytest.mark.matrix
@pytest.mark.parametrize("name", some(MUTATIONS))
async def test_a_cut_connection_leaves_all_or_nothing(
    writing: MutationContext, cut: Cut, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    begin, kinds, mails = MUTATIONS[name]
    mutation = await begin(writing)
    key = await keyed(writing, monkeypatch)
    before, told = await contents(writing), await trail(writing)
    statement, failed, complete = 0, 0, False
    while not complete:
        statement += 1
        cut.arm(after=statement)
        try:
            await mutation()
        except DATABASE_ERRORS:
            failed += 1
            cut.arm(after=0)
            assert await contents(writing) == before, f"cut after statement {statement}"
            assert not await key.is_committed(), f"cut after statement {statement}"
            continue
        # What was only read before the transaction may be cut, and nothing is lost.
        complete = cut.statements < statement
        cut.arm(after=0)
        now = await trail(writing)
        assert now - told == Counter(kinds.split()) + Counter(mails=mails), f"cut after statement {statement}"
        assert await key.is_committed() == key.is_used
        before, told = await contents(writing), now
    # At least one for the change, and one for its audit event.
    assert failed > 1
