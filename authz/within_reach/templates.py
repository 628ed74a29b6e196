"""Decides which access templates an actor sees, changes and gives: those that hold only what the actor may assign.

The rules of the policy about what an admin may give decide; a template needs none of its own.
"""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import ColumnElement, FromClause, Text, column, exists, false, func, select, true
from sqlalchemy import Uuid as UuidType
from sqlalchemy import and_ as sql_and

from authz.actor import Identity
from authz.assignable import Assignable
from authz.predicates.nodes import All, Compare, Flag, Operator, Predicate
from authz.predicates.sql import Condition, constant
from models import ACCOUNT_KINDS, AccountKind, Base, Permission

TEMPLATE_WITHIN_REACH: Final = "template_within_reach"
"""The name of the flag. No policy can name it."""

TEMPLATE_VISIBLE: Final[Predicate] = All(
    frozenset(
        {
            Compare(("organization_id",), Operator.EQUAL, Identity.ORGANIZATION_ID),
            Flag((TEMPLATE_WITHIN_REACH,)),
        }
    )
)
"""The condition on a template, for actors who may assign anything at all."""

Assigns = Callable[[type[Base], FromClause], Condition]
Inside = Callable[[FromClause], ColumnElement[bool]]


def template_within_reach(
    scope: Assignable | None, template: FromClause, assigns: Assigns, inside: Inside
) -> Condition:
    """Whether `template`, an alias of access templates, holds only access that an actor with the scope may assign.

    Never NULL. `assigns` builds the condition under which the actor may assign an account, and `inside` the condition
    that it lies within the border of the template's organization.
    """
    if scope is None:
        return false()
    return sql_and(
        _is_one_of(template.c.audience, scope.audiences),
        true() if scope.all_contract_accounts else template.c.all_contract_accounts == false(),
        true() if scope.all_delivery_accounts else template.c.all_delivery_accounts == false(),
        _no_other_permission(scope, template),
        *(_no_other_account(kind, template, assigns, inside) for kind in ACCOUNT_KINDS),
    )


def _no_other_permission(scope: Assignable, template: FromClause) -> ColumnElement[bool]:
    held = func.unnest(template.c.permissions).table_valued(column("permission", Text())).render_derived()
    assignable = scope.permissions | {Permission.SITES_SERVICES_VIEW}
    return ~exists(select(1).select_from(held).where(~_is_one_of(held.c.permission, assignable)))


def _no_other_account(kind: AccountKind, template: FromClause, assigns: Assigns, inside: Inside) -> ColumnElement[bool]:
    account = kind.accounts.__table__.alias()
    listed = func.unnest(template.c[kind.field]).table_valued(column("id", UuidType())).render_derived()
    own = account.c.id == listed.c.id, account.c.organization_id == template.c.organization_id, inside(account)
    assignable = select(1).select_from(account).where(*own, assigns(kind.accounts, account)).correlate_except(account)
    return ~exists(select(1).select_from(listed).where(~exists(assignable)).correlate_except(listed))


def _is_one_of(value: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    constants = [constant(each) for each in sorted(map(str, values))]
    return value.in_(constants) if constants else false()
