"""Starts, ends and keeps alive the sessions of users.

A rejected sign-in gets the same response after the same work (one SELECT, one argon2 verification, one audit row),
whether the email is unknown, pending, expired or removed, or the password is wrong. It waits in the same line for it:
the line depends on the email and address alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Delete,
    Row,
    Uuid,
    and_,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.actor import Actor
from models import AuditKind, Session, User, is_active, new_id, organization_of, tenant_of
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.email_directory import has_email
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.client_description import browser_and_system, network_of
from resolvers.identity.hashing import hash_password, needs_rehash, new_token, token_hash, verify_password
from resolvers.prepared_statement import single_statements
from resolvers.rate_limits.hashing_queue import Line, Place
from resolvers.rate_limits.sign_in_throttle import source_of
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.text import is_email


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. Only the caller gets the token. The session ends at `expires_at` even if it is in use."""

    token: str
    expires_at: datetime
    session_id: UUID
    actor: Actor


async def sign_in(
    context: MutationContext, caller: Caller, email: str, password: str, *, replaced: SessionToken | None = None
) -> SignedIn:
    """Start a session for the active user with this email (in lower case) and password.

    It is a new one whatever the caller has sent. The session with the token `replaced`, if there is one, ends with it:
    that of the cookie which the new one overwrites.

    Raises `MutationRejected`: RATE_LIMITED; CREDENTIALS_INVALID for every other reason. Raises QueueFull, and counts no
    attempt, if too many passwords wait to be checked. No connection and no lock is held while the password is verified.
    """
    email = email if is_email(email) else ""
    async with context.limits.sign_in(email, caller.address) as attempt:
        candidate = await _find_candidate(context, email)
        place = place_for(context, caller, line_of(known=attempt.known))
        is_correct = await verify_password(candidate.password_hash if candidate else None, password, place)
        fresh_hash = None
        if is_correct and candidate and needs_rehash(candidate.password_hash):
            fresh_hash = await hash_password(password, place)

        async def start(work: UnitOfWork) -> SignedIn:
            if not is_correct or candidate is None or not await _record_sign_in(work, candidate):
                raise _rejection(work, email, candidate)
            if replaced is not None:
                await _end(work, *_is_of(replaced))
            if fresh_hash:
                await work.execute(update(User).where(*_is_user(candidate)).values(password_hash=fresh_hash))
            return await _start(work, candidate)

        return await run_in_transaction(context, caller, start)


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
    """End all sessions of these users of a tenant, except the one with the hash `except_token_hash`, if given.

    The caller must have locked the users' rows: a concurrent sign-in then has either committed, and is ended here, or
    reads the user again after this transaction.
    """
    statement = sessions_of(tenant_id, *user_ids)
    if except_token_hash is not None:
        statement = statement.where(Session.token_hash != except_token_hash)
    await work.execute(statement)


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


async def _find_candidate(context: MutationContext, email: str) -> Row[*tuple[Any, ...]] | None:
    columns = select(User.id, User.organization_id, User.password_hash, User.activated_at, User.removed_at)
    async with single_statements(context.engine) as connection:
        return (await connection.execute(columns.where(has_email(User.__table__, email)))).one_or_none()


async def _record_sign_in(work: UnitOfWork, candidate: Row[*tuple[Any, ...]]) -> bool:
    """Lock the user, and record the sign-in if they are active and still have the password that was verified. Returns
    whether it was recorded."""
    unchanged = (
        *_is_user(candidate),
        User.password_hash == candidate.password_hash,
        is_active(User.__table__),
    )
    # Nothing else, because this is no change of the user: their version stays.
    statement = update(User).where(*unchanged).values(last_sign_in_at=func.now())
    return (await work.execute(statement.returning(User.id))).scalar() is not None


def _is_user(candidate: Row[*tuple[Any, ...]]) -> tuple[ColumnElement[bool], ...]:
    return User.tenant_id == tenant_of(candidate.organization_id), User.id == candidate.id


def _rejection(work: UnitOfWork, email: str, candidate: Row[*tuple[Any, ...]] | None) -> MutationRejected:
    subject, organization = (candidate.id, candidate.organization_id) if candidate else (None, None)
    changes = {"email": (None, email)} if email else None
    work.audit_on_rejection(AuditEntry(AuditKind.SESSION_REFUSED, subject, organization, changes=changes))
    return MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "Incorrect email or password.", ("input",)))


async def _start(work: UnitOfWork, user: Row[*tuple[Any, ...]]) -> SignedIn:
    tenant_id = tenant_of(user.organization_id)
    token, session_id = new_token(tenant_id), new_id()
    lifetimes = work.context.lifetimes
    own = Session.tenant_id == tenant_id, Session.user_id == user.id
    expired = delete(Session).where(*own, Session.expires_at <= func.now()).cte("expired")
    statement = insert(Session).values(
        id=session_id,
        tenant_id=tenant_id,
        user_id=user.id,
        token_hash=token_hash(token),
        expires_at=func.now() + lifetimes.session,
        network=network_of(work.caller.address),
        user_agent=browser_and_system(work.caller.user_agent),
    )
    expires_at = (await work.execute(statement.returning(Session.expires_at).add_cte(expired))).scalar_one()
    await work.audit(AuditEntry(AuditKind.SESSION_STARTED, user.id, user.organization_id, actor_id=user.id))
    actor = await load_user_as_actor(work.connection, user.id, tenant_id)
    if actor is None:
        raise RuntimeError("the user was locked as active but is not active")
    return SignedIn(token, expires_at, session_id, actor)
