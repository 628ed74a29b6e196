"""Loads the organization that a mutation adds to, and checks that the caller may do so.

Adding one resource takes no lock on the organization: the new row refers to it, so PostgreSQL rejects the row if the
operator has deleted the organization meanwhile. A bulk import locks it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, OrganizationAction
from models import Organization
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork

ORGANIZATION_PATH = ("input", "organization")

_NOT_FOUND = Problem(ErrorCode.NOT_FOUND, "No organization with this ID is visible to you.", ORGANIZATION_PATH)


@dataclass(frozen=True, slots=True)
class AuthorizedOrganization:
    """An organization to which `actor` may add resources, valid until the end of the transaction."""

    id: UUID
    actor: Actor
    access: Access


async def authorize_organization(
    work: UnitOfWork, organization_id: UUID | None, *actions: OrganizationAction, locks: RowLocks | None = None
) -> AuthorizedOrganization:
    """Check that the caller may perform all `actions` on the organization. An `organization_id` of None is not found.
    `locks` are as in `UnitOfWork.lock_actor`.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the organization, for whatever
    reason; FORBIDDEN if they see it but may not perform all actions.
    """
    return await _authorize(work, *await work.lock_actor(locks), organization_id, actions)


async def authorize_named_organization(work: UnitOfWork, name: str, *actions: OrganizationAction) -> UUID:
    """Lock the organization with this public id or exact name, and check that the caller may perform all `actions`.
    Returns its id. A concurrent call for the same organization waits for the end of this transaction.

    A caller without an actor is the operator, who may do everything. Raises `MutationRejected` as
    `authorize_organization` does, and INVALID if several organizations have the name.
    """
    actor_access = await work.lock_actor() if work.caller.actor else None
    row = Organization.__table__.alias()
    matches = select(row.c.id).where(_is_named(row, name)).order_by(row.c.id)
    if actor_access is not None:
        actor, access = actor_access
        matches = matches.where(access.may(VIEW, Organization, row))
        keys = (await work.execute_as(actor, matches)).scalars().all()
    else:
        keys = (await work.execute(matches)).scalars().all()
    if len(keys) > 1:
        ids = ", ".join(public_id.encode(Organization, key) for key in keys)
        raise MutationRejected(
            Problem(
                ErrorCode.INVALID,
                f"Several organizations have this name. Use one of these IDs: {ids}.",
                ORGANIZATION_PATH,
            )
        )
    if not keys:
        message = "No organization with this ID or name is visible to you."
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, message, ORGANIZATION_PATH))
    if actor_access is not None:
        await _authorize(work, *actor_access, keys[0], actions)
    lock = select(Organization.id).where(Organization.id == keys[0]).with_for_update(key_share=True)
    organization_id: UUID = (await work.execute(lock)).scalar_one()
    return organization_id


def _is_named(row: FromClause, name: str) -> ColumnElement[bool]:
    key = public_id.key(name, Organization)
    return row.c.name == name if key is None else row.c.id == key


async def _authorize(
    work: UnitOfWork, actor: Actor, access: Access, organization_id: UUID | None, actions: Iterable[OrganizationAction]
) -> AuthorizedOrganization:
    row = Organization.__table__.alias()
    actions = list(actions)
    allowed = [access.may(action, Organization, row).is_(true()) for action in actions]
    statement = select(*allowed).where(row.c.id == organization_id, access.may(VIEW, Organization, row))
    permissions = (await work.execute_as(actor, statement)).one_or_none()
    work.record_check(VIEW, Organization, organization_id, allowed=permissions is not None)
    for action, may in zip(actions, permissions or (), strict=permissions is not None):
        work.record_check(action, Organization, organization_id, allowed=may)
    if permissions is None or organization_id is None:
        raise MutationRejected(_NOT_FOUND)
    if not all(permissions):
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "You may not do this in the organization.", ORGANIZATION_PATH)
        )
    return AuthorizedOrganization(organization_id, actor, access)
