"""Changing a user: their details, permissions and account access."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import update as sql_update

from authz.model.resources import UserAction
from models import Audience, AuditKind, Permission, User
from resolvers.access.account_access import AccountAccess, GrantEnd
from resolvers.access.assignability import access_problems, audited, reject_unseen
from resolvers.access.grants import replace_grants, stored_access
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.last_admin import last_admin
from resolvers.mutations.users.lock import LockedUser, lock_user
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAILS, NewDetails, detail_problems, named, normalized

_NEVER_NULL = {
    "kind": "kind",
    "audience": "audience",
    "permissions": "permissions",
    "all_contract_accounts": "allContractAccounts",
    "contract_accounts": "contractAccounts",
    "all_delivery_accounts": "allDeliveryAccounts",
    "delivery_accounts": "deliveryAccounts",
    "permission_ends": "permissionEnds",
    "account_ends": "accountEnds",
}


class NewAccess(TypedDict, total=False):
    """What of `AccountAccess` is to change. What is left out stays, an end as long as its grant does; a list takes the
    place of the whole old one.

    None is refused. It can be said here, so that it is refused together with all else that is wrong.
    """

    audience: Audience | None
    permissions: tuple[Permission, ...] | None
    all_contract_accounts: bool | None
    contract_accounts: tuple[UUID | None, ...] | None
    all_delivery_accounts: bool | None
    delivery_accounts: tuple[UUID | None, ...] | None
    permission_ends: tuple[GrantEnd, ...] | None
    account_ends: tuple[GrantEnd, ...] | None


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to change in a user. `version` is the one that whoever decided so has read."""

    version: int
    details: NewDetails = field(default_factory=NewDetails)
    access: NewAccess = field(default_factory=NewAccess)


async def update(work: UnitOfWork, user_id: UUID | None, change: UserChange) -> UUID:
    """Change a user; returns the user's id. Where everything is so already, nothing is written.

    What the user has afterwards must be the admin's to give as a whole. Raises `MutationRejected` as `lock_user`
    does, STALE
    (alone) when the user has another version by now, or with everything that is wrong: INVALID, NOT_ASSIGNABLE,
    LAST_ADMIN.
    """
    target = await lock_user(work, user_id, UserAction.UPDATE)
    if target.row.version != change.version:
        raise MutationRejected(
            Problem(ErrorCode.STALE, "The user has changed since you read them.", ("input", "version"))
        )
    before = await stored_access(work, target.id)
    after = _merged(before, change.access)
    problems = [
        *_null_problems(change),
        *detail_problems(change.details),
        *(await _access_problems(work, target, before, after) if after != before else ()),
    ]
    if problems:
        raise MutationRejected(problems)
    await _store(work, target, normalized(change.details), before, after)
    return target.id


def _merged(before: AccountAccess, given: NewAccess) -> AccountAccess:
    known: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    after = replace(before, **known)
    return replace(
        after,
        permission_ends=known.get("permission_ends", _lasting(before.permission_ends, after)),
        account_ends=known.get("account_ends", _lasting(before.account_ends, after)),
    )


def _lasting(ends: tuple[GrantEnd, ...], after: AccountAccess) -> tuple[GrantEnd, ...]:
    return tuple(end for end in ends if end.key in after.keys(end.what))


def _null_problems(change: UserChange) -> Iterator[Problem]:
    given: dict[str, Any] = {**change.details, **change.access}
    for column, name in _NEVER_NULL.items():
        if column in given and given[column] is None:
            message = "This can't be null. Leave it out to keep it as it is."
            yield Problem(ErrorCode.INVALID, message, ("input", name))


async def _access_problems(
    work: UnitOfWork, target: LockedUser, before: AccountAccess, after: AccountAccess
) -> list[Problem]:
    return [
        *await access_problems(work, target.actor, target.access, after, before),
        *await last_admin(work, target, before, after),
    ]


async def _store(
    work: UnitOfWork, target: LockedUser, details: dict[str, Any], before: AccountAccess, after: AccountAccess
) -> None:
    known = {column: getattr(target.row, column) for column in DETAILS.values()}
    changes = changed(_audited(known, before), _audited(known | details, after))
    if not changes:
        return
    flags = {
        "audience": after.audience.value,
        "all_contract_accounts": after.all_contract_accounts,
        "all_delivery_accounts": after.all_delivery_accounts,
    }
    await work.execute(sql_update(User).where(User.id == target.id).values(**details, **flags))
    await replace_grants(work, target.id, target.organization_id, before, after)
    await reject_unseen(work, target.actor, target.access, target.id)
    await work.audit(AuditEntry(AuditKind.USER_UPDATED, target.id, target.organization_id, changes=changes))


def _audited(details: Mapping[str, Any], access: AccountAccess) -> dict[str, Any]:
    return named(details) | audited(access)
