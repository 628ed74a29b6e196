"""Loads and locks the template that a mutation changes, and checks that the caller may change it."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW
from models import AccessTemplate, Organization
from resolvers.access.templates import not_found
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedTemplate:
    """A template that `actor` may change, locked until the end of the transaction."""

    row: Row[*tuple[Any, ...]]
    actor: Actor
    access: Access


async def lock_template(work: UnitOfWork, template_id: UUID | None) -> LockedTemplate:
    """Lock the organization and then the template, so that nobody gets what it held before, and check that the caller
    sees it: whoever sees a template may change it.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND.
    """
    if work.caller.actor is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
    parameters = {"organization_id": work.caller.actor.organization_id, "template_id": template_id}
    await work.execute(_lock_organization(), {"organization_id": parameters["organization_id"]})
    await work.execute(_lock_row(), parameters)
    actor, access = await work.lock_actor()
    row = (await work.select_as(actor, access, _visible, {"template_id": template_id})).one_or_none()
    if row is None:
        raise MutationRejected(not_found(ID))
    return LockedTemplate(row, actor, access)


@cache
def _lock_organization() -> PreparedStatement:
    # As a mutation of users: the order of the locks is the same.
    organization = select(Organization.id).where(Organization.id == bindparam("organization_id", type_=Uuid()))
    return PreparedStatement(organization.with_for_update(key_share=True))


@cache
def _lock_row() -> PreparedStatement:
    key, organization_id = (bindparam(name, type_=Uuid()) for name in ("template_id", "organization_id"))
    own = AccessTemplate.id == key, AccessTemplate.organization_id == organization_id
    return PreparedStatement(select(AccessTemplate.id).where(*own).with_for_update())


def _visible(access: Access) -> Select[*tuple[Any, ...]]:
    row = AccessTemplate.__table__.alias()
    key = bindparam("template_id", type_=Uuid())
    return select(row).where(row.c.id == key, access.may(VIEW, AccessTemplate, row))
