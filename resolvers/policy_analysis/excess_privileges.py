"""What a user has that an actor could not give: why the flag `within_reach_of_actor` does not hold."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.assignable import Assignable
from models import (
    Audience,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Permission,
    User,
    UserPermission,
    not_expired,
)

_GRANTS: tuple[tuple[type[Base], str, type[Base]], ...] = (
    (ContractGrant, "contract_account_id", ContractAccount),
    (DeliveryGrant, "delivery_account_id", DeliveryAccount),
)


async def excess_privileges(connection: AsyncConnection, access: Access, actor: Actor, user_id: UUID) -> str:
    """What the user has beyond what `actor` could give them, in words, separated by commas; empty for nothing."""
    gives = access.assignable
    if gives is None:
        return "the user gives nothing to anybody"
    has = (await connection.execute(select(User.__table__).where(User.id == user_id))).one()
    given = UserPermission.__table__.alias()
    held = select(given.c.permission).where(given.c.user_id == user_id, not_expired(given))
    permissions = frozenset(map(Permission, (await connection.execute(held)).scalars()))
    found = list(_traits(has, permissions, gives))
    for grants, key, accounts in _GRANTS:
        grant, account = grants.__table__.alias(), accounts.__table__.alias()
        others = (
            select(account.c.name)
            .select_from(grant.join(account, account.c.id == grant.c[key]))
            .where(grant.c.user_id == user_id, not_expired(grant), access.may("assign", accounts, account).is_not(True))
            .order_by(account.c.name)
        )
        found += (await connection.execute(others, actor.identity)).scalars()
    return f"beyond that: {', '.join(found)}" if found else ""


def _traits(has: Any, permissions: frozenset[Permission], gives: Assignable) -> Iterator[str]:
    if Audience(has.audience) not in gives.audiences:
        yield f"audience {has.audience}"
    if has.all_contract_accounts and not gives.all_contract_accounts:
        yield "all contract accounts"
    if has.all_delivery_accounts and not gives.all_delivery_accounts:
        yield "all delivery accounts"
    yield from sorted(permissions - gives.permissions)
