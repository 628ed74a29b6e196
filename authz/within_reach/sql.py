"""Builds the flag `user.within_reach_of_actor` in SQL: whether a user has only access that the actor may assign.

Polar can't express "all of the user's grants lie within mine". Each check inside uses the policy's own rules, so that
there is one source of truth.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    all_,
    any_,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy import and_ as sql_and

from authz.assignable import Assignable
from authz.predicates.sql import Condition, constant
from models import ACCOUNT_KINDS, AccountKind, Base, UserPermission, not_expired

Assigns = Callable[[type[Base], FromClause], Condition]
Inside = Callable[[FromClause], ColumnElement[bool]]


def within_reach(
    scope: Assignable | None,
    user: FromClause,
    assigns: Assigns,
    inside: Inside,
    permissions: ColumnElement[list[str]] | None = None,
) -> Condition:
    """Whether `user`, an alias of users, has only access that an actor with the scope `gives` may assign; or whether an
    alias of access requests asks for access that they may assign. Never NULL.

    `assigns` builds the condition under which the actor may assign an account, on an alias of the accounts' table, and
    `inside` the condition that a row which belongs to `user` lies within the border of their organization.
    `permissions`, an array of text, replaces the permissions of `gives` if actors differ in nothing else.
    """
    if scope is None:
        return false()
    if "requester_id" in user.c:
        return _request_within_reach(scope, user, assigns, inside, permissions)
    accounts = (_no_other_account(kind, user, assigns, inside) for kind in ACCOUNT_KINDS)
    return sql_and(traits_within_reach(scope, user, inside, permissions), *accounts)


def traits_within_reach(
    scope: Assignable, user: FromClause, inside: Inside, permissions: ColumnElement[list[str]] | None = None
) -> Condition:
    """Whether an actor with the scope may assign all that `user` has apart from single accounts. Never NULL.

    It depends on nothing of the user but what `traits_signature` has. `inside` and `permissions` are as for
    `within_reach`.
    """
    return sql_and(
        _is_one_of(user.c.audience, scope.audiences),
        true() if scope.all_contract_accounts else user.c.all_contract_accounts == false(),
        true() if scope.all_delivery_accounts else user.c.all_delivery_accounts == false(),
        _no_other_permission(scope, permissions, user, inside),
    )


def traits_signature(user: FromClause, inside: Inside) -> ColumnElement[str]:
    """A text that is the same for users of whom `traits_within_reach` says the same, whatever the scope."""
    held = UserPermission.__table__.alias()
    permission = select(held.c.permission).where(held.c.user_id == user.c.id, inside(held), not_expired(held))
    permissions = func.array(permission.order_by(held.c.permission).correlate_except(held).scalar_subquery())
    flags = (cast(flag, Text) for flag in (user.c.all_contract_accounts, user.c.all_delivery_accounts))
    return func.concat_ws(constant(" "), user.c.audience, *flags, cast(permissions, Text), type_=Text)


def _request_within_reach(
    scope: Assignable,
    request: FromClause,
    assigns: Assigns,
    inside: Inside,
    permissions: ColumnElement[list[str]] | None,
) -> ColumnElement[bool]:
    """Whether the actor may assign what `request` asks for. A request that names nothing that exists may be for any
    account: it is within reach of those whom nothing limits."""
    asked = request.c.permission
    holds = _is_one_of(asked, scope.permissions) if permissions is None else asked == any_(permissions)
    conditions = [sql_and(asked.is_not(None), holds)]
    for kind in ACCOUNT_KINDS:
        account = kind.accounts.__table__.alias()
        assignable = account.c.id == request.c[kind.key], inside(account), assigns(kind.accounts, account)
        conditions.append(_per_row(select(1).select_from(account).where(*assignable).correlate_except(account)))
    if scope.whole_organization:
        conditions.append(sql_and(asked.is_(None), *(request.c[kind.key].is_(None) for kind in ACCOUNT_KINDS)))
    return or_(*conditions)


def _no_other_account(kind: AccountKind, user: FromClause, assigns: Assigns, inside: Inside) -> ColumnElement[bool]:
    grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
    tables = grant.join(account, account.c.id == grant.c[kind.key])
    of_user = grant.c.user_id == user.c.id, inside(grant), inside(account), not_expired(grant)
    not_assignable = assigns(kind.accounts, account).is_not(true())
    return ~_per_row(select(1).select_from(tables).where(*of_user, not_assignable).correlate_except(grant, account))


def _no_other_permission(
    scope: Assignable, permissions: ColumnElement[list[str]] | None, user: FromClause, inside: Inside
) -> ColumnElement[bool]:
    held = UserPermission.__table__.alias()
    not_assignable = (
        not_(_is_one_of(held.c.permission, scope.permissions))
        if permissions is None
        else held.c.permission != all_(permissions)
    )
    of_user = held.c.user_id == user.c.id, inside(held), not_expired(held)
    return ~_per_row(select(1).select_from(held).where(*of_user, not_assignable).correlate_except(held))


def _per_row(rows: Select[tuple[int]]) -> Condition:
    # Without OFFSET, PostgreSQL may first hash the subquery's rows for all users of all organizations.
    return exists(rows.offset(literal_column("0")))


def _is_one_of(column: ColumnElement[str], values: Iterable[str]) -> Condition:
    # For an empty list, SQLAlchemy would add parameters of its own, which statements run as text can't have.
    constants = [constant(value) for value in sorted(map(str, values))]
    return column.in_(constants) if constants else false()
