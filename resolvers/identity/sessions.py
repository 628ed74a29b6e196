"""Starts, ends and keeps alive the sessions of users.

A rejected sign-in gets the same response after the same work (one SELECT, one argon2 verification, one audit row),
whether the email is unknown, pending, expired or removed, or the password is wrong. It waits in the same line for it:
the line depends on the email and address alone. Only the right password reveals that a second factor is needed. That a
provider must be used is said of all emails of a domain, and otherwise only to somebody with the right password.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Delete,
    Row,
    Update,
    Uuid,
    and_,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models import AuditKind, Session, User, organization_of, tenant_of
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.email_directory import has_email
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password, needs_rehash, verify_password
from resolvers.identity.provider_rule import domain_must_use_provider, must_use_provider
from resolvers.identity.second_factors import FactorUser, lock_factors
from resolvers.identity.session_start import SignedIn, start_session
from resolvers.identity.sign_in_tickets import NewTicket, SecondFactorNeeded, issue_ticket, tickets_of
from resolvers.prepared_statement import single_statements
from resolvers.rate_limits.hashing_queue import Line, Place
from resolvers.rate_limits.sign_in_throttle import source_of
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.domains import domain_of
from resolvers.validation.text import is_email

__all__ = [
    "SignedIn",
    "end_all_sessions",
    "end_other_sessions",
    "end_replaced",
    "end_session",
    "line_of",
    "place_for",
    "sessions_of",
    "sign_in",
    "sign_out",
    "touch_sessions",
]


async def sign_in(
    context: MutationContext, caller: Caller, email: str, password: str, *, replaced: SessionToken | None = None
) -> SignedIn:
    """Start a session for the active user with this email (in lower case) and password.

    It is a new one whatever the caller has sent. The session with the token `replaced`, if there is one, ends with it:
    that of the cookie which the new one overwrites.

    Raises `MutationRejected`: RATE_LIMITED; SINGLE_SIGN_ON_REQUIRED if users of the email's domain, or of the user's
    organization, sign in at a provider; CREDENTIALS_INVALID for every other reason. Raises SecondFactorNeeded, with a
    ticket, if the password is not enough. Raises QueueFull, and counts no attempt, if too many passwords wait to be
    checked. No connection and no lock is held while the password is verified.
    """
    email = email if is_email(email) else ""
    async with context.limits.sign_in(email, caller.address) as attempt:
        found = await _find_candidate(context, email)
        candidate = found if found.id is not None else None
        place = place_for(context, caller, line_of(known=attempt.known))
        is_correct = await verify_password(candidate.password_hash if candidate else None, password, place)
        fresh_hash = None
        if is_correct and candidate and needs_rehash(candidate.password_hash):
            fresh_hash = await hash_password(password, place)

        async def start(work: UnitOfWork) -> SignedIn | NewTicket:
            user = await _lock_unchanged(work, candidate) if is_correct and candidate is not None else None
            if user is None:
                must_use_provider = found.domain_must_use_provider or (is_correct and found.must_use_provider)
                raise _rejection(work, email, candidate, must_use_provider=must_use_provider)
            if fresh_hash:
                await work.execute(_rehash(user, fresh_hash))
            if user.has_any or user.is_required:
                return await issue_ticket(work, user)
            await end_replaced(work, replaced)
            return await start_session(work, user.id, user.organization_id)

        started = await run_in_transaction(context, caller, start)
    if isinstance(started, NewTicket):
        raise SecondFactorNeeded(started)
    return started


async def end_replaced(work: UnitOfWork, replaced: SessionToken | None) -> None:
    """End the session whose cookie is overwritten by that of a new one, if there is one."""
    if replaced is not None:
        await _end(work, *_is_of(replaced))


def place_for(context: MutationContext, caller: Caller, line: Line) -> Place:
    """The place of the caller's passwords in the queue of hashing."""
    return Place(context.hashing, line, source_of(caller.address), caller.disconnected)


def line_of(*, known: bool) -> Line:
    """The line of a password that is checked for an email, whether or not a user has it: `known` tells whether it has
    signed in from the caller's address before."""
    return Line.KNOWN if known else Line.OTHER


async def sign_out(work: UnitOfWork) -> None:
    """End the caller's session. Raises `MutationRejected` (UNAUTHENTICATED) if there is none."""
    session = work.caller.session
    if session is None or not await _end(work, *_is_of(session)):
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "You are not signed in."))


async def end_session(work: UnitOfWork, session_id: UUID | None) -> bool:
    """End an open session of the caller, and return whether it is the one that they are using.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client, NOT_FOUND for a session that has ended and
    for those of others.
    """
    own = await _lock_session_owner(work)
    ended = await _end(work, *own, Session.id == session_id, _is_open(work)) if session_id is not None else ()
    if not ended:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "You have no open session with this id.", ("input", "id")))
    return work.caller.session_hash in ended


async def end_other_sessions(work: UnitOfWork) -> int:
    """End all sessions of the caller but the one that they are using, and return how many of them were open.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client.
    """
    own = await _lock_session_owner(work)
    others = and_(*own, Session.token_hash.is_distinct_from(work.caller.session_hash))
    count = len(await _end(work, others, _is_open(work)))
    await work.execute(delete(Session).where(others))
    return count


async def _lock_session_owner(work: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    """Lock the caller, and return the condition that a session is theirs."""
    if work.caller.actor is not None:
        # For update: of two sessions that end each other at the same time, one is left.
        is_caller = User.tenant_id == work.caller.actor.tenant_id, User.id == work.caller.actor.id
        await work.execute(select(User.id).where(*is_caller).with_for_update(key_share=True))
    actor, _ = await work.lock_actor()
    if actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "API clients have no sessions. Only users do."))
    return Session.tenant_id == actor.tenant_id, Session.user_id == actor.id


async def _end(work: UnitOfWork, *conditions: ColumnElement[bool]) -> Sequence[bytes]:
    """End the sessions for which the conditions hold, with an event for each, and return the hashes of their tokens."""
    ended = delete(Session).where(*conditions).returning(Session.token_hash, Session.tenant_id, Session.user_id)
    sessions = (await work.execute(ended)).all()
    for session in sessions:
        owner, organization_id = session.user_id, organization_of(session.tenant_id)
        await work.audit(AuditEntry(AuditKind.SESSION_ENDED, owner, organization_id, actor_id=owner))
    return [session.token_hash for session in sessions]


def _is_of(token: SessionToken) -> tuple[ColumnElement[bool], ...]:
    """The condition that a session has this token. That of a former version doesn't say its tenant."""
    has_hash = Session.token_hash == token.hash
    return (has_hash,) if token.tenant_id is None else (Session.tenant_id == token.tenant_id, has_hash)


async def end_all_sessions(
    work: UnitOfWork, tenant_id: UUID, *user_ids: UUID, except_token_hash: bytes | None = None
) -> None:
    """End all sessions of these users of a tenant, except the one with the hash `except_token_hash`, if given, and all
    sign-ins that they have begun.

    The caller must have locked the users' rows: a concurrent sign-in then has either committed, and is ended here, or
    reads the user again after this transaction.
    """
    statement = sessions_of(tenant_id, *user_ids)
    if except_token_hash is not None:
        statement = statement.where(Session.token_hash != except_token_hash)
    await work.execute(statement.add_cte(tickets_of(tenant_id, *user_ids).cte("tickets")))


def sessions_of(tenant_id: UUID, *user_ids: UUID) -> Delete:
    """The DELETE that ends all sessions of these users of a tenant, for `end_all_sessions` or as a CTE of a change."""
    return delete(Session).where(Session.tenant_id == tenant_id, Session.user_id.in_(user_ids))


async def touch_sessions(work: UnitOfWork, sessions: Collection[tuple[UUID, UUID]]) -> None:
    """Record that these sessions, each named by its tenant and id, are in use now, as far as they are still open.

    They can be of any tenants, so no row is locked first. Those that another process has touched meanwhile are left
    as they are; if two processes wait for each other, one of them runs again.
    """
    if not sessions:
        return
    tenants, ids = zip(*sorted(sessions), strict=True)
    used = func.unnest(literal(tenants, ARRAY(Uuid())), literal(ids, ARRAY(Uuid())))
    used_ = used.table_valued(column("tenant_id", Uuid()), column("id", Uuid())).render_derived("used")
    is_used = Session.tenant_id == used_.c.tenant_id, Session.id == used_.c.id
    is_due = Session.last_seen_at < func.now()
    await work.execute(update(Session).where(*is_used, is_due, _is_open(work)).values(last_seen_at=func.now()))


def _is_open(work: UnitOfWork) -> ColumnElement[bool]:
    return and_(Session.last_seen_at > func.now() - work.context.lifetimes.idle, Session.expires_at > func.now())


async def _find_candidate(context: MutationContext, email: str) -> Row[*tuple[Any, ...]]:
    """The user of an email, with NULLs if there is none, and who must sign in at a provider."""
    user = User.__table__.alias("users")
    staff = context.staff_provider
    domain = domain_of(email)
    columns = user.c.id, user.c.organization_id, user.c.password_hash, user.c.activated_at, user.c.removed_at
    must = must_use_provider(user, staff).label("must_use_provider")
    found = select(*columns, must).where(has_email(user, email)).subquery("found")
    is_staffs = literal(staff is not None and staff.is_required and domain in staff.domains)
    # The subquery that always has a row comes first. Its condition within the one of users would be refused by a
    # distributed database.
    of_domain = or_(domain_must_use_provider(), is_staffs).label("domain_must_use_provider")
    always = select(of_domain).subquery("always")
    statement = select(*found.c, *always.c).select_from(always.outerjoin(found, true()))
    async with single_statements(context.engine) as connection:
        return (await connection.execute(statement, {"domain": domain})).one()


async def _lock_unchanged(work: UnitOfWork, candidate: Row[*tuple[Any, ...]]) -> FactorUser | None:
    """Lock the user if they are active, need no provider, and still have the password that was verified."""
    if candidate.must_use_provider:
        return None
    user = await lock_factors(work, tenant_of(candidate.organization_id), candidate.id)
    return user if user is not None and user.password_hash == candidate.password_hash else None


def must_use_single_sign_on() -> MutationRejected:
    """The rejection of somebody who must sign in at a provider."""
    message = "Sign in with single sign-on: your organization allows no other way."
    return MutationRejected(Problem(ErrorCode.SINGLE_SIGN_ON_REQUIRED, message, ("input",)))


def _rehash(user: FactorUser, fresh_hash: str) -> Update:
    own = User.tenant_id == user.tenant_id, User.id == user.id
    return update(User).where(*own).values(password_hash=fresh_hash)


def _rejection(
    work: UnitOfWork, email: str, candidate: Row[*tuple[Any, ...]] | None, *, must_use_provider: bool
) -> MutationRejected:
    subject, organization = (candidate.id, candidate.organization_id) if candidate else (None, None)
    changes = {"email": (None, email)} if email else None
    work.audit_on_rejection(AuditEntry(AuditKind.SESSION_REFUSED, subject, organization, changes=changes))
    if must_use_provider:
        return must_use_single_sign_on()
    return MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "Incorrect email or password.", ("input",)))
