"""What a user has, as it is stored: one row for each permission and each account that is not given by *all*.

Rows that have ended stay until the same is given again: then the new grant takes their place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models import Audience, ContractGrant, DeliveryGrant, Permission, User, UserPermission, not_expired
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.bulk_insert import insert_many
from resolvers.transaction.unit_of_work import UnitOfWork

_Grants = type[UserPermission] | type[ContractGrant] | type[DeliveryGrant]

_STORED: Final[Mapping[GrantKind, tuple[_Grants, InstrumentedAttribute[Any]]]] = {
    GrantKind.PERMISSION: (UserPermission, UserPermission.permission),
    GrantKind.CONTRACT_ACCOUNT: (ContractGrant, ContractGrant.contract_account_id),
    GrantKind.DELIVERY_ACCOUNT: (DeliveryGrant, DeliveryGrant.delivery_account_id),
}


async def stored_access(work: UnitOfWork, user_id: UUID) -> AccountAccess:
    """What the user has now."""
    flags = select(User.audience, User.all_contract_accounts, User.all_delivery_accounts).where(User.id == user_id)
    user = (await work.execute(flags)).one()
    permissions, contracts, deliveries = [await _stored(work, user_id, what) for what in GrantKind]
    return AccountAccess(
        audience=Audience(user.audience),
        permissions=tuple(map(Permission, permissions)),
        all_contract_accounts=user.all_contract_accounts,
        contract_accounts=tuple(contracts),
        all_delivery_accounts=user.all_delivery_accounts,
        delivery_accounts=tuple(deliveries),
        permission_ends=_ends(GrantKind.PERMISSION, {Permission(key): end for key, end in permissions.items()}),
        account_ends=_ends(GrantKind.CONTRACT_ACCOUNT, contracts) + _ends(GrantKind.DELIVERY_ACCOUNT, deliveries),
    )


async def _stored(work: UnitOfWork, user_id: UUID, what: GrantKind) -> dict[Any, datetime | None]:
    model, key = _STORED[what]
    grants = select(key, model.ends_at).where(model.user_id == user_id, not_expired(model.__table__)).order_by(key)
    return {row[0]: row.ends_at for row in await work.execute(grants)}


def _ends(what: GrantKind, stored: dict[Any, datetime | None]) -> tuple[GrantEnd, ...]:
    return tuple(GrantEnd(what, key, ends_at) for key, ends_at in stored.items() if ends_at is not None)


async def store_grants(work: UnitOfWork, user_ids: Sequence[UUID], organization_id: UUID, given: AccountAccess) -> None:
    """Store what each of these new users is given. Accounts that stand twice in a list are stored once."""
    for what in GrantKind:
        await _add(work, user_ids, organization_id, what, _wanted(given, what))


async def replace_grants(
    work: UnitOfWork, user_id: UUID, organization_id: UUID, before: AccountAccess, after: AccountAccess
) -> None:
    """Store the permissions and lists of `after` in the place of those of `before`; only what differs is written."""
    for what, (model, key) in _STORED.items():
        old, ended, new = before.keys(what), before.ends(what), _wanted(after, what)
        gone = [each for each in dict.fromkeys(old) if each not in new]
        if gone:
            await work.execute(delete(model).where(model.user_id == user_id, key.in_(gone)))
        differing = {each: ends_at for each, ends_at in new.items() if each not in old or ends_at != ended.get(each)}
        await _add(work, [user_id], organization_id, what, differing)


def _wanted(given: AccountAccess, what: GrantKind) -> dict[Any, datetime | None]:
    keys = sorted(given.stored_permissions) if what is GrantKind.PERMISSION else given.keys(what)
    return dict.fromkeys(keys) | given.ends(what)


async def _add(
    work: UnitOfWork,
    user_ids: Sequence[UUID],
    organization_id: UUID,
    what: GrantKind,
    grants: Mapping[Any, datetime | None],
) -> None:
    """Give each of the users these. What is there gets its new end; where it has ended, it is given anew."""
    if not grants:
        return
    model, key = _STORED[what]
    each = {
        "user_id": [user_id for user_id in user_ids for _ in grants],
        key.key: [granted for _ in user_ids for granted in grants],
        "ends_at": [ends_at for _ in user_ids for ends_at in grants.values()],
    }
    statement = insert_many(model, each, {"organization_id": organization_id})
    since = case((not_expired(model.__table__), model.created_at), else_=func.now())
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=list(model.__table__.primary_key),
            set_={"ends_at": statement.excluded.ends_at, "created_at": since},
        )
    )
