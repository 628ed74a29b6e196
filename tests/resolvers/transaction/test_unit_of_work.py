"""A unit of work commits everything or nothing, even if PostgreSQL aborts the transaction."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import Select, literal, select, text

from app.database.pools import write_places
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.access import Access
from authz.model.actions import VIEW
from models import AuditKind, MailKind, Permission, User
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.fair_queue import FairQueue, QueueFull
from resolvers.prepared_statement import PreparedStatement
from resolvers.rate_limits.flows import flow_of
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.alone import run_alone
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import caller, contents, is_blocked, rows, run

pytestmark = pytest.mark.invariant("atomic_mutations")

SAM, ADA = named_key("sam@acme.example"), named_key("ada@acme.example")
NOBODY = Caller()
PROBLEM = Problem(ErrorCode.INVALID, "Invalid.", ("input",))


async def change_everything(work: UnitOfWork) -> None:
    await work.execute(text("UPDATE users SET first_name = 'Changed'"))
    await work.audit(AuditEntry(AuditKind.USER_CREATED, SAM))
    await work.send(OutgoingMail(MailKind.USER_ACTIVATION, "sam@acme.example", SAM, named_key(ACME), ("input", "id")))


async def test_no_organization_holds_all_connections(writing: MutationContext) -> None:
    """Slow changes, and access queries, hold a connection each."""
    writing = replace(writing, places=write_places(10))
    ada, max_ = await caller(writing, "ada@acme.example"), await caller(writing, "max@globex.example")
    colleague = await caller(writing, "ben@acme.example")
    end, running = asyncio.Event(), Counter[Caller | None]()

    async def slow(work: UnitOfWork) -> None:
        running[work.caller] += 1
        await end.wait()

    async def quick(work: UnitOfWork) -> int:
        return int((await work.execute(text("SELECT 1"))).scalar_one())

    calls = [asyncio.create_task(run_in_transaction(writing, by, slow)) for by in [ada] * 20 + [colleague] * 20]
    async with asyncio.timeout(60):
        while running[colleague] < 2:
            await asyncio.sleep(0.01)
        assert await run_in_transaction(writing, max_, quick) == 1
        assert await run_in_transaction(writing, Caller(address="192.0.2.1"), quick) == 1
    assert (running[ada], running[colleague]) == (3, 2)
    end.set()
    await asyncio.gather(*calls)
    assert writing.places is not None
    assert writing.places.free == write_places(10).free


async def test_a_change_that_finds_no_place_is_refused_before_it_begins(writing: MutationContext) -> None:
    writing = replace(writing, places=FairQueue("test", places=1, waiting=4, patience=0.01))
    ada = await caller(writing, "ada@acme.example")
    one = PreparedStatement(select(literal(1)))
    assert writing.places is not None
    async with writing.places.place(flow_of(ada)):
        with pytest.raises(QueueFull):
            await run_in_transaction(writing, ada, change_everything)
        with pytest.raises(QueueFull):
            await run_alone(writing, one, {}, ada)
        assert await run_alone(writing, one, {})
    with pytest.raises(RuntimeError):
        await run_in_transaction(writing, ada, broken)
    assert writing.places.free == 1


async def broken(_work: UnitOfWork) -> None:
    raise RuntimeError("a defect")


@pytest.mark.parametrize("failure", [MutationRejected(PROBLEM), RuntimeError("a defect"), asyncio.CancelledError()])
async def test_a_failure_leaves_nothing_behind(writing: MutationContext, failure: BaseException) -> None:
    async def fail(work: UnitOfWork) -> None:
        await change_everything(work)
        raise failure

    before = await contents(writing)
    with pytest.raises(type(failure)):
        await run_in_transaction(writing, NOBODY, fail)
    assert await contents(writing) == before


async def test_only_the_rejection_entry_is_written_after_a_rejection(writing: MutationContext) -> None:
    async def reject(work: UnitOfWork) -> None:
        work.audit_on_rejection(AuditEntry(AuditKind.SESSION_REFUSED, SAM))
        await change_everything(work)
        raise MutationRejected(PROBLEM)

    before = await contents(writing)
    with pytest.raises(MutationRejected):
        await run_in_transaction(writing, NOBODY, reject)
    after = await contents(writing)
    assert [row.kind for row in await rows(writing, "SELECT kind FROM audit_events")] == ["session.refused"]
    assert after | {"audit_events": []} == before


async def test_no_rejection_entry_is_written_after_success(writing: MutationContext) -> None:
    async def succeed(work: UnitOfWork) -> None:
        work.audit_on_rejection(AuditEntry(AuditKind.SESSION_REFUSED, SAM))
        await change_everything(work)

    await run_in_transaction(writing, NOBODY, succeed)
    assert [row.kind for row in await rows(writing, "SELECT kind FROM audit_events")] == ["user.created"]
    assert await rows(writing, "SELECT 1 FROM users WHERE first_name <> 'Changed'") == []


async def test_access_denials_are_audited_and_rate_limited(writing: MutationContext) -> None:
    limits = RateLimiter(Rates(access_denials=RateLimitItemPerMinute(2, 1)))
    actor = replace(await caller(writing, "sam@acme.example"), operation="removeUser")

    async def reject(work: UnitOfWork) -> None:
        await change_everything(work)
        raise MutationRejected([PROBLEM, Problem(ErrorCode.NOT_FOUND, "Not found.", ("input", "id"))])

    responses = []
    for _ in range(3):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(replace(writing, limits=limits), actor, reject)
        responses.append([problem.code for problem in rejection.value.problems])
    assert responses == [[ErrorCode.INVALID, ErrorCode.NOT_FOUND]] * 2 + [[ErrorCode.RATE_LIMITED]]
    trail = await rows(writing, "SELECT kind, actor_id, organization_id, changes FROM audit_events")
    changes = {"operation": [None, "removeUser"], "errors": [None, [{"code": "NOT_FOUND", "path": ["input", "id"]}]]}
    assert [tuple(row) for row in trail] == [("mutation.refused", SAM, named_key(ACME), changes)] * 2


RENAME = text("UPDATE users SET last_name = coalesce(last_name, '') || :name WHERE tenant_id = :tenant AND id = :id")


async def test_a_deadlock_is_resolved_by_retrying(writing: MutationContext) -> None:
    started: list[str] = []
    both_hold_one_lock = asyncio.Barrier(2)

    async def rename(work: UnitOfWork, name: str, *order: object) -> None:
        for turn, user in enumerate(order):
            await work.execute(RENAME.bindparams(name=name, tenant=named_key(ACME), id=user))
            if turn == 0 and len(started) < 2:
                started.append(name)
                await both_hold_one_lock.wait()

    await asyncio.gather(
        run_in_transaction(writing, NOBODY, lambda work: rename(work, "-one", SAM, ADA)),
        run_in_transaction(writing, NOBODY, lambda work: rename(work, "-two", ADA, SAM)),
    )
    names = await rows(writing, "SELECT last_name FROM users WHERE id IN (:sam, :ada)", sam=SAM, ada=ADA)
    assert [sorted(row.last_name.split("-")[1:]) for row in names] == [["one", "two"]] * 2


async def test_locking_the_actor_blocks_concurrent_changes(writing: MutationContext) -> None:
    actor = await caller(writing, "sam@acme.example")
    removal: list[asyncio.Task[None]] = []

    async def lock(work: UnitOfWork) -> bool:
        await work.lock_actor()
        deletion = "DELETE FROM user_permissions WHERE user_id = :id"
        removal.append(asyncio.create_task(run(writing, deletion, id=SAM)))
        return await is_blocked(writing, removal[0])

    assert await run_in_transaction(writing, actor, lock)
    await removal[0]


def visible_users(access: Access, status: str) -> Select[*tuple[Any, ...]]:
    """The active users whom the actor sees."""
    user = User.__table__.alias()
    return select(user.c.email, literal(status).label("asked")).where(
        access.may(VIEW, User, user), user.c.activated_at.is_not(None), user.c.removed_at.is_(None)
    )


async def test_the_rows_beside_the_actor_are_those_of_the_actor_as_stored_now(writing: MutationContext) -> None:
    """The statement is built for the traits that a request was authenticated with. They may have changed since."""
    for email in ("ada@acme.example", "sam@acme.example", "sue@acme.example"):
        current = await caller(writing, email)
        assert current.actor is not None
        stale = replace(
            current.actor.traits, permissions=frozenset(), all_contract_accounts=email == "sue@acme.example"
        )
        for traits in (current.actor.traits, stale):

            async def select_both(work: UnitOfWork) -> tuple[Any, Any, Any]:
                actor, access, found = await work.lock_actor_and_select(visible_users, {}, "x")
                expected = await work.select_as(actor, access, visible_users, {}, "x")
                return actor, {row.email for row in found}, {row.email for row in expected}

            known = replace(current, actor=replace(current.actor, traits=traits))
            actor, found, expected = await run_in_transaction(writing, known, select_both)
            assert actor == current.actor
            assert found == expected
            assert email in found


async def test_there_may_be_no_row_beside_the_actor(writing: MutationContext) -> None:
    sam = await caller(writing, "sam@acme.example")
    actor, access, found = await run_in_transaction(writing, sam, lambda work: work.lock_actor_and_select(nothing, {}))
    assert (actor, found) == (sam.actor, [])
    assert access.traits == actor.traits


def nothing(_access: Access) -> Select[*tuple[Any, ...]]:
    return select(User.email).where(User.email == literal(""))


async def test_without_a_session_there_is_neither_actor_nor_row(writing: MutationContext) -> None:
    sam = await caller(writing, "sam@acme.example")
    await run(writing, "DELETE FROM sessions WHERE user_id = :id", id=SAM)
    for unknown in (sam, NOBODY):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, unknown, lambda work: work.lock_actor_and_select(nothing, {}))
        assert [problem.code for problem in rejection.value.problems] == [ErrorCode.UNAUTHENTICATED]


async def test_the_actor_is_read_after_the_wait_for_the_lock(writing: MutationContext) -> None:
    """Else a mutation could go on with permissions that were taken away while it waited."""
    sam = await caller(writing, "sam@acme.example")
    async with writing.engine.connect() as other:
        await other.execute(text("DELETE FROM user_permissions WHERE user_id = :id"), {"id": SAM})
        select_ = run_in_transaction(writing, sam, lambda work: work.lock_actor_and_select(nothing, {}))
        waiting = asyncio.create_task(select_)
        assert await is_blocked(writing, waiting)
        await other.commit()
    actor, access, _ = await waiting
    assert Permission.USER_MANAGEMENT not in actor.traits.permissions
    assert access.traits == actor.traits
