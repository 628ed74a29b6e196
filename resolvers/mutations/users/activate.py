"""Activating a user: with the link from the mail they choose their password, and tell who they are.

Who was invited is known by their email only; who was created, by what an admin has written.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from models import AuditKind, TokenPurpose, User, UserKind
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password
from resolvers.identity.one_time_tokens import consume, lock_token
from resolvers.identity.passwords import weak_problems
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAILS, NewDetails, detail_problems, named, normalized


async def activate(work: UnitOfWork, token: str, password: str, told: NewDetails | None = None) -> UUID:
    """Set the password of the user to whom the activation token was sent, store what they tell of themselves, and use
    the token up; returns the user's id.

    What is told takes the place of what was known; what is left out or None stays as it was. A person has a first and
    a last name afterwards; a group need not. Raises `MutationRejected`: TOKEN_INVALID or TOKEN_EXPIRED (alone); or
    all of
    INVALID, and PASSWORD_TOO_WEAK with what to change.
    """
    row = await lock_token(work, token, TokenPurpose.ACTIVATION)
    user_id: UUID = row.user_id
    known = {column: getattr(row, column) for column in DETAILS.values()}
    new = _given(told or NewDetails())
    stored = normalized(new)
    problems = [
        *detail_problems(new),
        *_missing(known | stored),
        *await weak_problems(password, row, "password", stored.get("first_name"), stored.get("last_name")),
    ]
    if problems:
        raise MutationRejected(problems)
    secret = {"password_hash": await hash_password(password), "activated_at": func.now()}
    await work.execute(update(User).where(User.id == user_id).values(**stored, **secret))
    await consume(work, row.id)
    changes = changed(named(known), named(stored))
    await work.audit(
        AuditEntry(AuditKind.USER_ACTIVATED, user_id, row.organization_id, actor_id=user_id, changes=changes)
    )
    return user_id


def _given(told: NewDetails) -> NewDetails:
    given: Any = {field: value for field, value in told.items() if value is not None}
    details: NewDetails = given
    return details


def _missing(details: Mapping[str, Any]) -> Iterator[Problem]:
    if details["kind"] == UserKind.GROUP:
        return
    for field, message in (("firstName", "Give your first name."), ("lastName", "Give your last name.")):
        if details[DETAILS[field]] is None:
            yield Problem(ErrorCode.INVALID, message, ("input", field))
