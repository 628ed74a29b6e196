"""The flag `user.within_reach_of_actor` in SQL: whether a user has nothing that the actor could not give.

"All of the user's grants lie within mine" cannot be said in Polar. Each question inside is answered by the policy's own
rules, so that there is one truth.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, FromClause, Select, all_, exists, false, literal_column, not_, select, true
from sqlalchemy import and_ as sql_and

from authz.assignable import Assignable
from authz.predicates.sql import Condition, constant
from models import Base, ContractAccount, ContractGrant, DeliveryAccount, DeliveryGrant, UserPermission, not_expired

Assigns = Callable[[type[Base], FromClause], Condition]


def within_reach(
    gives: Assignable | None, user: FromClause, assigns: Assigns, permissions: ColumnElement[list[str]] | None = None
) -> Condition:
    """Whether `user`, an alias of users, has nothing but what an actor who `gives` that could give. Never NULL.

    `assigns` is the condition under which the actor may give an account, on an alias of the accounts' table.
    `permissions`, an array of text, stands for the permissions of `gives` where actors differ in nothing else.
    """
    if gives is None:
        return false()
    return sql_and(
        _is_one_of(user.c.audience, gives.audiences),
        true() if gives.all_contract_accounts else user.c.all_contract_accounts == false(),
        true() if gives.all_delivery_accounts else user.c.all_delivery_accounts == false(),
        _no_other_permission(gives, permissions, user),
        _no_other_account(ContractGrant, "contract_account_id", ContractAccount, user, assigns),
        _no_other_account(DeliveryGrant, "delivery_account_id", DeliveryAccount, user, assigns),
    )


def _no_other_account(
    grants: type[Base], key: str, accounts: type[Base], user: FromClause, assigns: Assigns
) -> ColumnElement[bool]:
    grant, account = grants.__table__.alias(), accounts.__table__.alias()
    tables = grant.join(account, account.c.id == grant.c[key])
    theirs = grant.c.user_id == user.c.id, not_expired(grant)
    other = assigns(accounts, account).is_not(true())
    return ~_per_row(select(1).select_from(tables).where(*theirs, other).correlate_except(grant, account))


def _no_other_permission(
    gives: Assignable, permissions: ColumnElement[list[str]] | None, user: FromClause
) -> ColumnElement[bool]:
    held = UserPermission.__table__.alias()
    other = (
        not_(_is_one_of(held.c.permission, gives.permissions))
        if permissions is None
        else held.c.permission != all_(permissions)
    )
    theirs = held.c.user_id == user.c.id, not_expired(held)
    return ~_per_row(select(1).select_from(held).where(*theirs, other).correlate_except(held))


def _per_row(found: Select[tuple[int]]) -> Condition:
    # Without OFFSET, PostgreSQL may hash what the subquery finds for all users of all organizations beforehand.
    return exists(found.offset(literal_column("0")))


def _is_one_of(column: ColumnElement[str], words: Iterable[str]) -> Condition:
    # SQLAlchemy would make parameters of its own of an empty list, which statements that are run as text can't have.
    constants = [constant(word) for word in sorted(map(str, words))]
    return column.in_(constants) if constants else false()
