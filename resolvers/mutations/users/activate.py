"""Activates a user, who chooses a password and gives their details with the link from the activation mail.

Of an invited user only the email is known before; of a created user, also the details that an admin entered. In the
place of a password, they may make a passkey (`activate_with_passkey.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, update

from models import AuditKind, TokenPurpose, User, UserKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import token_hash
from resolvers.identity.one_time_tokens import consume_token, lock_token, read_valid_token
from resolvers.identity.passwords import hash_strong_password
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, detail_problems, details_by_field, normalize_details


async def activate_user(
    context: MutationContext,
    caller: Caller,
    token: str,
    password: str,
    details: NewDetails | None = None,
    *,
    problems: Sequence[Problem] = (),
) -> UUID:
    """Set the password of the user to whom the activation token was sent, store their details, and consume the token.
    Returns the user's id.

    Given details replace stored ones; a detail that is missing or None stays unchanged. Afterwards a person must have a
    first and a last name; a group need not. `problems` are those that the caller has found in the input already. Raises
    `MutationRejected`: RATE_LIMITED, TOKEN_INVALID or TOKEN_EXPIRED (alone), or with all problems: INVALID, and
    PASSWORD_TOO_WEAK with how to improve the password. Raises QueueFull. No connection and no lock is held while the
    password is checked for strength and hashed.
    """
    async with context.limits.use_link(token_hash(token), caller.address):
        user = await read_valid_token(context, token, TokenPurpose.ACTIVATION)
        after, of_details = checked_details(user, details)
        found = [*problems, *of_details]
        names = after.get("first_name"), after.get("last_name")
        new_hash = await hash_strong_password(context, caller, password, user, *names, problems=found)
        return await run_in_transaction(context, caller, lambda work: store_activation(work, token, new_hash, after))


def checked_details(
    user: Row[*tuple[Any, ...]], details: NewDetails | None
) -> tuple[dict[str, Any], Sequence[Problem]]:
    """The given details by column, in their stored form, and their problems (INVALID), also that a name is missing."""
    given = _without_none(details or NewDetails())
    after = normalize_details(given)
    return after, [*detail_problems(given), *_missing_name_problems(_stored_details(user) | after)]


async def store_activation(work: UnitOfWork, token: str, password_hash: str, after: dict[str, Any]) -> UUID:
    """Store the hash and the checked details `after` (by column), and consume the token. Returns the user's id.

    Raises `MutationRejected`: TOKEN_INVALID or TOKEN_EXPIRED; INVALID if a name is missing by now.
    """
    row = await lock_token(work, token, TokenPurpose.ACTIVATION)
    await activate_locked(work, row, password_hash, after)
    user_id: UUID = row.user_id
    return user_id


async def activate_locked(
    work: UnitOfWork, row: Row[*tuple[Any, ...]], password_hash: str | None, after: dict[str, Any]
) -> None:
    """The same for the row of the token, as `lock_token` has returned it. Without a hash, the user has no password."""
    user_id: UUID = row.user_id
    before = _stored_details(row)
    # An admin may have changed the details since they were checked.
    problems = list(_missing_name_problems(before | after))
    if problems:
        raise MutationRejected(problems)
    secret = {"password_hash": password_hash, "activated_at": func.now()}
    is_user = User.tenant_id == row.tenant_id, User.id == user_id
    change = update(User).where(*is_user).values(**after, **secret)
    await work.execute(change.add_cte(consume_token(row)))
    changes = changed(details_by_field(before), details_by_field(after))
    await work.audit(
        AuditEntry(AuditKind.USER_ACTIVATED, user_id, row.organization_id, actor_id=user_id, changes=changes)
    )


def _stored_details(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {column: getattr(row, column) for column in DETAIL_COLUMNS.values()}


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
