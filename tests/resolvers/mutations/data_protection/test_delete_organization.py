"""Deleting an organization: nothing of it is left, nothing of others is touched, and nobody gets in half way."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import pytest

from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.data_protection.ownership import organization_tables
from resolvers.mutations.data_protection.delete_organization import (
    DeletedOrganization,
    count_organization,
    delete_organization,
)
from resolvers.mutations.data_protection.erasure_mark import OfEvents, OfOrganization, OfUser
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction, unit_of_work
from tests.support.data_protection.whole_database import Dump, add_event, dump, fill, places_of

pytestmark = pytest.mark.invariant("data_protection")

ACME_ID, GLOBEX_ID = named_key(ACME), named_key(GLOBEX)
ADA, BEN, MAX = (named_key(f"{name}.example") for name in ("ada@acme", "ben@acme", "max@globex"))


@pytest.fixture
async def connection(writing: MutationContext, demo_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database in which ACME and Globex have rows in every table."""
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    await fill(connection, ACME_ID, ADA, BEN)
    await connection.execute("UPDATE access_reviews SET state = 'COMPLETE', recorded_at = now()")
    await connection.execute("UPDATE access_reviews SET signed_off_by_id = $1, signed_off_at = now(), note = 'ok'", ADA)
    await fill(connection, GLOBEX_ID, MAX, MAX)
    for organization in (ACME_ID, GLOBEX_ID, None):
        await add_event(connection, "user.updated", organization_id=organization, address="192.0.2.1")
    yield connection
    await connection.close()


def ignore(_table: str, _rows: int) -> None:
    pass


async def delete(work: UnitOfWork) -> DeletedOrganization | None:
    return await delete_organization(work, ACME_ID, "jane@build-7", ignore)


def without_the_record(rows: Dump) -> Dump:
    """Without the platform's audit chain, which grows by the record of the deletion."""
    kept = {name: texts for name, texts in rows.items() if name != "audit_heads"}
    return {**kept, "audit_events": [text for text in rows["audit_events"] if '"organization_id":null' not in text]}


async def test_nothing_is_left_and_others_keep_everything(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    counts = await run_in_transaction(
        writing, Caller(), partial(count_organization, organization_id=ACME_ID, report=ignore)
    )
    assert set(counts) == {table.name for table in organization_tables()}, "a table has no row in this test"
    before = await dump(connection)
    deleted = await run_in_transaction(writing, Caller(), delete)
    after = await dump(connection)
    assert deleted is not None
    assert deleted.rows == counts
    assert places_of(without_the_record(after), str(ACME_ID), str(ADA), str(BEN), "acme") == []
    assert {name: len(before[name]) - len(after[name]) for name in counts if name != "audit_events"} == {
        name: count for name, count in counts.items() if name != "audit_events"
    }
    for name, texts in without_the_record(after).items():
        assert set(texts) <= set(before[name]), name
    remaining = {name: len(texts) for name, texts in after.items()}
    await run_in_transaction(writing, Caller(), delete_again)
    assert {name: len(texts) for name, texts in (await dump(connection)).items()} == remaining
    assert (await verify(normalize_url(demo_database_url), ChainFilter(), {}, lambda *_: None)).findings == []


async def delete_again(work: UnitOfWork) -> None:
    assert await delete(work) is None


async def test_the_platform_records_it_with_the_end_of_the_chain(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    head = await connection.fetchrow("SELECT number, hash FROM audit_heads WHERE chain = $1", ACME_ID)
    deleted = await run_in_transaction(writing, Caller(address="cli"), delete)
    event = await connection.fetchrow(
        "SELECT *, changes::text AS text FROM audit_events WHERE kind = 'organization.deleted'"
    )
    assert deleted is not None
    assert (event["organization_id"], event["subject_id"], event["address"]) == (None, ACME_ID, "cli")
    for text in ('"jane@build-7"', f'"{head["hash"].hex()}"', f"[null, {head['number']}]", f'["{ACME}", null]'):
        assert text in event["text"]
    assert (deleted.audit_events, deleted.audit_hash) == (head["number"], head["hash"].hex())


async def test_a_deletion_that_fails_changes_nothing(writing: MutationContext, connection: asyncpg.Connection) -> None:
    before = await dump(connection)

    async def fail(work: UnitOfWork) -> None:
        await delete(work)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_in_transaction(writing, Caller(), fail)
    assert await dump(connection) == before


async def test_nobody_can_be_added_while_it_is_deleted(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    session = """INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at)
        VALUES (gen_random_uuid(), $1, $2, 'x', now())"""
    async with unit_of_work(writing, Caller()) as work:
        await delete(work)
        signing_in = asyncio.create_task(connection.execute(session, ACME_ID, ADA))
        done, _ = await asyncio.wait([signing_in], timeout=0.2)
        assert not done
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await signing_in


@pytest.mark.parametrize(
    ("mark", "statement"),
    [
        (OfOrganization(ACME_ID), "DELETE FROM audit_events WHERE organization_id = '{globex}'"),
        (OfOrganization(ACME_ID), "DELETE FROM audit_heads WHERE chain = '{globex}'"),
        (OfOrganization(ACME_ID), "DELETE FROM access_review_entries WHERE organization_id = '{globex}'"),
        (OfOrganization(ACME_ID), "UPDATE audit_events SET address = 'x'"),
        (OfOrganization(ACME_ID), "UPDATE access_requests SET reason = 'x'"),
        # They are of today.
        (OfEvents(ACME_ID, 100), f"DELETE FROM audit_events WHERE organization_id = '{ACME_ID}'"),
        (OfEvents(ACME_ID, 0), f"DELETE FROM audit_events WHERE organization_id = '{ACME_ID}'"),
        (OfEvents(ACME_ID, 100), "DELETE FROM audit_heads"),
        (OfEvents(ACME_ID, 100), "DELETE FROM access_review_entries"),
        (OfEvents(ACME_ID, 100), "UPDATE audit_events SET address = NULL"),
        (OfUser(ADA), "DELETE FROM audit_events"),
        (OfUser(ADA), "DELETE FROM access_review_decisions"),
        (OfUser(ADA), "UPDATE audit_events SET kind = 'user.removed'"),
        (OfUser(ADA), "UPDATE audit_events SET hash = ''"),
        (OfUser(ADA), "UPDATE access_reviews SET policy_version = 'x'"),
        (OfUser(ADA), "UPDATE access_review_entries SET user_id = NULL"),
        (OfUser(ADA), "UPDATE access_requests SET permission = 'SUPPORT_VIEW'"),
        (OfUser(ADA), "TRUNCATE audit_events CASCADE"),
        (OfUser(ADA), "TRUNCATE audit_heads"),
        (OfOrganization(ACME_ID), "TRUNCATE access_review_entries CASCADE"),
        (OfOrganization(ACME_ID), "TRUNCATE access_reviews CASCADE"),
        (None, "DELETE FROM audit_events"),
        (None, "DELETE FROM audit_heads"),
        (None, "DELETE FROM access_review_entries"),
        (None, "DELETE FROM access_review_decisions"),
        (None, "UPDATE access_requests SET reason = 'x'"),
    ],
)
async def test_an_erasure_may_touch_only_what_it_names(
    writing: MutationContext,
    connection: asyncpg.Connection,
    mark: OfEvents | OfOrganization | OfUser | None,
    statement: str,
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    if mark is not None:
        await connection.execute(f"SET LOCAL portico.erasure = '{mark}'")
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute(statement.format(globex=GLOBEX_ID))
    await transaction.rollback()
