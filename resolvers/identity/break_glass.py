"""Tells admins that one of them has signed in by password although single sign-on is required."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select

from models import MailKind, OutboxMail, User
from resolvers.identity.settings_admins import settings_admins
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork

PAUSE: Final = timedelta(minutes=15)
"""How long nobody is told again. Each sign-in is in the audit trail."""


async def tell_break_glass(work: UnitOfWork, user_id: UUID, organization_id: UUID) -> None:
    """Mail the admins who may change the settings of the organization that the user has signed in by password."""
    sent = OutboxMail.__table__
    is_recent = sent.c.created_at > func.now() - PAUSE
    told = exists().where(sent.c.tenant_id == organization_id, sent.c.kind == MailKind.BREAK_GLASS_USED, is_recent)
    if (await work.execute(select(told))).scalar():
        return
    who = select(User.email).where(User.tenant_id == organization_id, User.id == user_id)
    values = {"admin": (await work.execute(who)).scalar_one()}
    kind = MailKind.BREAK_GLASS_USED
    admins = await settings_admins(work, organization_id)
    mails = [OutgoingMail(kind, admin.email, admin.id, organization_id, (), values=values) for admin in admins]
    if mails:
        await work.send(*mails)
