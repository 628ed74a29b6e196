"""Activates a user, who chooses a password and gives their details with the link from the activation mail.

Of an invited user only the email is known before; of a created user, also the details that an admin entered.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from models import AuditKind, TokenPurpose, User, UserKind
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import hash_password
from resolvers.identity.one_time_tokens import consume_token, lock_token
from resolvers.identity.passwords import weak_password_problems
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, detail_problems, details_by_field, normalize_details


async def activate_user(work: UnitOfWork, token: str, password: str, details: NewDetails | None = None) -> UUID:
    """Set the password of the user to whom the activation token was sent, store their details, and consume the token.
    Returns the user's id.

    Given details replace stored ones; a detail that is missing or None stays unchanged. Afterwards a person must have a
    first and a last name; a group need not. Raises `MutationRejected`: TOKEN_INVALID or TOKEN_EXPIRED (alone), or with
    all problems: INVALID, and PASSWORD_TOO_WEAK with how to improve the password.
    """
    row = await lock_token(work, token, TokenPurpose.ACTIVATION)
    user_id: UUID = row.user_id
    before = {column: getattr(row, column) for column in DETAIL_COLUMNS.values()}
    new_details = _without_none(details or NewDetails())
    after = normalize_details(new_details)
    problems = [
        *detail_problems(new_details),
        *_missing_name_problems(before | after),
        *await weak_password_problems(password, row, "password", after.get("first_name"), after.get("last_name")),
    ]
    if problems:
        raise MutationRejected(problems)
    secret = {"password_hash": await hash_password(password), "activated_at": func.now()}
    await work.execute(update(User).where(User.id == user_id).values(**after, **secret))
    await consume_token(work, row.id)
    changes = changed(details_by_field(before), details_by_field(after))
    await work.audit(
        AuditEntry(AuditKind.USER_ACTIVATED, user_id, row.organization_id, actor_id=user_id, changes=changes)
    )
    return user_id


def _without_none(details: NewDetails) -> NewDetails:
    values: Any = {field: value for field, value in details.items() if value is not None}
    result: NewDetails = values
    return result


def _missing_name_problems(details: Mapping[str, Any]) -> Iterator[Problem]:
    if details["kind"] == UserKind.GROUP:
        return
    for field, message in (("firstName", "Give your first name."), ("lastName", "Give your last name.")):
        if details[DETAIL_COLUMNS[field]] is None:
            yield Problem(ErrorCode.INVALID, message, ("input", field))
