"""Lists the access of a user that an actor may not assign: the reason why the flag `within_reach_of_actor` is false."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.assignable import Assignable
from models import ACCOUNT_KINDS, Audience, Permission, User, UserPermission, is_of, is_of_same, not_expired
from resolvers.policy_analysis.assumption import Assumption


async def excess_privileges(
    connection: AsyncConnection, access: Access, assumed: Assumption, parameters: Mapping[str, Any], user_id: UUID
) -> str:
    """Returns labels of the user's access that an actor may not assign, separated by commas; empty if there is none.

    `parameters` are the identity of the actor, and the assumed rows.
    """
    scope = access.assignable
    if scope is None:
        return "the user may not assign anything"
    user = (await connection.execute(select(User.__table__).where(User.id == user_id))).one()
    permission = assumed.alias(UserPermission)
    of_user = permission.c.user_id == user_id, is_of(permission, literal(user.tenant_id))
    held_permissions = select(permission.c.permission).where(*of_user, not_expired(permission))
    permissions = frozenset(
        map(Permission, (await connection.execute(assumed.applied(held_permissions), parameters)).scalars())
    )
    labels = list(_traits(user, permissions, scope))
    for kind in ACCOUNT_KINDS:
        grant, account = assumed.alias(kind.grants), kind.accounts.__table__.alias()
        may_assign = access.may("assign", kind.accounts, account)
        own = grant.c.user_id == user_id, is_of(grant, literal(user.tenant_id)), is_of_same(account, grant)
        not_assignable = (
            select(account.c.name)
            .select_from(grant.join(account, account.c.id == grant.c[kind.key]))
            .where(*own, not_expired(grant), may_assign.is_not(True))
            .order_by(account.c.name)
        )
        labels += (await connection.execute(assumed.applied(not_assignable), parameters)).scalars()
    return f"beyond that: {', '.join(labels)}" if labels else ""


def _traits(user: Any, permissions: frozenset[Permission], scope: Assignable) -> Iterator[str]:
    if Audience(user.audience) not in scope.audiences:
        yield f"audience {user.audience}"
    if user.all_contract_accounts and not scope.all_contract_accounts:
        yield "all contract accounts"
    if user.all_delivery_accounts and not scope.all_delivery_accounts:
        yield "all delivery accounts"
    yield from sorted(permissions - scope.permissions)
