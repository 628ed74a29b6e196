"""Runs mutations in transactions. This is the only module that commits.

A mutation is a function that takes a `UnitOfWork` and plain values. `run_in_transaction` runs it in its own
transaction:

    user_id = await run_in_transaction(context, caller, lambda work: create_user(work, new_user))

Its changes, audit events and mails are committed together, or not at all if it raises. If it raises `MutationRejected`,
a second transaction writes the events of the rejection only: the entries of `audit_on_rejection`, and for an access
denial, the denial.

Audit events are collected and written as the last statement before the commit. Their triggers lock the end of the
organization's chain, so other transactions that write to the same chain wait only from there to the commit.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Executable, Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.recording import Check, RecordingAccess
from models import AuditKind, Base
from resolvers import timeline
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import ClaimLost, mark_committed
from resolvers.callers.load_actor import actor_statement
from resolvers.driver_connection import driver_connection
from resolvers.errors import MutationRejected, Problem
from resolvers.prepared_statement import PreparedStatement, Rows, sql_of
from resolvers.rate_limits.flows import flow_of
from resolvers.rate_limits.limiter import CountedMails, MailBatch
from resolvers.rate_limits.mail_limits import MailSender, RecipientField
from resolvers.transaction.acting import ActingRow, acting_query, is_found, not_signed_in, with_actor
from resolvers.transaction.audit_log import AuditEntry, access_denied_entry, audit_parameters, insert_audit_events
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import OutgoingMail, limited_recipients, outbox_write
from resolvers.transaction.policy_statements import BuildSelect
from resolvers.transaction.row_locks import RowLocks, locks_of
from resolvers.transaction.writes import Write, one_statement

T = TypeVar("T")

log = logging.getLogger("portico.unit_of_work")

MAX_ATTEMPTS = 4
FIRST_PAUSE = 0.01
TRANSIENT_ERRORS = ("40001", "40P01")  # serialization_failure, deadlock_detected


_current: ContextVar["UnitOfWork | None"] = ContextVar("portico.unit_of_work", default=None)


def is_transaction_open() -> bool:
    """Whether this task is running a unit of work: it holds a connection, and perhaps locks."""
    work = _current.get()
    return work is not None and work.is_open and work.task is asyncio.current_task()


class UnitOfWork:
    """One transaction of one mutation. It never commits or rolls back itself; `unit_of_work` does."""

    def __init__(self, connection: AsyncConnection, context: MutationContext, caller: Caller) -> None:
        self.connection = connection
        self.context = context
        self.caller = caller
        self.audit_entries: list[AuditEntry] = []
        self.rejection_entries: list[AuditEntry] = []
        self.is_open = True
        self.task = asyncio.current_task()
        self.has_run = False
        self._uncount_mails: list[Callable[[], Awaitable[None]]] = []
        self._decisions: list[tuple[Actor, RecordingAccess]] = []
        self._checks: list[Check] = []

    async def execute(
        self, statement: Executable | PreparedStatement, parameters: Mapping[str, Any] | None = None
    ) -> Rows:
        """Run a statement in this transaction."""
        result: Rows
        start = timeline.now()
        try:
            if isinstance(statement, PreparedStatement):
                result = await statement.execute_on(self.connection, parameters or {})
            else:
                result = await self.connection.execute(statement, parameters)
        finally:
            if start:
                timeline.add("statement", start, sql_of(statement))
        self.has_run = True
        return result

    async def execute_as(self, actor: Actor, statement: Select[*tuple[Any, ...]]) -> Rows:
        """Run a SELECT that contains policy predicates, evaluated for `actor`."""
        return await self.execute(statement, actor.identity)

    async def select_as(
        self, actor: Actor, access: Access, build: BuildSelect, parameters: Mapping[str, Any], *variant: Hashable
    ) -> Rows:
        """Run the SELECT with policy predicates that `build` builds, evaluated for `actor`, with these parameters. It
        is built once per policy and traits; see `PolicyStatements.get`."""
        statement = self.context.statements.get(access, build, *variant)
        return await self.execute(statement, {**actor.identity, **parameters})

    async def write(self, *writes: Write) -> None:
        """Perform writes that don't depend on each other, in one statement."""
        if writes:
            await self.execute(*one_statement(writes))

    async def add(self, new_rows: Write, *writes: Write) -> Rows:
        """Add rows, and perform writes that depend on them alone, in one statement (`one_statement`). Returns the rows
        that were added."""
        return await self.execute(*one_statement(writes, new_rows))

    async def in_savepoint(self, attempt: Callable[[], Awaitable[T | None]]) -> T | None:
        """Run `attempt` in a savepoint and return its result. If that is None, only its own writes are rolled back."""
        async with self.connection.begin_nested() as savepoint:
            result = await attempt()
            if result is None:
                await savepoint.rollback()
        return result

    async def lock_actor(self, locks: RowLocks | None = None) -> tuple[Actor, Access]:
        """The actor and what they may do, read now and valid until the end of this transaction.

        The user's row is locked against change first. A transaction that removes the user, or one of their grants or
        permissions, also writes to that row (its version), so it either waits for this one or has committed before the
        read. The same holds for a transaction that revokes the acting API client. `locks` replaces the statement that
        locks both rows by one that locks further ones. Raises `MutationRejected` (UNAUTHENTICATED) if the caller is no
        longer signed in.
        """
        expected, query = acting_query(self.caller, self.context.lifetimes.idle)
        locks = locks or locks_of(expected)
        row = (await self.lock_and_execute(locks, actor_statement(query), query.parameters)).one_or_none()
        return self._acting(expected, None if row is None else query.actor_of(row))

    async def lock_actor_and_select(
        self, build: BuildSelect, parameters: Mapping[str, Any], *variant: Hashable, locks: RowLocks | None = None
    ) -> tuple[Actor, Access, Sequence[Row[*tuple[Any, ...]]]]:
        """`lock_actor`, and then `select_as`, in one statement: the actor, what they may do, and the rows. Its values
        are named otherwise than the parameters of an `ActorQuery`."""
        expected, query = acting_query(self.caller, self.context.lifetimes.idle)
        guess = RecordingAccess(self.context.policy, expected.traits)
        statement = self.context.statements.get(guess, with_actor, build, query.build, *variant)
        parameters_ = {**expected.identity, **query.parameters, **parameters}
        rows = (await self.lock_and_execute(locks or locks_of(expected), statement, parameters_)).all()
        actor, access = self._acting(expected, query.actor_of(ActingRow(rows[0])) if rows else None)
        if (actor.traits, actor.identity) != (expected.traits, expected.identity):
            return actor, access, (await self.select_as(actor, access, build, parameters, *variant)).all()
        access.recorded.update(guess.recorded)
        return actor, access, [row for row in rows if is_found(row)]

    def _acting(self, expected: Actor, actor: Actor | None) -> tuple[Actor, RecordingAccess]:
        if actor is None or actor.id != expected.id:
            raise not_signed_in()
        access = RecordingAccess(self.context.policy, actor.traits)
        if not access.alive:
            raise not_signed_in()
        self._decisions.append((actor, access))
        return actor, access

    async def lock_and_execute(
        self, locks: RowLocks, statement: PreparedStatement, parameters: Mapping[str, Any]
    ) -> Rows:
        """Take the locks, and then run the statement, which sees what was committed before."""
        # The lock is a statement of its own, because a SELECT that had to wait for it sees the rows from before the
        # wait. As a part of the BEGIN, it takes no round trip.
        if self.connection.in_transaction():
            await self.execute(locks.statement, locks.parameters)
            return await self.execute(statement, parameters)
        with (await driver_connection(self.connection)).beginning_with(locks.sql):
            return await self.execute(statement, parameters)

    def record_check(self, action: str, model: type[Base], key: UUID | None, *, allowed: bool) -> None:
        """Record for the decision log, if there is one, whether the actor may perform `action` on the row `key`."""
        if self.context.decision_listener.log is not None and key is not None:
            self._checks.append(Check(str(action), model, key, allowed))

    def notify_listener(self) -> None:
        """Report the recorded policy decisions, after the last one has been made."""
        for actor, access in self._decisions:
            checks, self._checks = self._checks, []
            self.context.decision_listener.on_decision(actor, access.policy, frozenset(access.recorded), checks)

    async def audit(self, *entries: AuditEntry) -> None:
        """Record events. They are all written together, just before the commit."""
        self.audit_entries += entries

    async def write_audit_entries(self, entries: Sequence[AuditEntry]) -> None:
        """Write these events now. This must be the last statement of the transaction, because it locks the chain. If it
        is also the first, it needs neither BEGIN nor COMMIT."""
        if entries:
            if not self.connection.in_transaction():
                await self.connection.execution_options(isolation_level="AUTOCOMMIT")
            parameters = audit_parameters(entries, self.caller, self.context.policy.version)
            await self.execute(insert_audit_events(), parameters)

    def audit_on_rejection(self, entry: AuditEntry) -> None:
        """Record `entry` if and only if this unit of work ends with `MutationRejected`."""
        self.rejection_entries.append(entry)

    async def count_denial(self) -> None:
        """Count an access denial for the caller. Raises `MutationRejected` (RATE_LIMITED) if there were too many."""
        if self.caller.actor is not None:
            await self.context.limits.deny_access(self.caller.actor.id)

    async def mail_write(self, *mails: OutgoingMail, sender: MailSender | None = None) -> Write:
        """The write that puts mails into the outbox. They are sent if this transaction commits.

        They are counted first, and uncounted if it does not commit. Raises `MutationRejected` (RATE_LIMITED) if the
        sender, which is the caller unless `sender` is given, sends too many, or too many to one mailbox.
        """
        sender = sender or self._mail_sender
        self._uncount_mails.append(await self.context.limits.send_mails(sender, limited_recipients(mails)))
        return outbox_write(mails, self.context.mail_domain)

    async def mail_problems(self, recipients: Sequence[RecipientField]) -> list[Problem | None]:
        """For each recipient, the problem (RATE_LIMITED) if a mail to each would be too many to that mailbox. Counts
        nothing."""
        return await self.context.limits.mail_problems(self._mail_sender, recipients)

    def mail_batch(self, recipients: Sequence[RecipientField]) -> MailBatch:
        """The mails of the caller to these recipients, to be counted with an attempt."""
        return MailBatch(self._mail_sender, recipients)

    def will_send(self, mails: CountedMails) -> None:
        """Uncount these mails unless this transaction commits. Raises `MutationRejected` (RATE_LIMITED) if they are too
        many."""
        if mails.problem is not None:
            raise mails.problem
        self._uncount_mails.append(mails.uncount)

    @property
    def _mail_sender(self) -> MailSender:
        actor = self.caller.actor
        return MailSender(actor.id if actor else None, actor.organization_id if actor else None)

    async def send(self, *mails: OutgoingMail, sender: MailSender | None = None) -> None:
        """Put mails into the outbox now, as `mail_write` does."""
        await self.write(await self.mail_write(*mails, sender=sender))

    async def uncount_mails(self) -> None:
        """Uncount the mails of a transaction that does not commit."""
        while self._uncount_mails:
            await self._uncount_mails.pop()()


@asynccontextmanager
async def unit_of_work(
    context: MutationContext, caller: Caller, denial_kind: AuditKind = AuditKind.MUTATION_REFUSED
) -> AsyncIterator[UnitOfWork]:
    """A transaction that commits at the end of the block, or changes nothing if the block raises.

    After `MutationRejected`, only the events of the rejection are committed; an access denial is recorded as
    `denial_kind`. A caller whose requests are denied too often gets RATE_LIMITED instead, so every denial that a caller
    receives is in the trail, and nobody can flood it. Statements run at READ COMMITTED; rows that must not change
    meanwhile are locked. After the commit, waits until the read replicas have the change. Raises `ClaimLost`, and
    changes nothing, if another request has taken over the caller's idempotency key; and QueueFull if no connection
    becomes free for this caller.
    """
    async with _connection(context, caller) as connection:
        work = UnitOfWork(connection, context, caller)
        outer = _current.get()
        _current.set(work)
        try:
            try:
                yield work
            except MutationRejected as rejection:
                await connection.rollback()
                await _record_rejection(work, rejection, denial_kind)
                raise
            # A transaction without audit events changes nothing, so it needs no record under the idempotency key.
            claim = work.caller.claim if work.audit_entries else None
            if claim is not None and not (await work.execute(mark_committed(), claim.parameters)).rowcount:
                raise ClaimLost
            await work.write_audit_entries(work.audit_entries)
        except BaseException:
            await work.uncount_mails()
            raise
        finally:
            work.is_open = False
            _current.set(outer)
        await connection.commit()
        if claim is not None:
            claim.committed = True
        work.notify_listener()
    # A transaction without audit events changes nothing that anybody must read at once.
    if context.replication is not None and work.audit_entries:
        await context.replication.catch_up()


@asynccontextmanager
async def _connection(context: MutationContext, caller: Caller) -> AsyncIterator[AsyncConnection]:
    """A connection for one unit of work, and the place that it needs."""
    place = nullcontext() if context.places is None else context.places.place(flow_of(caller))
    async with place, context.engine.connect() as connection:
        yield connection


async def _record_rejection(work: UnitOfWork, rejection: MutationRejected, denial_kind: AuditKind) -> None:
    """Commits the events of a rejection, after its transaction has been rolled back."""
    denial = access_denied_entry(rejection.problems, work.caller, denial_kind)
    if denial is not None:
        await work.count_denial()
        work.audit_on_rejection(denial)
    await work.write_audit_entries(work.rejection_entries)
    await work.connection.commit()
    work.notify_listener()


async def run_in_transaction(
    context: MutationContext, caller: Caller, mutation: Callable[[UnitOfWork], Awaitable[T]]
) -> T:
    """Run `mutation` in a unit of work and return its result after the commit.

    If PostgreSQL aborts the transaction in favour of another one (deadlock, serialization failure), nothing has
    changed, and the mutation is run again from the start, up to `MAX_ATTEMPTS` times in all. It is also run again if
    the database had closed the connection before the first statement.
    """
    for attempt in range(1, MAX_ATTEMPTS):
        has_run = False
        try:
            async with unit_of_work(context, caller) as work:
                try:
                    return await mutation(work)
                finally:
                    has_run = work.has_run
        except DBAPIError as error:
            if error.connection_invalidated and not has_run:
                log.info("The database closed an idle connection: using another one at attempt %d.", attempt + 1)
                continue
            if getattr(error.orig, "sqlstate", None) not in TRANSIENT_ERRORS:
                raise
            log.info("Transaction aborted by PostgreSQL at attempt %d: %s", attempt, error.orig)
        await asyncio.sleep(FIRST_PAUSE * 2**attempt)
    async with unit_of_work(context, caller) as work:
        return await mutation(work)
