"""An organization is never left without an admin who can put everything right.

That is an *unlimited admin*: active, of the audience ORGANIZATION, with all contract accounts and USER_MANAGEMENT.
Somebody who is still pending does not count: they may never come. Nor does somebody whose USER_MANAGEMENT ends: with
that end, nobody would be left, and no request would be there to be refused. It is asked under the lock on the
organization (`user_target.py`), so that two who leave at the same moment can't both count on the other.
"""

from uuid import UUID

from sqlalchemy import select

from models import Audience, Permission, User, UserPermission, is_active
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.errors import ErrorCode, Problem
from resolvers.mutations.users.lock import LockedUser
from resolvers.transaction.unit_of_work import UnitOfWork

MESSAGE = "There is no other active admin with all contract accounts."


async def last_admin(
    work: UnitOfWork, target: LockedUser, before: AccountAccess, after: AccountAccess | None
) -> list[Problem]:
    """LAST_ADMIN where the user is the last unlimited admin of their organization, and would not be one any more with
    `after` in the place of `before`; None takes everything away."""
    loss = _lost(before, after)
    if target.row.activated_at is None or loss is None or await _another(work, target.organization_id, target.id):
        return []
    return [Problem(ErrorCode.LAST_ADMIN, MESSAGE, ("input", loss))]


def _lost(before: AccountAccess, after: AccountAccess | None) -> str | None:
    """Which input field makes an unlimited admin somebody else; None where nothing does."""
    has_been = _parts(before)
    if not all(has_been.values()):
        return None
    remains = _parts(after) if after else {"id": False}
    return next((field for field, still in remains.items() if not still), None)


def _parts(access: AccountAccess) -> dict[str, bool]:
    return {
        "audience": access.audience == Audience.ORGANIZATION,
        "allContractAccounts": access.all_contract_accounts,
        "permissions": Permission.USER_MANAGEMENT in access.permissions,
        "permissionEnds": Permission.USER_MANAGEMENT not in access.ends(GrantKind.PERMISSION),
    }


async def _another(work: UnitOfWork, organization_id: UUID, besides: UUID) -> bool:
    statement = (
        select(User.id)
        .join(UserPermission, UserPermission.user_id == User.id)
        .where(
            User.organization_id == organization_id,
            User.id != besides,
            User.audience == Audience.ORGANIZATION.value,
            User.all_contract_accounts,
            is_active(User.__table__),
            UserPermission.permission == Permission.USER_MANAGEMENT.value,
            UserPermission.ends_at.is_(None),
        )
    )
    return (await work.execute(statement.limit(1))).first() is not None
