"""Signing in and out, and keeping sessions alive.

A refused sign-in answers the same, after the same work, whether the email is unknown, pending, expired or removed or
the password wrong: one SELECT, one argon2 verification, one audit row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from authz.actor import Actor
from models import AuditKind, Session, User, is_active, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password, needs_rehash, new_token, token_hash, verify_password
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from resolvers.validation.person import is_email

__all__ = ["SignedIn", "end_all", "load_actor", "sign_in", "sign_out", "touch"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. The token is known to its holder only; `expires_at` is its end however much it is used."""

    token: str
    expires_at: datetime
    session_id: UUID
    actor: Actor


async def sign_in(writing: MutationContext, caller: Caller, email: str, password: str) -> SignedIn:
    """Start a session for the active user with this email (in lower case) and password.

    Raises `MutationRejected`: RATE_LIMITED, or CREDENTIALS_INVALID for every other reason. No connection and no
    lock is held
    while the password is verified.
    """
    email = email if is_email(email) else ""
    with writing.limits.sign_in(email, caller.address):
        return await _sign_in(writing, caller, email, password)


async def _sign_in(writing: MutationContext, caller: Caller, email: str, password: str) -> SignedIn:
    candidate = await _candidate(writing, email)
    right = await verify_password(candidate.password_hash if candidate else None, password)
    fresh_hash = None
    if right and candidate and needs_rehash(candidate.password_hash):
        fresh_hash = await hash_password(password)

    async def start(work: UnitOfWork) -> SignedIn:
        if not right or candidate is None or not await _still(work, candidate):
            raise _refusal(work, email, candidate)
        if fresh_hash:
            await work.execute(update(User).where(User.id == candidate.id).values(password_hash=fresh_hash))
        return await _start(work, candidate)

    return await run_in_transaction(writing, caller, start)


async def sign_out(work: UnitOfWork) -> None:
    """End the caller's session. Raises `MutationRejected` (UNAUTHENTICATED) when there is none."""
    ended = None
    if work.caller.session is not None:
        statement = delete(Session).where(Session.token_hash == work.caller.session)
        ended = (await work.execute(statement.returning(Session.user_id))).scalar()
    if ended is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Nobody is signed in."))
    organization_id = (await work.execute(select(User.organization_id).where(User.id == ended))).scalar()
    await work.audit(AuditEntry(AuditKind.SESSION_ENDED, ended, organization_id, actor_id=ended))


async def end_all(work: UnitOfWork, user_id: UUID, but: bytes | None = None) -> None:
    """End the user's sessions, all or all but the one with the token hash `but`.

    Lock the user's row first: a sign-in that is under way then either has committed, and is ended here, or looks at the
    user anew after this transaction.
    """
    theirs = delete(Session).where(Session.user_id == user_id)
    await work.execute(theirs if but is None else theirs.where(Session.token_hash != but))


async def touch(work: UnitOfWork, session_ids: Collection[UUID]) -> None:
    """Note that these sessions are in use now, those of them that are still open.

    Rows that another process is writing to at this moment are left to it.
    """
    if not session_ids:
        return
    open_since = func.now() - work.writing.lifetimes.idle
    is_open = (Session.id.in_(session_ids), Session.last_seen_at > open_since, Session.expires_at > func.now())
    free = select(Session.id).where(*is_open).with_for_update(skip_locked=True)
    await work.execute(update(Session).where(Session.id.in_(free)).values(last_seen_at=func.now()))


async def _candidate(writing: MutationContext, email: str) -> Row[*tuple[Any, ...]] | None:
    columns = select(User.id, User.organization_id, User.password_hash, User.activated_at, User.removed_at)
    async with writing.engine.connect() as connection:
        return (await connection.execute(columns.where(User.email == email))).one_or_none()


async def _still(work: UnitOfWork, candidate: Row[*tuple[Any, ...]]) -> bool:
    """Whether the user is active and has the password that was verified; true until the end of the transaction."""
    statement = select(User.id).where(
        User.id == candidate.id,
        User.password_hash == candidate.password_hash,
        is_active(User.__table__),
    )
    return (await work.execute(statement.with_for_update(key_share=True))).scalar() is not None


def _refusal(work: UnitOfWork, email: str, candidate: Row[*tuple[Any, ...]] | None) -> MutationRejected:
    subject, organization = (candidate.id, candidate.organization_id) if candidate else (None, None)
    changes = {"email": (None, email)} if email else None
    work.audit_refusal(AuditEntry(AuditKind.SESSION_REFUSED, subject, organization, changes=changes))
    return MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "Email or password is not right.", ("input",)))


async def _start(work: UnitOfWork, user: Row[*tuple[Any, ...]]) -> SignedIn:
    token, session_id = new_token(), new_id()
    lifetimes = work.writing.lifetimes
    await work.execute(delete(Session).where(Session.user_id == user.id, Session.expires_at <= func.now()))
    statement = insert(Session).values(
        id=session_id, user_id=user.id, token_hash=token_hash(token), expires_at=func.now() + lifetimes.session
    )
    expires_at = (await work.execute(statement.returning(Session.expires_at))).scalar_one()
    await work.audit(AuditEntry(AuditKind.SESSION_STARTED, user.id, user.organization_id, actor_id=user.id))
    actor = await load_user_as_actor(work.connection, user.id)
    if actor is None:
        raise RuntimeError("a user who was locked as active is not active")
    return SignedIn(token, expires_at, session_id, actor)
