"""Creates, changes and deletes access templates on behalf of an identity provider, for which they are groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from models import AccessTemplate, AuditKind, User
from resolvers.access.templates import template_access
from resolvers.errors import MutationRejected, invalid
from resolvers.mutations.access_templates.lock import lock_template
from resolvers.mutations.access_templates.mutations import NewTemplate, create_template, remove_template
from resolvers.mutations.access_templates.update import TemplateChange, update_template_in_transaction
from resolvers.mutations.provisioning.external_ids import store_external_id
from resolvers.mutations.provisioning.membership import MEMBERS, add_members, remove_members
from resolvers.mutations.provisioning.users import NO_ACCESS
from resolvers.mutations.scim_tokens.authorize import authorize_provisioning
from resolvers.mutations.users.lock import row_locks
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork

MAX_MEMBERS: Final = 1_000
"""The maximum number of users whom one request adds to a group, or removes from it."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A change of a group. A name of None stays, and so does the external id unless
    it `sets_external_id`. None in a list of users stands
    for an id that no user can have."""

    name: str | None = None
    external_id: str | None = None
    sets_external_id: bool = False
    added: Sequence[UUID | None] = ()
    removed: Sequence[UUID | None] = ()


async def provision_group(work: UnitOfWork, new: GroupChange) -> UUID:
    """Create an access template that holds nothing, until an admin says what its users get. Returns its id.

    Raises `MutationRejected`: FORBIDDEN, INVALID, DUPLICATE, and as `add_members`.
    """
    await authorize_provisioning(work, _locks(work))
    template_id = await create_template(work, NewTemplate(new.name or "", NO_ACCESS))
    await _apply(work, template_id, new)
    return template_id


async def change_provisioned_group(work: UnitOfWork, template_id: UUID | None, change: GroupChange) -> None:
    """Change a group. Raises `MutationRejected`: FORBIDDEN, NOT_FOUND, INVALID, DUPLICATE, and as `add_members`."""
    await authorize_provisioning(work, _locks(work))
    template = await lock_template(work, template_id)
    if change.name is not None and change.name != template.row.name:
        await update_template_in_transaction(work, template.row.id, TemplateChange(template.row.version, change.name))
    await _apply(work, template.row.id, change)


async def deprovision_group(work: UnitOfWork, template_id: UUID | None) -> None:
    """Remove all users from a group, who lose what it gave them, and then the template. Raises `MutationRejected` as
    `change_provisioned_group`."""
    await authorize_provisioning(work, _locks(work))
    template = await lock_template(work, template_id)
    members = select(User.id).where(User.tenant_id == template.row.organization_id, User.template_id == template.row.id)
    user_ids = list((await work.execute(members.limit(MAX_MEMBERS + 1))).scalars())
    await remove_members(work, template.row.id, _bounded(user_ids))
    await remove_template(work, template.row.id)


async def _apply(work: UnitOfWork, template_id: UUID, change: GroupChange) -> None:
    if change.sets_external_id:
        await _store_external_id(work, template_id, change.external_id)
    await remove_members(work, template_id, _bounded(change.removed))
    if change.added:
        row = (await lock_template(work, template_id)).row
        await add_members(work, template_id, template_access(row), _bounded(change.added))


async def _store_external_id(work: UnitOfWork, template_id: UUID, external_id: str | None) -> None:
    template = await lock_template(work, template_id)
    organization_id: UUID = template.row.organization_id
    changes = await store_external_id(work, AccessTemplate, organization_id, template_id, external_id)
    if changes:
        kind = AuditKind.ACCESS_TEMPLATE_UPDATED
        await work.audit(AuditEntry(kind, template_id, organization_id, changes=changes))


def _bounded(users: Sequence[UUID | None]) -> Sequence[UUID | None]:
    if len(users) > MAX_MEMBERS:
        raise MutationRejected(invalid(f"One request adds or removes at most {MAX_MEMBERS} members.", *MEMBERS))
    return users


def _locks(work: UnitOfWork) -> RowLocks | None:
    return row_locks(work.caller.actor) if work.caller.actor else None
