"""The admins who may change the settings of an organization, to whom the server writes about them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, exists, literal, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import OrganizationAction
from models import Organization, Permission, User, UserPermission, not_expired
from resolvers.callers.load_actor import active_users, traits_of
from resolvers.transaction.unit_of_work import UnitOfWork

MOST_TOLD: Final = 20
"""How many admins are told at most."""


async def settings_admins(work: UnitOfWork, organization_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """The active admins who may change the settings now, by the policy: at most `MOST_TOLD` rows with `id` and
    `email`."""
    found = []
    for row in (await work.execute(_admins(organization_id))).all():
        actor = Actor(row.id, row.organization_id, traits_of(row), row.version, row.until)
        access, own = Access(work.context.policy, actor.traits), Organization.__table__.alias()
        may = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, own)
        allowed = select(own.c.id).where(own.c.id == organization_id, may)
        if (await work.execute_as(actor, allowed)).scalar() is not None:
            found.append(row)
    return found


def _admins(organization_id: UUID) -> Select[*tuple[Any, ...]]:
    """Active users who manage users: the policy says which of them may change the settings."""
    manages = exists().where(
        UserPermission.organization_id == organization_id,
        UserPermission.user_id == User.id,
        UserPermission.permission == Permission.USER_MANAGEMENT,
        not_expired(UserPermission.__table__),
    )
    users = active_users(literal(organization_id, Uuid())).add_columns(User.email)
    users = users.where(User.organization_id == organization_id, manages)
    return users.order_by(User.id).limit(MOST_TOLD)
