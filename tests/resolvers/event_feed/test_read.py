"""The feed of events: each event once and in order, whoever writes at the same time, and nothing of what isn't seen."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.demo.fixed_ids import named_key
from authz.access import Access
from models import AuditEvent, AuditKind, Scope
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.event_feed import position
from resolvers.event_feed.read import FeedPage, FeedQuery, read_events
from resolvers.mutations.data_protection.prune_trail import ArchivedEvents, prune_trail
from resolvers.transaction.access_query import run_access_query
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from resolvers.types import thin_event
from tests.support.integration.webhooks import happen
from tests.support.policies.every_admin import every_admin_may
from tests.support.resolver_fixtures import (
    NORTH,
    NORTH_OFFICE,
    acting,
    caller,
    client_of,
    is_blocked,
    organization_of,
    problems,
    rows,
    run,
    token_of,
)

pytestmark = pytest.mark.invariant("event_feed")

ADA, SAM, BEN, SUE, MAX, STAFF = (
    *(f"{name}@acme.example" for name in ("ada", "sam", "ben", "sue")),
    "max@globex.example",
    "staff@portico.example",
)
NOC = "noc@pear.example"
INSERT = """INSERT INTO audit_events (id, organization_id, tenant_id, kind, subject_id)
VALUES (gen_random_uuid(), :organization, :organization, 'user.updated', :user)"""


async def read(writing: MutationContext, who: str | Caller = ADA, after: str | None = None, **query: Any) -> FeedPage:
    reader = await caller(writing, who) if isinstance(who, str) else who
    asked = FeedQuery(**{"first": 100, "after": after, "since": None, "kinds": None, "path": "events"} | query)
    return await run_access_query(writing, reader, lambda work: read_events(work, asked))


async def read_all(writing: MutationContext, who: str | Caller = ADA, **query: Any) -> list[FeedPage]:
    """All pages that there are now."""
    pages = [await read(writing, who, **query)]
    query = {name: value for name, value in query.items() if name not in ("after", "since")}
    while pages[-1].has_more:
        pages.append(await read(writing, who, pages[-1].cursor, **query))
    return pages


def ids(pages: Sequence[FeedPage]) -> list[Any]:
    return [event.id for page in pages for event in page.events]


async def stored(writing: MutationContext, where: str = "true") -> list[Any]:
    """The events of ACME, in the order of their numbers."""
    own = "SELECT id FROM audit_events WHERE organization_id = :organization"
    found = await rows(writing, f"{own} AND {where} ORDER BY number", organization=organization_of(ADA))
    return [row.id for row in found]


async def refused(writing: MutationContext, who: str | Caller = ADA, **query: Any) -> list[tuple[str, str]]:
    with pytest.raises(MutationRejected) as rejection:
        await read(writing, who, **query)
    return problems(rejection.value)


async def add(writing: MutationContext, *emails: str) -> None:
    await happen(writing, *emails)


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_the_pages_have_each_event_once_the_oldest_first(writing: MutationContext, size: int) -> None:
    await add(writing, SUE, BEN, SAM, SUE)
    pages = await read_all(writing, first=size)
    assert ids(pages) == await stored(writing)
    assert len(ids(pages)) > 3
    assert all(len(page.events) == size for page in pages[:-1])
    [event] = (await read_all(writing, kinds=[AuditKind.USER_UPDATED]))[0].events[:1]
    assert (event.kind, event.subject) == (AuditKind.USER_UPDATED, f"usr_{named_key(SUE)}")


async def test_the_cursor_at_the_end_leads_to_what_happens_later(writing: MutationContext) -> None:
    end = (await read_all(writing))[-1].cursor
    for _ in range(2):
        nothing = await read(writing, after=end)
        assert (nothing.events, nothing.has_more) == ((), False)
    await add(writing, SUE)
    for after in (end, nothing.cursor):
        page = await read(writing, after=after)
        assert [event.subject for event in page.events] == [f"usr_{named_key(SUE)}"]
        assert not page.has_more
    # What has been read can be read again.
    assert [event.id for event in (await read(writing, after=end)).events] == ids([page])


async def test_the_feed_of_an_organization_in_which_nothing_has_happened(writing: MutationContext) -> None:
    await run(writing, "ALTER TABLE audit_events DISABLE TRIGGER USER")
    await run(writing, "ALTER TABLE audit_heads DISABLE TRIGGER USER")
    organization = organization_of(MAX)
    await run(writing, "DELETE FROM audit_events WHERE organization_id = :id", id=organization)
    await run(writing, "DELETE FROM audit_heads WHERE chain = :id", id=organization)
    await run(writing, "ALTER TABLE audit_events ENABLE TRIGGER USER")
    await run(writing, "ALTER TABLE audit_heads ENABLE TRIGGER USER")
    empty = await read(writing, MAX)
    assert (empty.events, empty.has_more) == ((), False)
    await add(writing, MAX)
    assert len((await read(writing, MAX, empty.cursor)).events) == 1


async def test_a_transaction_that_is_still_open_is_neither_skipped_nor_overtaken(writing: MutationContext) -> None:
    """The head of the chain is locked until the commit: whoever comes later waits, and gets a higher number."""
    end = (await read_all(writing))[-1].cursor
    values = {"organization": organization_of(ADA), "user": named_key(SUE)}
    async with writing.engine.connect() as slow:
        await slow.execute(text(INSERT), values)
        later = asyncio.create_task(add(writing, BEN))
        assert await is_blocked(writing, later)
        meanwhile = await read(writing, after=end)
        assert (meanwhile.events, meanwhile.has_more) == ((), False)
        await slow.commit()
    await later
    page = await read(writing, after=meanwhile.cursor)
    assert [event.subject for event in page.events] == [f"usr_{named_key(SUE)}", f"usr_{named_key(BEN)}"]


async def test_a_reader_beside_many_writers_gets_each_event_once_and_in_order(writing: MutationContext) -> None:
    reader = await caller(writing, ADA)
    page = (await read_all(writing))[-1]
    before = len(await stored(writing))
    got: list[Any] = []

    async def write(user: str, number: int) -> None:
        values = {"organization": organization_of(ADA), "user": named_key(user)}
        async with writing.engine.connect() as connection:
            for step in range(6):
                await connection.execute(text(INSERT), values)
                # Some change their mind, and so give a number back.
                await (connection.rollback() if (step + number) % 3 == 0 else connection.commit())

    writers = asyncio.gather(*(write(user, number) for number, user in enumerate((SUE, BEN, SAM))))
    while not writers.done():
        page = await read(writing, reader, page.cursor, first=2)
        got += ids([page])
    await writers
    got += ids(await read_all(writing, reader, after=page.cursor))
    assert got == (await stored(writing))[before:]
    assert len(got) == 12


async def test_the_feed_from_a_time_on(writing: MutationContext) -> None:
    now = datetime.now(UTC)
    [from_now] = await read_all(writing, since=now + timedelta(hours=1))
    assert from_now.events == ()
    await add(writing, SUE)
    assert len((await read(writing, after=from_now.cursor)).events) == 1
    assert ids(await read_all(writing, since=now - timedelta(days=36500))) == await stored(writing)


async def test_a_change_that_began_later_and_was_committed_earlier_is_from_that_time_on_too(
    writing: MutationContext,
) -> None:
    """Times are those at which transactions began, and numbers are in the order in which they ended."""
    values = {"organization": organization_of(ADA), "user": named_key(SUE)}
    async with writing.engine.connect() as slow:
        began = (await slow.execute(text("SELECT now()"))).scalar_one()
        await add(writing, BEN)
        await slow.execute(text(INSERT), values)
        await slow.commit()
    found = await read(writing, since=began)
    assert [event.subject for event in found.events] == [f"usr_{named_key(BEN)}", f"usr_{named_key(SUE)}"]


async def test_a_page_ends_after_so_many_events_of_other_kinds(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.event_feed.read.LOOKED_AT", 2)
    assert thin_event.LOOKED_AT > 2
    since = datetime.now(UTC) + timedelta(hours=1)
    begin = (await read(writing, since=since)).cursor
    await add(writing, *[SUE] * 5)
    await happen(writing, BEN, kind=AuditKind.USER_REMOVED)
    pages = await read_all(writing, after=begin, kinds=[AuditKind.USER_REMOVED])
    assert [(len(page.events), page.has_more) for page in pages] == [(0, True), (0, True), (1, False)]
    assert (await read(writing, after=begin, kinds=[])).events == ()


async def test_an_admin_who_sees_less_gets_less_and_the_cursors_say_nothing(
    writing: MutationContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Under a policy that lets limited admins read the feed."""
    writing = replace(writing, policy=every_admin_may(tmp_path_factory.getbasetemp()))
    await run(writing, "UPDATE contract_grants SET contract_account_id = :to WHERE user_id = :noc",
              to=NORTH, noc=named_key(NOC))  # fmt: skip
    await run(writing, "UPDATE delivery_grants SET delivery_account_id = :to WHERE user_id = :noc",
              to=NORTH_OFFICE, noc=named_key(NOC))  # fmt: skip
    end = (await read_all(writing, SAM))[-1].cursor
    await add(writing, NOC, SUE, NOC, NOC)
    [page] = await read_all(writing, SAM, after=end)
    assert [event.subject for event in page.events] == [f"usr_{named_key(SUE)}"]
    # What Sam doesn't see changes neither the answer nor the form of the cursor.
    await add(writing, NOC)
    nothing = await read(writing, SAM, page.cursor)
    assert (nothing.events, nothing.has_more) == ((), False)
    assert {len(cursor) for cursor in (end, page.cursor, nothing.cursor)} == {position.CURSOR_LENGTH}
    async with writing.engine.connect() as connection:
        event = AuditEvent.__table__.alias()
        reader = (await caller(writing, SAM)).actor
        assert reader is not None
        may = Access(writing.policy, reader.traits).may("view", AuditEvent, event)
        ordered = select(event.c.id).where(may).order_by(event.c.number)
        assert ids(await read_all(writing, SAM)) == list((await connection.execute(ordered, reader.identity)).scalars())


async def test_two_cursors_of_one_position_differ(writing: MutationContext) -> None:
    cursors = [(await read_all(writing))[-1].cursor for _ in range(5)]
    assert len(set(cursors)) == 5


@pytest.mark.parametrize("who", [SAM, BEN, SUE, "dan@pear.example", STAFF])
async def test_whoever_may_not_read_the_feed_is_refused_and_recorded(writing: MutationContext, who: str) -> None:
    assert await refused(writing, who) == [("FORBIDDEN", "events")]
    denied = "SELECT 1 FROM audit_events WHERE kind = 'query.refused' AND actor_id = :id"
    reader = replace(await caller(writing, who), operation="events")
    assert await refused(writing, reader) == [("FORBIDDEN", "events")]
    assert len(await rows(writing, denied, id=named_key(who))) == 1


async def test_an_api_client_reads_the_feed_with_its_scope_as_its_owner_would(writing: MutationContext) -> None:
    async def client(owner: str, *scopes: Scope) -> Caller:
        client_id = await client_of(writing, owner, scopes)
        return await acting(writing, token_of(client_id, scopes, organization_of(owner)))

    listener = await client(ADA, Scope.BASIC_READ, Scope.EVENTS_READ)
    await add(writing, SUE)
    assert ids(await read_all(writing, listener)) == ids(await read_all(writing))
    for owner, scopes in (
        (ADA, [Scope.EVENTS_READ]),
        (ADA, [Scope.BASIC_READ, Scope.BILLING_READ, Scope.USERS_WRITE]),
        (ADA, [Scope.USERS_WRITE, Scope.EVENTS_READ]),
    ):
        assert await refused(writing, await client(owner, *scopes)) == [("FORBIDDEN", "events")]
    # Limited, the owner may not read the feed any more; nor may the client, from the next page on.
    await run(writing, "UPDATE users SET all_contract_accounts = false WHERE id = :id", id=named_key(ADA))
    assert await refused(writing, await client(ADA, Scope.BASIC_READ, Scope.EVENTS_READ)) == [("FORBIDDEN", "events")]


async def test_a_cursor_is_good_in_its_organization_only_and_unchanged_only(writing: MutationContext) -> None:
    await add(writing, SUE, MAX)
    mine, other = await read(writing, first=1), await read(writing, MAX, first=1)
    flipped = ("B" if mine.cursor[0] == "A" else "A") + mine.cursor[1:]
    for bad in (other.cursor, flipped, mine.cursor[:-1], "", "x", "é" * position.CURSOR_LENGTH, "=" * 59, "A" * 5000):
        assert await refused(writing, after=bad) == [("INVALID", "events")]
    another_key = replace(writing, secret_key=b"another key for tests, of 32 byt")
    assert await refused(another_key, after=mine.cursor) == [("INVALID", "events")]
    assert await refused(writing, after=mine.cursor, since=datetime.now(UTC)) == [("INVALID", "events")]
    for size in (0, -1, 101):
        assert await refused(writing, first=size) == [("INVALID", "events")]


async def test_a_cursor_from_before_a_restore_is_refused(writing: MutationContext) -> None:
    """After a restore, numbers are given again to other events: the cursor would skip them in silence."""
    await add(writing, BEN, SUE)
    end = (await read_all(writing))[-1].cursor
    await run(writing, "ALTER TABLE audit_events DISABLE TRIGGER USER")
    await run(writing, "ALTER TABLE audit_heads DISABLE TRIGGER USER")
    chain = "FROM audit_events WHERE organization_id = :id ORDER BY number DESC LIMIT 2"
    newest, before = await rows(writing, f"SELECT number, hash {chain}", id=organization_of(ADA))
    values = {"id": organization_of(ADA), "number": newest.number}
    await run(writing, "DELETE FROM audit_events WHERE organization_id = :id AND number = :number", **values)
    values = {"id": organization_of(ADA), "number": before.number, "hash": before.hash}
    await run(writing, "UPDATE audit_heads SET number = :number, hash = :hash WHERE chain = :id", **values)
    await run(writing, "ALTER TABLE audit_events ENABLE TRIGGER USER")
    await run(writing, "ALTER TABLE audit_heads ENABLE TRIGGER USER")
    assert await refused(writing, after=end) == [("INVALID", "events")]
    await add(writing, BEN)
    assert await refused(writing, after=end) == [("INVALID", "events")]


async def test_an_event_of_a_kind_that_this_version_doesn_t_know_waits_for_the_upgrade(
    writing: MutationContext,
) -> None:
    begin = (await read(writing, since=datetime.now(UTC) + timedelta(hours=1))).cursor
    await run(writing, "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_kind")
    await add(writing, SUE)
    newer = INSERT.replace("user.updated", "user.teleported")
    await run(writing, newer, organization=organization_of(ADA), user=named_key(SUE))
    await add(writing, BEN)
    for size in (1, 2, 100):
        pages = await read_all(writing, after=begin, first=size)
        assert [event.subject for page in pages for event in page.events] == [f"usr_{named_key(SUE)}"]
    assert (await read(writing, after=pages[-1].cursor)).events == ()


async def test_a_cursor_before_archived_events_is_refused_and_one_behind_them_goes_on(writing: MutationContext) -> None:
    await run(writing, "ALTER TABLE audit_events ALTER COLUMN created_at SET DEFAULT now() - interval '40 days'")
    organization = organization_of(ADA)
    empty = await read(writing)
    found = position.unseal(writing.secret_key, organization, empty.cursor)
    assert found is not None
    assert found.number == 0
    for _ in range(4):
        await run(writing, INSERT, organization=organization, user=named_key(SUE))
    await run(writing, "ALTER TABLE audit_events ALTER COLUMN created_at SET DEFAULT now()")
    (page,) = await read_all(writing)
    first = await read(writing, first=1)
    newest = await rows(
        writing, "SELECT max(number) AS number FROM audit_events WHERE organization_id = :o", o=organization
    )
    hash_ = await rows(
        writing,
        "SELECT hash FROM audit_events WHERE organization_id = :o AND number = :n",
        o=organization,
        n=newest[0].number,
    )
    archived = ArchivedEvents(
        organization,
        newest[0].number,
        hash_[0].hash,
        newest[0].number,
        0,
        "2026-01-01T00:00:00+00:00",
        "0" * 64,
        "jane",
    )
    await run_in_transaction(writing, Caller(), lambda work: prune_trail(work, archived))
    left = await stored(writing)
    assert len(left) == 1
    assert ids(await read_all(writing, after=page.cursor)) == left
    assert await refused(writing, after=first.cursor) == [("INVALID", "events")]
    assert await refused(writing, after=empty.cursor) == [("INVALID", "events")]
    assert ids(await read_all(writing)) == left
    again = await read(writing)
    assert ids([await read(writing, after=again.cursor)]) == []
