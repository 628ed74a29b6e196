"""Changes a password, given the current one, and resets a password, given a mailed link.

A password reset request never reveals whether it sent a mail: the response is the same whether the email is unknown,
pending, expired, removed or active, counts against the same rate limits, and is delayed to the same moment. The one
exception is an admin who could resend the user's activation: they are told that the user needs that instead.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Update, and_, select, update

from authz.model.actions import VIEW, UserAction
from models import AuditKind, MailKind, TokenPurpose, User, UserEmail, is_active, tenant_of
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password, token_hash, verify_password
from resolvers.identity.one_time_tokens import (
    consume_token,
    lock_token,
    read_valid_token,
    revoke_tokens,
    token_write,
)
from resolvers.identity.password_strength import length_weakness, password_weakness
from resolvers.identity.sessions import end_all_sessions, line_of, place_for, sessions_of
from resolvers.identity.sign_in_tickets import tickets_of
from resolvers.rate_limits.hashing_queue import Line, Place
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.person import email_problems

RESPONSE_INTERVAL = 0.25
"""Seconds, far more than a reset request takes. Responses are delayed to a multiple of it: a request that issues a link
takes longer than one that does not, and the duration must not reveal which it was."""

REPEATED: Final = ("input", "repeated")
"""The path of a problem of the password's repetition."""

_WRONG_PASSWORD = Problem(
    ErrorCode.CREDENTIALS_INVALID, "This is not your current password.", ("input", "currentPassword")
)

_UNACTIVATED = Problem(
    ErrorCode.NOT_ACTIVATED,
    "This user has not activated their account yet. Resend the activation instead.",
    ("input", "email"),
)


async def change_password(context: MutationContext, caller: Caller, current_password: str, new_password: str) -> UUID:
    """Set a new password for the caller and end all their other sessions. Returns their user id.

    Raises `MutationRejected`: UNAUTHENTICATED, RATE_LIMITED, CREDENTIALS_INVALID, PASSWORD_TOO_WEAK. A wrong current
    password counts as a failed sign-in, so an unattended session gives no extra guesses. Raises QueueFull. No
    connection and no lock is held while passwords are verified, checked for strength and hashed.
    """
    user = await run_in_transaction(context, caller, _load_caller)
    async with context.limits.sign_in(user.email, caller.address) as attempt:
        place = place_for(context, caller, line_of(known=attempt.known))
        is_correct = await verify_password(user.password_hash, current_password, place)
        problems = await weak_password_problems(new_password, user, "newPassword", place=place)
        if not is_correct:
            await run_in_transaction(context, caller, lambda work: _reject_wrong_password(work, user, problems))
    if problems:
        raise MutationRejected(problems)
    new_hash = await hash_password(new_password, place)
    return await run_in_transaction(context, caller, lambda work: _apply_change(work, user, new_hash))


async def request_password_reset(context: MutationContext, caller: Caller, email: str) -> None:
    """Mail a reset link to the active user with this email (in lower case), if there is one.

    Earlier links are revoked. Raises `MutationRejected`: INVALID or RATE_LIMITED, independent of which users exist;
    NOT_ACTIVATED if the caller may change the user with this email, and that user has not activated their account.
    """
    problems = list(email_problems(email))
    if problems:
        raise MutationRejected(problems)
    await context.limits.request_password_reset(email, caller.address, caller.actor.id if caller.actor else None)
    started = time.monotonic()
    try:
        await run_in_transaction(context, caller, lambda work: _send_reset_link(work, email))
    finally:
        await asyncio.sleep(RESPONSE_INTERVAL - (time.monotonic() - started) % RESPONSE_INTERVAL)


async def reset_password(
    context: MutationContext, caller: Caller, token: str, password: str, *, problems: Sequence[Problem] = ()
) -> UUID:
    """Set the password of the user to whom the link with this token was mailed, consume the token, and end all their
    sessions. Returns the user's id.

    `problems` are those that the caller has found in the input already. Raises `MutationRejected`: RATE_LIMITED,
    TOKEN_INVALID, TOKEN_EXPIRED, PASSWORD_TOO_WEAK with how to improve the password. Raises QueueFull. No connection
    and no lock is held while the password is checked for strength and hashed.
    """
    async with context.limits.use_link(token_hash(token), caller.address):
        user = await read_valid_token(context, token, TokenPurpose.PASSWORD_RESET)
        new_hash = await hash_strong_password(context, caller, password, user, problems=problems)
        return await run_in_transaction(context, caller, lambda work: _apply_reset(work, token, new_hash))


async def hash_strong_password(
    context: MutationContext,
    caller: Caller,
    password: str,
    user: Row[*tuple[Any, ...]],
    *personal: str | None,
    problems: Sequence[Problem] = (),
) -> str:
    """The hash of a password that is set with a mailed link.

    Raises `MutationRejected` with all problems: the given ones, and PASSWORD_TOO_WEAK at `password` of the input. A
    password that was repeated differently is checked for its length only. Raises QueueFull.
    """
    place = place_for(context, caller, Line.LINK)
    if any(problem.path == REPEATED for problem in problems):
        weak = _too_weak(length_weakness(password), "password")
    else:
        weak = await weak_password_problems(password, user, "password", *personal, place=place)
    if problems or weak:
        raise MutationRejected([*problems, *weak])
    return await hash_password(password, place)


async def weak_password_problems(
    password: str, user: Row[*tuple[Any, ...]], field: str, *personal: str | None, place: Place
) -> list[Problem]:
    """PASSWORD_TOO_WEAK with how to improve the password, if it is too weak for this user.

    `field` is the name of the password in the input. `personal` are more words that an attacker would try. Raises
    QueueFull.
    """
    words = (user.email, user.first_name, user.last_name, *personal)
    return _too_weak(await password_weakness(password, [word for word in words if word], place), field)


def _too_weak(weakness: str | None, field: str) -> list[Problem]:
    return [Problem(ErrorCode.PASSWORD_TOO_WEAK, weakness, ("input", field))] if weakness else []


async def _apply_reset(work: UnitOfWork, token: str, new_hash: str) -> UUID:
    row = await lock_token(work, token, TokenPurpose.PASSWORD_RESET)
    user_id: UUID = row.user_id
    ended = sessions_of(row.tenant_id, user_id).cte("ended"), tickets_of(row.tenant_id, user_id).cte("tickets")
    await work.execute(_update_hash(row.tenant_id, user_id, new_hash).add_cte(consume_token(row), *ended))
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET, user_id, row.organization_id, actor_id=user_id))
    return user_id


async def _load_caller(work: UnitOfWork) -> Row[*tuple[Any, ...]]:
    actor, _ = await work.lock_actor()
    if actor.client_id is not None:
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "API clients have no password. Only users can change theirs.")
        )
    columns = (User.id, User.organization_id, User.email, User.first_name, User.last_name, User.password_hash)
    own = User.tenant_id == actor.tenant_id, User.id == actor.id
    return (await work.execute(select(*columns).where(*own))).one()


async def _reject_wrong_password(work: UnitOfWork, user: Row[*tuple[Any, ...]], other_problems: list[Problem]) -> None:
    work.audit_on_rejection(AuditEntry(AuditKind.USER_PASSWORD_REFUSED, user.id, user.organization_id))
    raise MutationRejected([_WRONG_PASSWORD, *other_problems])


async def _apply_change(work: UnitOfWork, user: Row[*tuple[Any, ...]], new_hash: str) -> UUID:
    # Lock for update first: two transactions that share the lock of `lock_actor` and then write would deadlock.
    tenant_id = tenant_of(user.organization_id)
    own = User.tenant_id == tenant_id, User.id == user.id
    locked = select(User.password_hash).where(*own).with_for_update(key_share=True)
    current_hash = (await work.execute(locked)).scalar()
    await work.lock_actor()
    if current_hash != user.password_hash:
        # A concurrent change won: the verified password is no longer the current one.
        raise MutationRejected(_WRONG_PASSWORD)
    await work.execute(_update_hash(tenant_id, user.id, new_hash))
    await revoke_tokens(work, tenant_id, [user.id], TokenPurpose.PASSWORD_RESET)
    await end_all_sessions(work, tenant_id, user.id, except_token_hash=work.caller.session_hash)
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_CHANGED, user.id, user.organization_id))
    user_id: UUID = user.id
    return user_id


def _update_hash(tenant_id: UUID, user_id: UUID, password_hash: str) -> Update:
    is_user = User.tenant_id == tenant_id, User.id == user_id
    return update(User).where(*is_user).values(password_hash=password_hash)


async def _send_reset_link(work: UnitOfWork, email: str) -> None:
    user = await _lock_active_user(work, email)
    if user is None:
        await _reject_unactivated(work, email)
        # In no organization's trail: the email belongs to no active user, so the request concerns no organization.
        await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET_REQUESTED, changes=created({"email": email})))
        return
    tenant_id = tenant_of(user.organization_id)
    await revoke_tokens(work, tenant_id, [user.id], TokenPurpose.PASSWORD_RESET)
    lifetime = work.context.lifetimes.password_reset
    token, (token_id,) = token_write(work, tenant_id, [user.id], TokenPurpose.PASSWORD_RESET, lifetime)
    path = ("input", "email")
    mail = OutgoingMail(MailKind.USER_PASSWORD_RESET, email, user.id, user.organization_id, path, token_id)
    await work.write(token, await work.mail_write(mail))
    await work.audit(AuditEntry(AuditKind.USER_PASSWORD_RESET_REQUESTED, user.id, user.organization_id))


async def _lock_active_user(work: UnitOfWork, email: str) -> Row[*tuple[Any, ...]] | None:
    """Lock the active user with this email. Of two simultaneous requests, one waits and then revokes the link of the
    other. In two steps, because rows are locked within one tenant."""
    entry = select(UserEmail.tenant_id, UserEmail.user_id).where(UserEmail.email == email)
    found = (await work.execute(entry)).one_or_none()
    if found is None:
        return None
    is_user = User.tenant_id == found.tenant_id, User.id == found.user_id, is_active(User.__table__)
    locked = select(User.id, User.organization_id).where(*is_user).with_for_update(key_share=True)
    return (await work.execute(locked)).one_or_none()


async def _reject_unactivated(work: UnitOfWork, email: str) -> None:
    try:
        actor, access = await work.lock_actor()
    except MutationRejected:
        # The caller is not signed in. This is unrelated to the email, so the response must not reveal anything.
        return
    user = User.__table__.alias()
    changeable = and_(access.may(VIEW, User, user), access.may(UserAction.UPDATE, User, user))
    unactivated = select(user.c.id).where(user.c.email == email, user.c.activated_at.is_(None), changeable)
    if (await work.execute_as(actor, unactivated)).scalar() is not None:
        raise MutationRejected(_UNACTIVATED)
