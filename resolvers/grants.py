"""What a user has, as it is stored: one row for each permission and each account that is not given by *all*."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from models import Audience, ContractGrant, DeliveryGrant, Permission, User, UserPermission
from resolvers.account_access import AccountAccess
from resolvers.unit_of_work import UnitOfWork

_PERMISSIONS = (UserPermission, UserPermission.user_id, UserPermission.permission)
_CONTRACTS = (ContractGrant, ContractGrant.user_id, ContractGrant.contract_account_id)
_DELIVERIES = (DeliveryGrant, DeliveryGrant.user_id, DeliveryGrant.delivery_account_id)


async def held(work: UnitOfWork, user_id: UUID) -> AccountAccess:
    """What the user has now."""
    flags = select(User.audience, User.all_contract_accounts, User.all_delivery_accounts).where(User.id == user_id)
    user = (await work.execute(flags)).one()
    permissions, contracts, deliveries = [
        tuple((await work.execute(select(key).where(whose == user_id).order_by(key))).scalars())
        for _, whose, key in (_PERMISSIONS, _CONTRACTS, _DELIVERIES)
    ]
    return AccountAccess(
        audience=Audience(user.audience),
        permissions=tuple(map(Permission, permissions)),
        all_contract_accounts=user.all_contract_accounts,
        contract_accounts=contracts,
        all_delivery_accounts=user.all_delivery_accounts,
        delivery_accounts=deliveries,
    )


async def grant(work: UnitOfWork, user_id: UUID, organization_id: UUID, given: AccountAccess) -> None:
    """Store what a new user is given. Accounts that stand twice in a list are stored once."""
    nothing = AccountAccess(given.audience)
    await regrant(work, user_id, organization_id, nothing, given)


async def regrant(
    work: UnitOfWork, user_id: UUID, organization_id: UUID, before: AccountAccess, after: AccountAccess
) -> None:
    """Store the permissions and lists of `after` in the place of those of `before`; only what differs is written."""
    for (model, whose, key), old, new in (
        (_PERMISSIONS, before.permissions, sorted(after.stored_permissions)),
        (_CONTRACTS, before.contract_accounts, after.contract_accounts),
        (_DELIVERIES, before.delivery_accounts, after.delivery_accounts),
    ):
        gone, added = _without(old, new), _without(new, old)
        if gone:
            await work.execute(delete(model).where(whose == user_id, key.in_(gone)))
        if added:
            common = {"user_id": user_id, "organization_id": organization_id}
            await work.execute(insert(model).values([common | {key.key: each} for each in added]))


def _without(values: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """The values that are not among the others, each once, in order."""
    known = set(others)
    return [value for value in dict.fromkeys(values) if value not in known]
