"""The one place that commits: all or nothing, also when PostgreSQL gives a transaction up."""

import asyncio
from dataclasses import replace

import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditKind, MailKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import caller, contents, is_blocked, rows, run

SAM, ADA = named_key("sam@acme.example"), named_key("ada@acme.example")
NOBODY = Caller()
PROBLEM = Problem(ErrorCode.INVALID, "Not so.", ("input",))


async def change_everything(work: UnitOfWork) -> None:
    await work.execute(text("UPDATE users SET first_name = 'Changed'"))
    await work.audit(AuditEntry(AuditKind.USER_CREATED, SAM))
    await work.send(OutgoingMail(MailKind.USER_ACTIVATION, "sam@acme.example", SAM, None))


@pytest.mark.parametrize("failure", [MutationRejected(PROBLEM), RuntimeError("a defect"), asyncio.CancelledError()])
async def test_what_fails_leaves_nothing_behind(writing: MutationContext, failure: BaseException) -> None:
    async def fail(work: UnitOfWork) -> None:
        await change_everything(work)
        raise failure

    before = await contents(writing)
    with pytest.raises(type(failure)):
        await run_in_transaction(writing, NOBODY, fail)
    assert await contents(writing) == before


async def test_a_refusal_that_belongs_in_the_trail_is_written_alone(writing: MutationContext) -> None:
    async def refuse(work: UnitOfWork) -> None:
        work.audit_refusal(AuditEntry(AuditKind.SESSION_REFUSED, SAM))
        await change_everything(work)
        raise MutationRejected(PROBLEM)

    before = await contents(writing)
    with pytest.raises(MutationRejected):
        await run_in_transaction(writing, NOBODY, refuse)
    after = await contents(writing)
    assert [row.kind for row in await rows(writing, "SELECT kind FROM audit_events")] == ["session.refused"]
    assert after | {"audit_events": []} == before


async def test_no_refusal_is_written_where_all_went_well(writing: MutationContext) -> None:
    async def succeed(work: UnitOfWork) -> None:
        work.audit_refusal(AuditEntry(AuditKind.SESSION_REFUSED, SAM))
        await change_everything(work)

    await run_in_transaction(writing, NOBODY, succeed)
    assert [row.kind for row in await rows(writing, "SELECT kind FROM audit_events")] == ["user.created"]
    assert await rows(writing, "SELECT 1 FROM users WHERE first_name <> 'Changed'") == []


async def test_refusals_of_access_are_in_the_trail_and_do_not_flood_it(writing: MutationContext) -> None:
    limits = RateLimiter(Rates(refusals=RateLimitItemPerMinute(2, 1)))
    who = replace(await caller(writing, "sam@acme.example"), operation="removeUser")

    async def refuse(work: UnitOfWork) -> None:
        await change_everything(work)
        raise MutationRejected([PROBLEM, Problem(ErrorCode.NOT_FOUND, "A secret.", ("input", "id"))])

    answers = []
    for _ in range(3):
        with pytest.raises(MutationRejected) as refused:
            await run_in_transaction(replace(writing, limits=limits), who, refuse)
        answers.append([problem.code for problem in refused.value.problems])
    assert answers == [[ErrorCode.INVALID, ErrorCode.NOT_FOUND]] * 2 + [[ErrorCode.RATE_LIMITED]]
    trail = await rows(writing, "SELECT kind, actor_id, organization_id, changes FROM audit_events")
    found = {"operation": [None, "removeUser"], "errors": [None, [{"code": "NOT_FOUND", "path": ["input", "id"]}]]}
    assert [tuple(row) for row in trail] == [("mutation.refused", SAM, named_key(ACME), found)] * 2


async def test_a_deadlock_is_resolved_by_trying_again(writing: MutationContext) -> None:
    started: list[str] = []
    both_have_one = asyncio.Barrier(2)

    async def rename(work: UnitOfWork, name: str, *order: object) -> None:
        for turn, user in enumerate(order):
            statement = text("UPDATE users SET last_name = coalesce(last_name, '') || :name WHERE id = :id")
            await work.execute(statement.bindparams(name=name, id=user))
            if turn == 0 and len(started) < 2:
                started.append(name)
                await both_have_one.wait()

    await asyncio.gather(
        run_in_transaction(writing, NOBODY, lambda work: rename(work, "-one", SAM, ADA)),
        run_in_transaction(writing, NOBODY, lambda work: rename(work, "-two", ADA, SAM)),
    )
    names = await rows(writing, "SELECT last_name FROM users WHERE id IN (:sam, :ada)", sam=SAM, ada=ADA)
    assert [sorted(row.last_name.split("-")[1:]) for row in names] == [["one", "two"]] * 2


async def test_who_holds_the_actor_keeps_them_from_being_changed(writing: MutationContext) -> None:
    who = await caller(writing, "sam@acme.example")
    removal: list[asyncio.Task[None]] = []

    async def hold(work: UnitOfWork) -> bool:
        await work.lock_actor()
        taking = "DELETE FROM user_permissions WHERE user_id = :id"
        removal.append(asyncio.create_task(run(writing, taking, id=SAM)))
        return await is_blocked(writing, removal[0])

    assert await run_in_transaction(writing, who, hold)
    await removal[0]
