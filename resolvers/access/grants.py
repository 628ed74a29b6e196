"""Reads and writes the stored grants: one row for each permission and each account that is granted individually.

Expired rows stay until the same is granted again; then the new grant replaces them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models import ACCOUNT_KINDS, Audience, ContractGrant, DeliveryGrant, Permission, User, UserPermission, not_expired
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.bulk_insert import insert_many
from resolvers.transaction.unit_of_work import UnitOfWork

_Grants = type[UserPermission] | type[ContractGrant] | type[DeliveryGrant]

_STORED: Final[Mapping[GrantKind, tuple[_Grants, InstrumentedAttribute[Any]]]] = {
    GrantKind.PERMISSION: (UserPermission, UserPermission.permission),
    **{GrantKind(kind): (kind.grants, getattr(kind.grants, kind.key)) for kind in ACCOUNT_KINDS},
}


async def stored_access(work: UnitOfWork, user_id: UUID) -> AccountAccess:
    """The current access of the user."""
    flags = select(User.audience, User.all_contract_accounts, User.all_delivery_accounts).where(User.id == user_id)
    user = (await work.execute(flags)).one()
    permissions, contracts, deliveries = [await _stored(work, user_id, kind) for kind in GrantKind]
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


async def _stored(work: UnitOfWork, user_id: UUID, kind: GrantKind) -> dict[Any, datetime | None]:
    model, key = _STORED[kind]
    grants = select(key, model.ends_at).where(model.user_id == user_id, not_expired(model.__table__)).order_by(key)
    return {row[0]: row.ends_at for row in await work.execute(grants)}


def _ends(kind: GrantKind, stored: dict[Any, datetime | None]) -> tuple[GrantEnd, ...]:
    return tuple(GrantEnd(kind, key, ends_at) for key, ends_at in stored.items() if ends_at is not None)


async def store_grants(
    work: UnitOfWork, user_ids: Sequence[UUID], organization_id: UUID, access: AccountAccess
) -> None:
    """Store the access of new users, the same for each. Accounts listed twice are stored once."""
    for kind in GrantKind:
        await _add(work, user_ids, organization_id, kind, _grants_of(access, kind))


async def replace_grants(
    work: UnitOfWork, user_id: UUID, organization_id: UUID, before: AccountAccess, after: AccountAccess
) -> None:
    """Replace the permissions and lists of `before` by those of `after`; only differences are written."""
    for kind, (model, key) in _STORED.items():
        old, old_ends, new = before.keys(kind), before.ends(kind), _grants_of(after, kind)
        removed = [grant for grant in dict.fromkeys(old) if grant not in new]
        if removed:
            await work.execute(delete(model).where(model.user_id == user_id, key.in_(removed)))
        changed = {grant: end for grant, end in new.items() if grant not in old or end != old_ends.get(grant)}
        await _add(work, [user_id], organization_id, kind, changed)


def _grants_of(access: AccountAccess, kind: GrantKind) -> dict[Any, datetime | None]:
    keys = sorted(access.stored_permissions) if kind is GrantKind.PERMISSION else access.keys(kind)
    return dict.fromkeys(keys) | access.ends(kind)


async def _add(
    work: UnitOfWork,
    user_ids: Sequence[UUID],
    organization_id: UUID,
    kind: GrantKind,
    grants: Mapping[Any, datetime | None],
) -> None:
    """Grant these to each of the users. An existing grant gets its new end; an expired one is granted anew."""
    if not grants:
        return
    model, key = _STORED[kind]
    columns = {
        "user_id": [user_id for user_id in user_ids for _ in grants],
        key.key: [grant for _ in user_ids for grant in grants],
        "ends_at": [ends_at for _ in user_ids for ends_at in grants.values()],
    }
    statement = insert_many(model, columns, {"organization_id": organization_id})
    since = case((not_expired(model.__table__), model.created_at), else_=func.now())
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=list(model.__table__.primary_key),
            set_={"ends_at": statement.excluded.ends_at, "created_at": since},
        )
    )
