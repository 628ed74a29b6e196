"""Updates the details, permissions and account access of a user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import Update, Uuid, bindparam, update

from authz.model.actions import UserAction
from models import Audience, AuditKind, Permission, User
from resolvers.access.account_access import CONTENT, AccountAccess, GrantEnd
from resolvers.access.assignability import (
    assignment_facts,
    facts_of,
    facts_parameters,
    reject_unseen,
    unseen_access_problems,
)
from resolvers.access.grants import AccessChange, grant_changes, unseen_by
from resolvers.access.templates import (
    TemplateId,
    UsedTemplate,
    access_problems_with,
    at_template,
    audited_template,
    use_template,
)
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.users.last_admin import last_admin_problems
from resolvers.mutations.users.lock import LockedUser, lock_user
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, detail_problems, details_by_field, normalize_details

NEVER_NULL = {
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
"""The input fields that must not be null, by column or field of `NewAccess`."""


class NewAccess(TypedDict, total=False):
    """The fields of `AccountAccess` to change. A missing field stays unchanged, and an end stays as long as its grant.
    A list replaces the whole old list.

    None is rejected. The type allows it, so that it is rejected together with all other problems.
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
    """A change of a user. `version` is the version of the user that the client has read. `malformed` are the problems
    of malformed values, which are left out, or in place of which there is no valid value. With a `template`, only the
    ends in `access` count."""

    version: int
    details: NewDetails = field(default_factory=NewDetails)
    access: NewAccess = field(default_factory=NewAccess)
    malformed: Sequence[Problem] = ()
    template: TemplateId | None = None


async def update_user(work: UnitOfWork, user_id: UUID | None, change: UserChange) -> UUID:
    """Update a user. Returns the user's id. Nothing is written if nothing changes.

    The admin must be able to assign all access that the user has afterwards, and must see all of it to change it.
    Raises `MutationRejected` as `lock_user` does; STALE if the user has another version by now, beside malformed values
    only; with all problems: INVALID, NOT_ASSIGNABLE, LAST_ADMIN; or REAUTHENTICATION_REQUIRED if it gives the user
    more.
    """
    user = await lock_user(work, user_id, UserAction.UPDATE)
    if user.row.version != change.version:
        stale = Problem(ErrorCode.STALE, "The user has been changed since you last read them.", ("input", "version"))
        raise MutationRejected([*change.malformed, stale])
    await change_locked_user(work, user, change)
    return user.id


async def change_locked_user(work: UnitOfWork, user: LockedUser, change: UserChange) -> None:
    """Change a user who is locked for UPDATE, as `update_user` does, whatever their version is."""
    # As if the user didn't have what the admin doesn't see, so that no error tells what it is.
    unseen = unseen_by(user.row)
    before = user.stored_access.without(frozenset().union(*unseen.values()))
    template, given = await _with_template(work, change)
    after = merged(before, given)
    found = [
        *null_problems({**change.details, **change.access}),
        *detail_problems(change.details),
        *(await _access_problems(work, user, before, after, template) if template or after != before else ()),
        *(() if after.gives_the_same_as(before) else unseen_access_problems(unseen)),
    ]
    problems = beside(change.malformed, found)
    if problems:
        raise MutationRejected(problems)
    if after.widens(before):
        require_recent_proof(work, user.actor)
    link = template.id if template else user.row.template_id if after.gives_what(before) else None
    await _store(work, user, normalize_details(change.details), (before, after), link)


async def _with_template(work: UnitOfWork, change: UserChange) -> tuple[UsedTemplate | None, NewAccess]:
    """The template, if the change names one, and the change of access that results."""
    if change.template is None:
        return None, change.access
    template = await use_template(work, change.template.id)
    return template, given_by(template, change.access)


def given_by(template: UsedTemplate, access: NewAccess) -> NewAccess:
    """The change of the access of a user who gets the template, with the ends in `access`."""
    given: Any = {name: getattr(template.access, name) for name in CONTENT}
    given |= {name: value for name, value in access.items() if name not in CONTENT}
    return cast("NewAccess", given)


def merged(before: AccountAccess, changes: NewAccess) -> AccountAccess:
    """The access of a user after the changes, of which None changes nothing."""
    values: dict[str, Any] = {field: value for field, value in changes.items() if value is not None}
    after = replace(before, **values)
    return replace(
        after,
        permission_ends=values.get("permission_ends", _ends_of_kept_grants(before.permission_ends, after)),
        account_ends=values.get("account_ends", _ends_of_kept_grants(before.account_ends, after)),
    )


def _ends_of_kept_grants(ends: tuple[GrantEnd, ...], after: AccountAccess) -> tuple[GrantEnd, ...]:
    return tuple(end for end in ends if end.key in after.keys(end.kind))


def null_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """The problems (INVALID) of fields to change, by column, that must not be null."""
    for column, name in NEVER_NULL.items():
        if column in values and values[column] is None:
            message = "This field can't be null. Omit it to keep the current value."
            yield Problem(ErrorCode.INVALID, message, ("input", name))


async def _access_problems(
    work: UnitOfWork, user: LockedUser, before: AccountAccess, after: AccountAccess, template: UsedTemplate | None
) -> list[Problem]:
    row = await work.select_as(user.actor, user.access, assignment_facts, facts_parameters(after, before))
    return [
        *access_problems_with(template, user.access, facts_of(row.one()), after, before),
        *await _last_admin_problems(work, user, before, after, template),
    ]


async def _last_admin_problems(
    work: UnitOfWork, user: LockedUser, before: AccountAccess, after: AccountAccess, template: UsedTemplate | None
) -> list[Problem]:
    found = await last_admin_problems(work, user, before, after)
    return found if template is None else at_template(found)


async def _store(
    work: UnitOfWork,
    user: LockedUser,
    details: dict[str, Any],
    change: AccessChange,
    template_id: UUID | None,
) -> None:
    before, after = change
    stored = {column: getattr(user.row, column) for column in DETAIL_COLUMNS.values()}
    changes = changed(
        _audited_values(stored, before) | audited_template(user.row.template_id),
        _audited_values(stored | details, after) | audited_template(template_id),
    )
    if not changes:
        return
    values = {
        **stored,
        **details,
        "tenant_id": user.organization_id,
        "user_id": user.id,
        "audience": after.audience.value,
        "all_contract_accounts": after.all_contract_accounts,
        "all_delivery_accounts": after.all_delivery_accounts,
        "template_id": template_id,
    }
    await work.write(
        Write("user", _update_row, values), *grant_changes(user.organization_id, {user.id: (before, after)})
    )
    await reject_unseen(work, user.actor, user.access, user.id)
    await work.audit(AuditEntry(AuditKind.USER_UPDATED, user.id, user.organization_id, changes=changes))


def _audited_values(details: Mapping[str, Any], access: AccountAccess) -> dict[str, Any]:
    return details_by_field(details) | access.to_audit()


def _update_row(prefix: str) -> Update:
    columns = (*DETAIL_COLUMNS.values(), "audience", "all_contract_accounts", "all_delivery_accounts", "template_id")
    values = {name: bindparam(prefix + name, type_=User.__table__.c[name].type) for name in columns}
    is_user = (
        User.tenant_id == bindparam(f"{prefix}tenant_id", type_=Uuid()),
        User.id == bindparam(f"{prefix}user_id", type_=Uuid()),
    )
    return update(User).where(*is_user).values(values)
