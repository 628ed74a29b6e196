"""Audit events are removed only as they were archived."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.database.pools import normalize_url
from resolvers.callers.caller import Caller
from resolvers.mutations.data_protection.legal_hold import UnderHold, set_hold
from resolvers.mutations.data_protection.prune_trail import ArchivedEvents, PruneConflict, prune_trail
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.data_protection.erasable_person import ACME_ID
from tests.support.data_protection.whole_database import add_event, dump

pytestmark = pytest.mark.invariant("audit_archive")


@pytest.fixture
async def connection(writing: MutationContext, demo_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with three old events and a new one in the chain of ACME."""
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    await connection.execute("ALTER TABLE audit_events ALTER COLUMN created_at SET DEFAULT now() - interval '40 days'")
    for _ in range(3):
        await add_event(connection, "session.started", organization_id=ACME_ID, address="192.0.2.1")
    await connection.execute("ALTER TABLE audit_events ALTER COLUMN created_at SET DEFAULT now()")
    await add_event(connection, "session.started", organization_id=ACME_ID)
    yield connection
    await connection.close()


ARCHIVED = ArchivedEvents(ACME_ID, 3, b"", 3, 0, "2026-01-01T00:00:00+00:00", "0" * 64, "jane")


async def prune(writing: MutationContext, archived: ArchivedEvents) -> None:
    await run_in_transaction(writing, Caller(), lambda work: prune_trail(work, archived))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"events": 2}, PruneConflict),
        ({"erased": 1}, PruneConflict),
        ({"through": 2}, PruneConflict),
        ({"through": 4, "events": 4}, Exception),
    ],
)
async def test_other_events_than_those_archived_are_not_removed(
    writing: MutationContext, connection: asyncpg.Connection, change: dict[str, Any], error: type[Exception]
) -> None:
    before = await dump(connection)
    with pytest.raises(error):
        await prune(writing, dataclasses.replace(ARCHIVED, **change))
    assert await dump(connection) == before
    await prune(writing, ARCHIVED)
    numbers = "SELECT array_agg(number ORDER BY number) FROM audit_events WHERE organization_id = $1"
    assert await connection.fetchval(numbers, ACME_ID) == [4, 5]


async def test_an_erasure_in_between_is_noticed(writing: MutationContext, connection: asyncpg.Connection) -> None:
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
    event = "organization_id = $1 AND number = 2"
    mark = "SELECT (audit_event_erase(e, '{address}', gen_random_uuid())).erased FROM audit_events AS e"
    erased = await connection.fetchval(f"{mark} WHERE {event}", ACME_ID)
    erase = f"UPDATE audit_events SET address = NULL, salt = NULL, erased = $2 WHERE {event}"
    await connection.execute(erase, ACME_ID, erased)
    await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER USER")
    with pytest.raises(PruneConflict):
        await prune(writing, ARCHIVED)
    await prune(writing, dataclasses.replace(ARCHIVED, erased=1))


async def test_a_hold_that_was_placed_in_between_is_noticed(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    await run_in_transaction(writing, Caller(), lambda work: set_hold(work, ACME_ID, "jane", "a case", held=True))
    with pytest.raises(UnderHold):
        await prune(writing, ARCHIVED)
    await run_in_transaction(writing, Caller(), lambda work: set_hold(work, ACME_ID, "jane", "over", held=False))
    await prune(writing, ARCHIVED)
