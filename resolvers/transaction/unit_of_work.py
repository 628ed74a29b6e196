"""The one place that commits.

A mutation is a function that takes a `UnitOfWork` and plain values. `perform` runs it in a transaction of its own:

    user_id = await perform(writing, caller, lambda work: users.create(work, new_user))

Whatever it changed, audited and put into the outbox is committed together, or not at all when it raises. Only what a
refusal itself leaves behind is written then, in a second transaction: what was noted by `audit_refusal`, and for whom
the rules of access refused, that they did.

Audit events are collected and written as the last thing before the commit. Their triggers lock the end of the chain of
the organization, so everybody else who writes to it waits from there to the commit, and for nothing else.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Executable, Select, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from authz.access import Access
from authz.actor import Actor
from authz.policy import Policy
from authz.recording import DecisionListener, RecordingAccess
from models import ApiClient, AuditKind, User
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import ClaimLost
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query.selection import ObjectField, Request
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.audit_log import AuditEntry, access_denied_entry, audit_rows
from resolvers.transaction.outbox import OutgoingMail, outbox_rows, wake_workers

T = TypeVar("T")
Rows = CursorResult[*tuple[Any, ...]]

log = logging.getLogger("portico.unit_of_work")

TRIES = 4
FIRST_PAUSE = 0.01
TRANSIENT_ERRORS = ("40001", "40P01")  # serialization_failure, deadlock_detected


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things are good for: a session in all (`session`) and unused (`idle`), the links in mails, and an answer
    under an idempotency key."""

    session: timedelta = timedelta(hours=24)
    idle: timedelta = timedelta(hours=2)
    activation: timedelta = timedelta(days=7)
    password_reset: timedelta = timedelta(hours=1)
    idempotency: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MutationContext:
    """What mutations need of the process around them.

    `secret_key` is the key from which one-time tokens are derived; the mail worker must have the same. `mail_domain` is
    the right side of Message-IDs. `onlooker` is told what the policy was asked. When the policy is swapped, a new value
    takes this one's place.
    """

    engine: AsyncEngine
    policy: Policy
    secret_key: bytes
    mail_domain: str = "portico.invalid"
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    limits: RateLimiter = field(default_factory=RateLimiter)
    decision_listener: DecisionListener = field(default_factory=DecisionListener, compare=False)


class UnitOfWork:
    """One transaction of one mutation. It neither commits nor rolls back by itself: `unit_of_work` does."""

    def __init__(self, connection: AsyncConnection, writing: MutationContext, caller: Caller) -> None:
        self.connection = connection
        self.writing = writing
        self.caller = caller
        self.audit_entries: list[AuditEntry] = []
        self.refusals: list[AuditEntry] = []
        self._rung = False
        self._asked: list[tuple[Actor, RecordingAccess]] = []

    async def execute(self, statement: Executable) -> Rows:
        """Run a statement in this transaction."""
        result: Rows = await self.connection.execute(statement)
        return result

    async def execute_as(self, actor: Actor, statement: Select[*tuple[Any, ...]]) -> Rows:
        """Run a SELECT that holds predicates of the policy, with `actor` as the one who asks."""
        result: Rows = await self.connection.execute(statement, actor.identity)
        return result

    async def in_savepoint(self, attempt: Callable[[], Awaitable[T | None]]) -> T | None:
        """The result of `attempt`; what it wrote is taken back, and nothing else, where that is None."""
        async with self.connection.begin_nested() as savepoint:
            result = await attempt()
            if result is None:
                await savepoint.rollback()
        return result

    async def lock_actor(self) -> tuple[Actor, Access]:
        """Who acts, and what they may, read now and true until the end of this transaction.

        The user's row is locked against change first: whoever takes a grant or a permission away, or removes the user,
        writes to that row too (its version) and waits for us, or has committed before we read. So does whoever revokes
        the API client that acts. Raises `MutationRejected` (UNAUTHENTICATED) when nobody is signed in any more.
        """
        actor = self.caller.actor and await self._reload(self.caller.actor)
        access = RecordingAccess(self.writing.policy, actor.traits) if actor else None
        if actor is None or access is None or not access.alive:
            raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
        self._asked.append((actor, access))
        return actor, access

    def notify_listener(self) -> None:
        """Say what the policy was asked, once it is asked no more."""
        for actor, access in self._asked:
            self.writing.decision_listener.on_decision(actor, access.policy, frozenset(access.recorded))

    async def _reload(self, known: Actor) -> Actor | None:
        # Two statements, since a SELECT that had to wait for the lock sees the permissions of before the wait.
        await self.execute(select(User.id).where(User.id == known.id).with_for_update(read=True))
        if known.client_id is not None:
            await self.execute(select(ApiClient.id).where(ApiClient.id == known.client_id).with_for_update(read=True))
        if self.caller.credential is None:
            # The command line and tests act for users without a session. A client never acts without its token.
            return None if known.client_id else await load_user_as_actor(self.connection, known.id)
        found = await load_actor(self.connection, self.caller.credential, self.writing.lifetimes.idle)
        return found[0] if found and found[0].id == known.id else None

    async def audit(self, *happenings: AuditEntry) -> None:
        """Record what happened: the events are written when the transaction is about to commit, all of them at once."""
        self.audit_entries += happenings

    async def write_events(self, happenings: Sequence[AuditEntry]) -> None:
        """Write these events now. Nothing may follow in this transaction but its end: the chain is locked."""
        if happenings:
            await self.execute(audit_rows(happenings, self.caller, self.writing.policy.version))

    async def lock_claim(self) -> None:
        """Note that what is changed here is committed under the caller's idempotency key, if they sent one. Raises
        `ClaimLost` where that was taken over. All that changes anything has an event, so none is needed without."""
        claim = self.caller.claim
        if claim is not None and self.audit_entries and not (await self.execute(claim.mark())).rowcount:
            raise ClaimLost

    def note_commit(self) -> None:
        """Say afterwards that it was."""
        if self.caller.claim is not None and self.audit_entries:
            self.caller.claim.committed = True

    def audit_refusal(self, happening: AuditEntry) -> None:
        """Record `happening` if, and only if, this unit of work ends with `MutationRejected`."""
        self.refusals.append(happening)

    def count_refusal(self) -> None:
        """Count that the rules of access refuse something to the caller. Raises `MutationRejected` (RATE_LIMITED)."""
        if self.caller.actor is not None:
            self.writing.limits.refuse(self.caller.actor.id)

    async def send(self, *mails: OutgoingMail) -> None:
        """Put mails into the outbox: they leave if this transaction commits."""
        await self.execute(outbox_rows(mails, self.writing.mail_domain))
        if not self._rung:
            await self.execute(wake_workers())
            self._rung = True


@asynccontextmanager
async def unit_of_work(
    writing: MutationContext, caller: Caller, refusal: AuditKind = AuditKind.MUTATION_REFUSED
) -> AsyncIterator[UnitOfWork]:
    """A transaction that commits at the end of the block, and leaves nothing behind if the block raises.

    With `MutationRejected`, only the events that tell of the refusal are committed, as `refusal` where the rules of
    access do.
    Who is refused by them too often gets RATE_LIMITED in the place of the answer: so each of their answers is in the
    trail, and nobody floods it. Statements run at READ COMMITTED: what must not change underneath is locked.
    Raises `ClaimLost`, and leaves nothing behind, where the caller's idempotency key was taken over.
    """
    async with writing.engine.connect() as connection:
        work = UnitOfWork(connection, writing, caller)
        try:
            yield work
        except MutationRejected as refused:
            await connection.rollback()
            tried = access_denied_entry(refused.problems, caller, refusal)
            if tried is not None:
                work.count_refusal()
                work.audit_refusal(tried)
            await work.write_events(work.refusals)
            await connection.commit()
            work.notify_listener()
            raise
        await work.lock_claim()
        await work.write_events(work.audit_entries)
        await connection.commit()
        work.note_commit()
        work.notify_listener()


async def run_in_transaction(
    writing: MutationContext, caller: Caller, mutation: Callable[[UnitOfWork], Awaitable[T]]
) -> T:
    """Run `mutation` in a unit of work and return its result after the commit.

    When PostgreSQL gives the transaction up in favour of another (deadlock, serialization), nothing was changed, and it
    is run again from the start, a few times.
    """
    for tried in range(1, TRIES):
        try:
            async with unit_of_work(writing, caller) as work:
                return await mutation(work)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in TRANSIENT_ERRORS:
                raise
            log.info("Transaction given up by PostgreSQL at try %d: %s", tried, error.orig)
        await asyncio.sleep(FIRST_PAUSE * 2**tried)
    async with unit_of_work(writing, caller) as work:
        return await mutation(work)


async def run_access_query(
    writing: MutationContext, caller: Caller, question: Callable[[UnitOfWork], Awaitable[T]]
) -> T:
    """Run a question that changes nothing in a unit of work, and return its answer. Its refusal is that of a query."""
    async with unit_of_work(writing, caller, AuditKind.QUERY_REFUSED) as work:
        return await question(work)


async def record_denied_read(
    writing: MutationContext, caller: Caller, request: Request, refused: MutationRejected
) -> NoReturn:
    """Record that a query was refused to `caller`, where the rules of access do so, and raise `refused`.

    Response keys are whatever the client chose to write: the trail has the names of the fields in their place. Raises
    `MutationRejected` (RATE_LIMITED) instead where it happened too often.
    """
    names = {part.key: part.field for part in request.selection.parts if isinstance(part, ObjectField)}
    problems = [replace(each, path=tuple(names.get(step, "?") for step in each.path[:1])) for each in refused.problems]
    operation = next((problem.path[0] for problem in problems if problem.path), "")
    tried = access_denied_entry(problems, replace(caller, operation=operation), AuditKind.QUERY_REFUSED)
    if tried is not None:
        async with unit_of_work(writing, caller) as work:
            work.count_refusal()
            await work.audit(tried)
    raise refused
