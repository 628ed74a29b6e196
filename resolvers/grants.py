"""What a user has, as it is stored: one row for each permission and each account that is not given by *all*."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute

from models import Audience, Base, ContractGrant, DeliveryGrant, Permission, User, UserPermission
from resolvers.account_access import AccountAccess
from resolvers.many_rows import insert_many
from resolvers.unit_of_work import UnitOfWork

_Table = tuple[type[Base], InstrumentedAttribute[Any], InstrumentedAttribute[Any]]
"""Where a list is kept: the columns of the user, and of what they have."""

_PERMISSIONS: _Table = (UserPermission, UserPermission.user_id, UserPermission.permission)
_CONTRACTS: _Table = (ContractGrant, ContractGrant.user_id, ContractGrant.contract_account_id)
_DELIVERIES: _Table = (DeliveryGrant, DeliveryGrant.user_id, DeliveryGrant.delivery_account_id)


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


async def grant(work: UnitOfWork, user_ids: Sequence[UUID], organization_id: UUID, given: AccountAccess) -> None:
    """Store what each of these new users is given. Accounts that stand twice in a list are stored once."""
    for table, new in _lists(given):
        await _add(work, user_ids, organization_id, table, _without(new, ()))


async def regrant(
    work: UnitOfWork, user_id: UUID, organization_id: UUID, before: AccountAccess, after: AccountAccess
) -> None:
    """Store the permissions and lists of `after` in the place of those of `before`; only what differs is written."""
    held_before = (before.permissions, before.contract_accounts, before.delivery_accounts)
    for (table, new), old in zip(_lists(after), held_before, strict=True):
        model, whose, key = table
        gone = _without(old, new)
        if gone:
            await work.execute(delete(model).where(whose == user_id, key.in_(gone)))
        await _add(work, [user_id], organization_id, table, _without(new, old))


def _lists(given: AccountAccess) -> list[tuple[_Table, Sequence[Any]]]:
    return [
        (_PERMISSIONS, sorted(given.stored_permissions)),
        (_CONTRACTS, given.contract_accounts),
        (_DELIVERIES, given.delivery_accounts),
    ]


async def _add(
    work: UnitOfWork, user_ids: Sequence[UUID], organization_id: UUID, table: _Table, values: Sequence[Any]
) -> None:
    if not values:
        return
    model, whose, key = table
    each = {
        whose.key: [user_id for user_id in user_ids for _ in values],
        key.key: [value for _ in user_ids for value in values],
    }
    await work.execute(insert_many(model, each, {"organization_id": organization_id}))


def _without(values: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """The values that are not among the others, each once, in order."""
    known = set(others)
    return [value for value in dict.fromkeys(values) if value not in known]
