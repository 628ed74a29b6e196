"""Ends the sessions that staff have begun without a second factor, if the operator requires one of them.

The requirement is a setting, so there is no one moment at which it is turned on: servers with and without it run side
by side while they are restarted. Each server with the setting checks again and again.
"""

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select

from models import PLATFORM, AuditKind, Passkey, Session, TotpFactor, User, is_active
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork


async def end_staff_sessions_without_second_factor(work: UnitOfWork) -> int:
    """End the sessions of staff who have no second factor, with an event for each, and return how many there were.

    A session that began at a provider goes on: such a sign-in is complete by itself.
    """
    by_password = Session.tenant_id == PLATFORM, Session.identity_id.is_(None)
    without = User.tenant_id == PLATFORM, is_active(User.__table__), ~_has_one()
    held = exists().where(*by_password, Session.user_id == User.id)
    found = select(User.id).where(*without, held).order_by(User.id)
    # First without locks: usually there are none.
    if (await work.execute(found.limit(1))).scalar_one_or_none() is None:
        return 0
    # A sign-in or an enrollment at the same time has either committed, or waits for these locks.
    await work.execute(found.with_for_update(key_share=True))
    users = select(User.id).where(*without)
    ended = delete(Session).where(*by_password, Session.user_id.in_(users)).returning(Session.user_id)
    owners = (await work.execute(ended)).scalars().all()
    for owner in owners:
        await work.audit(AuditEntry(AuditKind.SESSION_ENDED, owner, None, actor_id=owner))
    return len(owners)


def _has_one() -> ColumnElement[bool]:
    factors: tuple[Any, ...] = (TotpFactor, Passkey)
    return or_(*(exists().where(each.tenant_id == PLATFORM, each.user_id == User.id) for each in factors))
