"""What the approval of an access request changes in the access of its user."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from models import CONTRACT, AccessKind, Permission
from resolvers import public_id
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.access.grants import unseen_by
from resolvers.errors import ErrorCode, Problem, invalid
from resolvers.mutations.users.lock import LockedUser
from resolvers.mutations.users.update import NewAccess

KINDS = {
    AccessKind.PERMISSION: GrantKind.PERMISSION,
    AccessKind.CONTRACT_ACCOUNT: GrantKind.CONTRACT_ACCOUNT,
    AccessKind.DELIVERY_ACCOUNT: GrantKind.DELIVERY_ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class ApprovedAccess:
    """The fields of `NewAccess` that an approval changes, none if the user has the access already, and its end."""

    changes: NewAccess
    ends_at: datetime | None


def approved_access(
    request: Row[*tuple[Any, ...]], user: LockedUser, account: str | None, ends_at: datetime | None
) -> ApprovedAccess | list[Problem]:
    """What the approval gives, until `ends_at` or, without it, until the requested end; or the problems (INVALID,
    NOT_ASSIGNABLE) of these inputs. `account` is the public id of the account that is meant, if the request does not
    identify one."""
    kind = KINDS[AccessKind(request.kind)]
    key, problems = _key(request, kind, account)
    if ends_at is not None and request.ends_at is not None and ends_at > request.ends_at:
        problems.append(invalid("The end can't be later than the requested one.", "input", "endsAt"))
    if problems:
        return problems
    before = user.stored_access.without(frozenset().union(*unseen_by(user.row).values()))
    until = ends_at or request.ends_at
    return ApprovedAccess(_changes(before, kind, key, until), until)


def _key(request: Row[*tuple[Any, ...]], kind: GrantKind, account: str | None) -> tuple[Any, list[Problem]]:
    """The permission or account that is given."""
    known = _known_key(request, kind)
    path = "input", "account"
    if known is not None:
        return known, [] if account is None else [invalid("The request says what it asks for.", *path)]
    if account is None:
        message = "The words of the request name no account, or several. Choose the account that is meant."
        return None, [invalid(message, *path)]
    assert kind.value is not None, "a request for a permission names it"
    key = public_id.key(account, kind.value.accounts)
    if key is None:
        return None, [Problem(ErrorCode.NOT_ASSIGNABLE, "You can't assign this account.", path)]
    return key, []


def _known_key(request: Row[*tuple[Any, ...]], kind: GrantKind) -> Permission | UUID | None:
    if kind.value is None:
        return Permission(request.permission)
    found: UUID | None = request.contract_account_id if kind.value is CONTRACT else request.delivery_account_id
    return found


def _changes(before: AccountAccess, kind: GrantKind, key: Any, until: datetime | None) -> NewAccess:
    """The changed fields. Access that the user has for longer, or among all accounts, stays as it is."""
    if kind.value is not None and getattr(before, kind.value.all_flag):
        return {}
    ends = before.ends(kind)
    has = key in before.keys(kind)
    if has and (key not in ends or (until is not None and until <= ends[key])):
        return {}
    list_, ends_field = ("permissions", "permission_ends") if kind.value is None else (kind.value.field, "account_ends")
    others = tuple(end for end in getattr(before, ends_field) if (end.kind, end.key) != (kind, key))
    changed: Any = {ends_field: (*others, GrantEnd(kind, key, until)) if until else others}
    if not has:
        changed[list_] = (*before.keys(kind), key)
    result: NewAccess = changed
    return result
