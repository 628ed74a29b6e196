"""Removes users who stayed dormant after a warning, as an admin would, but on behalf of nobody."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from models import AccessNotice, NoticeKind, Organization, User
from resolvers.access.grants import stored_access, user_with_grants
from resolvers.mutations.upkeep.activity import active_since, has_not_been_active_for
from resolvers.mutations.users.last_admin import has_other_admin, problem_of_last_admin
from resolvers.mutations.users.lifecycle import remove_locked
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import UserStatus

REMOVED_AT_ONCE: Final = 20

REASON: Final = "dormant"
"""What the audit event of a removal gives as the reason."""


async def remove_dormant(work: UnitOfWork, settings: Row[*tuple[Any, ...]]) -> int:
    """Removes users who were warned `dormancy_warning_days` ago and have not been active since. Returns how many.

    The last admin stays. The organization is locked, as for every removal, and each user: whoever signs in meanwhile
    either has done so before, and stays, or does so after, and is refused.
    """
    if settings.dormant_after_days is None:
        return 0
    lock = select(Organization.id).where(Organization.id == settings.id).with_for_update(key_share=True)
    await work.execute(lock)
    users = (await work.execute(_dormant(settings))).scalars().all()
    return sum([await _remove(work, settings.id, user_id) for user_id in users])


async def _remove(work: UnitOfWork, organization_id: UUID, user_id: UUID) -> bool:
    ids = {"user_id": user_id, "organization_id": organization_id}
    user = (await work.execute(user_with_grants(), ids)).one()
    problem = problem_of_last_admin(user.activated_at, stored_access(user), None)
    if problem is not None and not await has_other_admin(work, organization_id, user_id):
        return False
    await remove_locked(work, user_id, organization_id, UserStatus.ACTIVE, REASON)
    return True


def _dormant(settings: Row[*tuple[Any, ...]]) -> Select[UUID]:
    user, notice = User.__table__.alias(), AccessNotice.__table__.alias()
    is_warning = (
        notice.c.kind == NoticeKind.DORMANCY.value,
        notice.c.at == active_since(user, settings.id),
        notice.c.is_told,
    )
    warned_at = func.now() - func.make_interval(0, 0, 0, settings.dormancy_warning_days)
    return (
        select(user.c.id)
        .select_from(notice.join(user, user.c.id == notice.c.user_id))
        .where(user.c.tenant_id == settings.id)
        .where(notice.c.organization_id == settings.id, *is_warning, notice.c.created_at <= warned_at)
        .where(has_not_been_active_for(user, settings.id, settings.dormant_after_days))
        .order_by(notice.c.at, user.c.id)
        .limit(REMOVED_AT_ONCE)
        .with_for_update(of=user, key_share=True)
    )
