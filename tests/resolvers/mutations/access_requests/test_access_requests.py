"""Access requests: who may make and decide them, what an approval gives, and that nothing tells what exists."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.demo.fixed_ids import named_key
from models import Permission, new_id
from resolvers.errors import MutationRejected
from resolvers.mutations.access_requests.announce import announce_next
from resolvers.mutations.access_requests.decide import (
    Approval,
    approve_access_request,
    decline_access_request,
    withdraw_access_request,
)
from resolvers.mutations.access_requests.expire import expire_requests
from resolvers.mutations.access_requests.request import MAX_PENDING, NewRequest, request_access
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import (
    EAST,
    GLOBEX_CONTRACT,
    PEAR,
    SOUTH,
    acting,
    caller,
    changes_of,
    client_of,
    contents,
    is_blocked,
    problems,
    rows,
    run,
    token_of,
)

pytestmark = pytest.mark.invariant("access_requests")

ADA, SAM, BEN, SUE = (f"{name}@acme.example" for name in ("ada", "sam", "ben", "sue"))
DAN, PIA, MAX, STAFF = "dan@pear.example", "pia@pear.example", "max@globex.example", "staff@portico.example"
REASON = "For the audit of next week"
LATER = datetime(2100, 1, 1, tzinfo=UTC)

Mutation = Callable[[UnitOfWork], Awaitable[UUID]]


async def act(writing: MutationContext, email: str, mutation: Mutation) -> UUID:
    return await run_in_transaction(writing, await caller(writing, email), mutation)


async def ask(writing: MutationContext, email: str = SUE, **wanted: Any) -> UUID:
    new = NewRequest(REASON, **wanted)
    return await act(writing, email, lambda work: request_access(work, new))


async def approve(writing: MutationContext, email: str, key: UUID | None, **how: Any) -> UUID:
    return await act(writing, email, lambda work: approve_access_request(work, key, Approval(**how)))


async def decline(writing: MutationContext, email: str, key: UUID | None, note: str = "No.") -> UUID:
    return await act(writing, email, lambda work: decline_access_request(work, key, note))


async def withdraw(writing: MutationContext, email: str, key: UUID | None) -> UUID:
    return await act(writing, email, lambda work: withdraw_access_request(work, key))


async def refused(writing: MutationContext, attempt: Awaitable[UUID]) -> list[tuple[str, str]]:
    before = {**await contents(writing), "sessions": []}
    with pytest.raises(MutationRejected) as rejection:
        await attempt
    assert {**await contents(writing), "sessions": []} == before
    return problems(rejection.value)


async def grants_of(writing: MutationContext, email: str) -> list[tuple[UUID, datetime | None]]:
    sql = "SELECT contract_account_id, ends_at FROM contract_grants WHERE user_id = :id ORDER BY created_at"
    return [tuple(row) for row in await rows(writing, sql, id=named_key(email))]


async def row_of(writing: MutationContext, key: UUID) -> Any:
    [row] = await rows(writing, "SELECT * FROM access_requests WHERE id = :id", id=key)
    return row


async def mails(writing: MutationContext, kind: str) -> list[str]:
    sql = "SELECT recipient FROM outbox_mails WHERE kind = :kind ORDER BY recipient"
    return [row.recipient for row in await rows(writing, sql, kind=kind)]


async def test_an_approval_gives_what_was_asked_for(writing: MutationContext) -> None:
    key = await ask(writing, contract_account="acme EAST ", ends_at=LATER)
    assert (await row_of(writing, key)).contract_account_id == EAST
    assert await approve(writing, ADA, key, note="Until then.") == key
    assert (EAST, LATER) in await grants_of(writing, SUE)
    row = await row_of(writing, key)
    assert (row.state, row.decided_by_id, row.granted_until, row.note) == (
        "APPROVED", named_key(ADA), LATER, "Until then.",
    )  # fmt: skip
    assert await mails(writing, "ACCESS_REQUEST_DECIDED") == [SUE]
    assert len(await changes_of(writing, "user.updated", named_key(SUE))) == 1
    [created] = await changes_of(writing, "access_request.created", named_key(SUE))
    [approved] = await changes_of(writing, "access_request.approved", named_key(SUE))
    assert created["accessRequest"] == approved["accessRequest"] == [None, f"arq_{key}"]
    # The requester's words are in no event: others see events about them.
    assert "EAST" not in str(created)
    assert REASON not in str(created)
    for attempt in (approve(writing, ADA, key), decline(writing, ADA, key), withdraw(writing, SUE, key)):
        assert await refused(writing, attempt) == [("ALREADY_DECIDED", "input.id")]


async def test_an_approval_may_end_earlier_but_never_takes_anything_away(writing: MutationContext) -> None:
    sooner, soonest = LATER - timedelta(days=9), LATER - timedelta(days=99)
    first = await ask(writing, contract_account="SVC-000004", ends_at=LATER)
    late = approve(writing, ADA, first, ends_at=LATER + timedelta(days=1))
    assert await refused(writing, late) == [("INVALID", "input.endsAt")]
    await approve(writing, ADA, first, ends_at=sooner)
    assert (EAST, sooner) in await grants_of(writing, SUE)
    shorter = await ask(writing, contract_account=f"ca_{EAST}", ends_at=soonest)
    await approve(writing, ADA, shorter)
    assert (EAST, sooner) in await grants_of(writing, SUE)
    for_good = await ask(writing, contract_account="ACME East")
    await approve(writing, ADA, for_good)
    assert (EAST, None) in await grants_of(writing, SUE)
    await approve(writing, ADA, await ask(writing, contract_account="ACME South", ends_at=LATER))
    assert (SOUTH, None) in await grants_of(writing, SUE)
    # Who has all accounts has this one, too.
    await approve(writing, ADA, await ask(writing, BEN, contract_account="ACME East"))
    assert await grants_of(writing, BEN) == []


async def test_permissions_go_to_those_who_have_them(writing: MutationContext) -> None:
    view = await ask(writing, permission=Permission.SUPPORT_VIEW)
    pay = await ask(writing, permission=Permission.BILLING_VIEW)
    assert await refused(writing, approve(writing, SAM, pay)) == [("NOT_FOUND", "input.id")]
    await approve(writing, SAM, view)
    held = "SELECT permission FROM user_permissions WHERE user_id = :id"
    assert "SUPPORT_VIEW" in [row.permission for row in await rows(writing, held, id=named_key(SUE))]
    await approve(writing, ADA, pay)


async def test_nobody_else_decides(writing: MutationContext) -> None:
    east = await ask(writing, contract_account="ACME East")
    own = await ask(writing, SAM, permission=Permission.SUPPORT_EDIT)
    for who in (SAM, BEN, DAN, MAX):
        for attempt in (approve(writing, who, east), decline(writing, who, east), withdraw(writing, who, east)):
            assert await refused(writing, attempt) == [("NOT_FOUND", "input.id")], who
    for who, key in ((SUE, east), (SAM, own)):
        for attempt in (approve(writing, who, key), decline(writing, who, key)):
            assert await refused(writing, attempt) == [("FORBIDDEN", "input.id")], who
    for attempt in (approve(writing, STAFF, east), withdraw(writing, ADA, east)):
        assert await refused(writing, attempt) == [("FORBIDDEN", "input.id")]
    own_as_admin = await ask(writing, ADA, permission=Permission.SUPPORT_EDIT)
    assert await refused(writing, approve(writing, ADA, own_as_admin)) == [("FORBIDDEN", "input.id")]
    # A program neither asks nor decides for its owner.
    program = await acting(writing, token_of(await client_of(writing, ADA)))
    new, how = NewRequest(REASON, permission=Permission.SUPPORT_VIEW), Approval()
    asking = run_in_transaction(writing, program, lambda work: request_access(work, new))
    assert await refused(writing, asking) == [("FORBIDDEN", "")]
    deciding = run_in_transaction(writing, program, lambda work: approve_access_request(work, east, how))
    assert await refused(writing, deciding) == [("NOT_FOUND", "input.id")]
    assert await refused(writing, ask(writing, STAFF, permission=Permission.SUPPORT_VIEW)) == [("FORBIDDEN", "")]
    # An admin who has lost the account meanwhile.
    await run(writing, "UPDATE users SET all_contract_accounts = false WHERE id = :id", id=named_key(ADA))
    assert await refused(writing, approve(writing, ADA, east)) == [("NOT_FOUND", "input.id")]


async def test_words_that_name_nothing_go_to_those_who_see_everything(writing: MutationContext) -> None:
    for words in ("The office in Oslo", f"ca_{GLOBEX_CONTRACT}", f"ca_{new_id()}", "Globex Pacific", f"da_{PEAR}"):
        key = await ask(writing, contract_account=words)
        assert (await row_of(writing, key)).contract_account_id is None, words
        assert await refused(writing, decline(writing, SAM, key)) == [("NOT_FOUND", "input.id")]
        assert await refused(writing, approve(writing, ADA, key)) == [("INVALID", "input.account")]
        for account in (f"ca_{GLOBEX_CONTRACT}", f"ca_{new_id()}", f"da_{PEAR}"):
            attempt = approve(writing, ADA, key, account=account)
            assert await refused(writing, attempt) == [("NOT_ASSIGNABLE", "input.account")]
        await decline(writing, ADA, key)
    meant = await ask(writing, contract_account="the eastern one")
    await approve(writing, ADA, meant, account=f"ca_{EAST}")
    assert (EAST, None) in await grants_of(writing, SUE)
    named = await ask(writing, contract_account="ACME North")
    assert await refused(writing, approve(writing, ADA, named, account=f"ca_{EAST}")) == [("INVALID", "input.account")]


async def test_all_problems_of_a_request_are_reported(writing: MutationContext) -> None:
    two = NewRequest(" ", permission=Permission.SITES_SERVICES_VIEW, contract_account="x" * 201,
                     ends_at=datetime(2020, 1, 1, tzinfo=UTC))  # fmt: skip
    attempt = act(writing, SUE, lambda work: request_access(work, two))
    assert await refused(writing, attempt) == [
        ("INVALID", "input"),
        ("INVALID", "input.permission"),
        ("INVALID", "input.contractAccount"),
        ("INVALID", "input.reason"),
        ("INVALID", "input.endsAt"),
    ]
    nothing = act(writing, SUE, lambda work: request_access(work, NewRequest(REASON)))
    assert await refused(writing, nothing) == [("INVALID", "input")]
    first = await ask(writing, permission=Permission.SUPPORT_VIEW)
    assert await refused(writing, decline(writing, ADA, first, " ")) == [("INVALID", "input.note")]
    for _ in range(MAX_PENDING - 1):
        last = await ask(writing, permission=Permission.SUPPORT_VIEW)
    assert await refused(writing, ask(writing, permission=Permission.SUPPORT_VIEW)) == [("LIMIT_REACHED", "")]
    await withdraw(writing, SUE, last)
    await ask(writing, permission=Permission.SUPPORT_VIEW)


async def test_those_who_may_decide_are_notified_once(writing: MutationContext) -> None:
    await ask(writing, contract_account="ACME East")
    await ask(writing, permission=Permission.SUPPORT_VIEW)
    await ask(writing, contract_account="The office in Oslo")
    await ask(writing, PIA, delivery_account="PEAR Corp")
    await ask(writing, ADA, permission=Permission.SUPPORT_VIEW)
    while await announce_next(writing):
        pass
    assert await mails(writing, "ACCESS_REQUESTED") == [ADA] * 4 + [DAN, SAM, SAM]
    assert not await announce_next(writing)


async def test_mails_about_requests_stop_at_the_limit_and_requests_do_not(writing: MutationContext) -> None:
    for _ in range(8):
        await ask(writing, contract_account="ACME East")
    while await announce_next(writing):
        pass
    assert await mails(writing, "ACCESS_REQUESTED") == [ADA] * 5
    for row in await rows(writing, "SELECT id FROM access_requests"):
        await decline(writing, ADA, row.id)
    assert await mails(writing, "ACCESS_REQUEST_DECIDED") == [SUE] * 8


async def test_a_request_expires(writing: MutationContext) -> None:
    key = await ask(writing, permission=Permission.SUPPORT_VIEW)
    assert await expire_requests(writing) == 0
    await run(writing, "UPDATE access_requests SET expires_at = now()")
    assert await refused(writing, approve(writing, ADA, key)) == [("ALREADY_DECIDED", "input.id")]
    assert await expire_requests(writing) == 1
    assert (await row_of(writing, key)).state == "EXPIRED"
    [event] = await rows(writing, "SELECT subject_id, actor_id FROM audit_events WHERE kind = 'access_request.expired'")
    assert (event.subject_id, event.actor_id) == (named_key(SUE), None)


async def test_a_request_is_decided_once(writing: MutationContext) -> None:
    """Of two admins who decide at the same time, the second waits and is refused."""
    key = await ask(writing, permission=Permission.SUPPORT_VIEW)
    ada, sam = await caller(writing, ADA), await caller(writing, SAM)
    async with writing.engine.connect() as connection:
        work = UnitOfWork(connection, writing, sam)
        await decline_access_request(work, key, "No.")
        other = asyncio.create_task(
            run_in_transaction(writing, ada, lambda work: approve_access_request(work, key, Approval()))
        )
        assert await is_blocked(writing, other)
        await connection.commit()
    with pytest.raises(MutationRejected) as rejection:
        await other
    assert problems(rejection.value) == [("ALREADY_DECIDED", "input.id")]
