"""Tells admins that one of them has signed in by password although single sign-on is required."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import OrganizationAction
from models import MailKind, Organization, OutboxMail, Permission, User, UserPermission, not_expired
from resolvers.callers.load_actor import active_users, traits_of
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork

MOST_TOLD: Final = 20
"""How many admins are told at most."""

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
    mails = []
    for row in (await work.execute(_admins(organization_id))).all():
        actor = Actor(row.id, row.organization_id, traits_of(row), row.version, row.until)
        access, own = Access(work.context.policy, actor.traits), Organization.__table__.alias()
        may = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, own)
        allowed = select(own.c.id).where(own.c.id == organization_id, may)
        if (await work.execute_as(actor, allowed)).scalar() is not None:
            mails.append(OutgoingMail(MailKind.BREAK_GLASS_USED, row.email, row.id, organization_id, (), values=values))
    if mails:
        await work.send(*mails)


def _admins(organization_id: UUID) -> Select[*tuple[Any, ...]]:
    """Active users who manage users: the policy says which of them may change the settings."""
    manages = exists().where(
        UserPermission.organization_id == organization_id,
        UserPermission.user_id == User.id,
        UserPermission.permission == Permission.USER_MANAGEMENT,
        not_expired(UserPermission.__table__),
    )
    users = active_users().add_columns(User.email).where(User.organization_id == organization_id, manages)
    return users.order_by(User.id).limit(MOST_TOLD)
