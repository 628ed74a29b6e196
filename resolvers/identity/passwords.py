"""Passwords after the first one: changed by who knows the current one, or set anew by who holds a link from a mail.

Whether a request for a reset sent a mail is told to nobody but the mailbox: the answer is the same whether the email is
unknown, pending, expired, removed or active, it is counted against the same limits, and it leaves at the same moment.
Only an admin who could resend the activation of a user is told that it is this what the user needs.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, update

from authz.model.resources import VIEW, UserAction
from models import AuditKind, MailKind, TokenPurpose, User, is_active
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password, verify_password
from resolvers.identity.one_time_tokens import consume, issue, lock_token, revoke
from resolvers.identity.password_strength import weakness
from resolvers.identity.sessions import end_all
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from resolvers.validation.person import email_problems

TICK = 0.25
"""Seconds, far more than a request for a reset takes: opening a link writes more than opening none, and how long the
answer takes must not tell which it was."""

_WRONG = Problem(ErrorCode.CREDENTIALS_INVALID, "This is not your current password.", ("input", "currentPassword"))

_UNACTIVATED = Problem(
    ErrorCode.NOT_ACTIVATED, "This user has not activated yet. Resend the activation instead.", ("input", "email")
)


async def change(writing: MutationContext, caller: Caller, current_password: str, new_password: str) -> UUID:
    """Give the caller a new password and end all their other sessions; returns their user id.

    Raises `MutationRejected`: UNAUTHENTICATED, RATE_LIMITED, CREDENTIALS_INVALID, PASSWORD_TOO_WEAK. A wrong
    current password
    counts as a failed sign-in, so that a session left open is no second way to guess. No connection and no lock is held
    while passwords are verified, judged and hashed.
    """
    user = await run_in_transaction(writing, caller, _own_row)
    with writing.limits.sign_in(user.email, caller.address):
        right = await verify_password(user.password_hash, current_password)
        weak = await weak_problems(new_password, user, "newPassword")
        if not right:
            await run_in_transaction(writing, caller, lambda work: _refuse(work, user, weak))
    if weak:
        raise MutationRejected(weak)
    new_hash = await hash_password(new_password)
    return await run_in_transaction(writing, caller, lambda work: _change(work, user, new_hash))


async def request_reset(writing: MutationContext, caller: Caller, email: str) -> None:
    """Mail a link for a new password to the active user with this email (in lower case), if there is one.

    A link that was sent before is dead then. Raises `MutationRejected`: INVALID, RATE_LIMITED; neither depends on
    what users
    there are. NOT_ACTIVATED is for a caller who may change the user with this email, who has not activated yet.
    """
    problems = list(email_problems(email))
    if problems:
        raise MutationRejected(problems)
    writing.limits.request_password_reset(email, caller.address)
    started = time.monotonic()
    try:
        await run_in_transaction(writing, caller, lambda work: _send_link(work, email))
    finally:
        await asyncio.sleep(TICK - (time.monotonic() - started) % TICK)


async def reset(work: UnitOfWork, token: str, password: str) -> UUID:
    """Set the password of the user to whom the link with this token was mailed, use the link up, and end all their
    sessions; returns the user's id.

    Raises `MutationRejected`: TOKEN_INVALID, TOKEN_EXPIRED, PASSWORD_TOO_WEAK with what to change.
    """
    row = await lock_token(work, token, TokenPurpose.PASSWORD_RESET)
    user_id: UUID = row.user_id
    await reject_weak(password, row)
    await _store(work, user_id, await hash_password(password))
    await consume(work, row.id)
    await end_all(work, user_id)
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET, user_id, row.organization_id, actor_id=user_id))
    return user_id


async def weak_problems(password: str, user: Row[*tuple[Any, ...]], field: str, *personal: str | None) -> list[Problem]:
    """What to change in a password that is too weak for this user; `field` is its name in the input, `personal` are
    words that a guesser would try too."""
    words = (user.email, user.first_name, user.last_name, *personal)
    weak = await weakness(password, [word for word in words if word])
    return [Problem(ErrorCode.PASSWORD_TOO_WEAK, weak, ("input", field))] if weak else []


async def reject_weak(password: str, user: Row[*tuple[Any, ...]]) -> None:
    """Raises `MutationRejected` (PASSWORD_TOO_WEAK) for a password, `password` in the input, that is too weak for
    this user."""
    weak = await weak_problems(password, user, "password")
    if weak:
        raise MutationRejected(weak)


async def _own_row(work: UnitOfWork) -> Row[*tuple[Any, ...]]:
    actor, _ = await work.lock_actor()
    if actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "An API client has no password: only users change theirs."))
    columns = (User.id, User.organization_id, User.email, User.first_name, User.last_name, User.password_hash)
    return (await work.execute(select(*columns).where(User.id == actor.id))).one()


async def _refuse(work: UnitOfWork, user: Row[*tuple[Any, ...]], others: list[Problem]) -> None:
    work.audit_refusal(AuditEntry(AuditKind.USER_PASSWORD_REFUSED, user.id, user.organization_id))
    raise MutationRejected([_WRONG, *others])


async def _change(work: UnitOfWork, user: Row[*tuple[Any, ...]], new_hash: str) -> UUID:
    # For update at once: of two who share the lock of `lock_actor` and then write, one would be a deadlock's victim.
    locked = select(User.password_hash).where(User.id == user.id).with_for_update(key_share=True)
    current_hash = (await work.execute(locked)).scalar()
    await work.lock_actor()
    if current_hash != user.password_hash:
        # Another change was quicker: what was verified is not the current password any more.
        raise MutationRejected(_WRONG)
    await _store(work, user.id, new_hash)
    await revoke(work, user.id, TokenPurpose.PASSWORD_RESET)
    await end_all(work, user.id, but=work.caller.session)
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_CHANGED, user.id, user.organization_id))
    user_id: UUID = user.id
    return user_id


async def _store(work: UnitOfWork, user_id: UUID, password_hash: str) -> None:
    await work.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def _send_link(work: UnitOfWork, email: str) -> None:
    active = (User.email == email, is_active(User.__table__))
    # The lock lets one of two who ask at the same time wait, and then end the link of the other.
    locked = select(User.id, User.organization_id).where(*active).with_for_update(key_share=True)
    user = (await work.execute(locked)).one_or_none()
    if user is None:
        await _refuse_unactivated(work, email)
        # In nobody's trail: what is asked of an email that is no active user's says nothing about an organization.
        await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET_REQUESTED, changes=created({"email": email})))
        return
    await revoke(work, user.id, TokenPurpose.PASSWORD_RESET)
    token_id = await issue(work, user.id, TokenPurpose.PASSWORD_RESET, work.writing.lifetimes.password_reset)
    await work.send(OutgoingMail(MailKind.USER_PASSWORD_RESET, email, user.id, user.organization_id, token_id))
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET_REQUESTED, user.id, user.organization_id))


async def _refuse_unactivated(work: UnitOfWork, email: str) -> None:
    try:
        actor, access = await work.lock_actor()
    except MutationRejected:
        # Nobody is signed in, or not any more: that says nothing about the email, so nor does the answer.
        return
    user = User.__table__.alias()
    changeable = and_(access.may(VIEW, User, user), access.may(UserAction.UPDATE, User, user))
    waiting = select(user.c.id).where(user.c.email == email, user.c.activated_at.is_(None), changeable)
    if (await work.execute_as(actor, waiting)).scalar() is not None:
        raise MutationRejected(_UNACTIVATED)
