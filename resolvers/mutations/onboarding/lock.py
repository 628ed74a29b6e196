"""The organization to which something is about to be added, looked at with the eyes of the policy.

Who adds one thing takes no lock on it: an organization is never taken away, and what is added refers to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.resources import VIEW, OrganizationAction
from models import Organization
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

PATH = ("input", "organization")

_NOT_FOUND = Problem(ErrorCode.NOT_FOUND, "There is no such organization that you can see.", PATH)


@dataclass(frozen=True, slots=True)
class AuthorizedOrganization:
    """An organization to which `actor` may add something, true until the end of the transaction."""

    id: UUID
    actor: Actor
    access: Access


async def authorize_organization(
    work: UnitOfWork, organization_id: UUID | None, *actions: OrganizationAction
) -> AuthorizedOrganization:
    """The organization to which the caller is about to do all `actions`; None stands for an id that can be no
    organization's.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND for what the caller does not see, alike for whatever
    reason; FORBIDDEN
    for what they see and may not do this to.
    """
    return await _opened(work, *await work.lock_actor(), organization_id, actions)


async def authorize_named_organization(work: UnitOfWork, name: str, *actions: OrganizationAction) -> UUID:
    """The key of the organization with this public id or exact name, to which the caller is about to do all `actions`.
    Of others who call this at the same time, the second waits for the end of the first's transaction.

    A caller without an actor is the operator, who may. Raises `MutationRejected` as `authorize_organization` does, and
    INVALID where
    several organizations have the name.
    """
    acting = await work.lock_actor() if work.caller.actor else None
    row = Organization.__table__.alias()
    which = select(row.c.id).where(_is_named(row, name)).order_by(row.c.id)
    if acting is not None:
        actor, access = acting
        which = which.where(access.may(VIEW, Organization, row))
        keys = (await work.execute_as(actor, which)).scalars().all()
    else:
        keys = (await work.execute(which)).scalars().all()
    if len(keys) > 1:
        ids = ", ".join(public_id.encode("org", key) for key in keys)
        raise MutationRejected(
            Problem(ErrorCode.INVALID, f"Several organizations have this name. Say which: {ids}.", PATH)
        )
    if not keys:
        raise MutationRejected(_NOT_FOUND)
    if acting is not None:
        await _opened(work, *acting, keys[0], actions)
    lock = select(Organization.id).where(Organization.id == keys[0]).with_for_update(key_share=True)
    held: UUID = (await work.execute(lock)).scalar_one()
    return held


def _is_named(row: FromClause, name: str) -> ColumnElement[bool]:
    key = public_id.key(name, "org")
    return row.c.name == name if key is None else row.c.id == key


async def _opened(
    work: UnitOfWork, actor: Actor, access: Access, organization_id: UUID | None, actions: Iterable[OrganizationAction]
) -> AuthorizedOrganization:
    row = Organization.__table__.alias()
    allowed = [access.may(action, Organization, row).is_(true()) for action in actions]
    seen = select(*allowed).where(row.c.id == organization_id, access.may(VIEW, Organization, row))
    found = (await work.execute_as(actor, seen)).one_or_none()
    if found is None or organization_id is None:
        raise MutationRejected(_NOT_FOUND)
    if not all(found):
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not do this to the organization.", PATH))
    return AuthorizedOrganization(organization_id, actor, access)
