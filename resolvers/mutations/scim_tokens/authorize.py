"""Checks that the caller may set up provisioning, which is to change the settings of the organization."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from authz.access import Access
from authz.actor import ACTOR_ORGANIZATION_ID, Actor
from authz.model.actions import OrganizationAction
from models import Organization
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProvisionedOrganization:
    """The organization whose provisioning `actor` may set up."""

    id: UUID
    actor: Actor
    access: Access


async def authorize_provisioning(work: UnitOfWork, locks: RowLocks | None = None) -> ProvisionedOrganization:
    """Check that the caller may change the settings of their organization. `locks` are as in `UnitOfWork.lock_actor`.

    With a SCIM token, the caller is the admin who made it: if they may not set up provisioning any longer, neither
    does the token do anything. Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN.
    """
    actor, access, rows = await work.lock_actor_and_select(_organization, {}, locks=locks)
    action = OrganizationAction.CHANGE_SETTINGS
    work.record_check(action, Organization, actor.organization_id, allowed=bool(rows))
    if not rows:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not set up provisioning."))
    return ProvisionedOrganization(rows[0].id, actor, access)


def _organization(access: Access) -> Select[*tuple[Any, ...]]:
    row = Organization.__table__.alias()
    allowed = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, row)
    return select(row.c.id).where(row.c.id == ACTOR_ORGANIZATION_ID, allowed)
