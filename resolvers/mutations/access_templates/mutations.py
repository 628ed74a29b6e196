"""Creates and removes access templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from models import AccessTemplate, AuditKind, IdentityProvider, Permission, User, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import content_problems
from resolvers.access.templates import template_access
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside
from resolvers.mutations.access_templates.lock import lock_template
from resolvers.mutations.users.insert import require_creator
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.text import normalize_name

NAME = ("input", "name")


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template to be created. `malformed` are the problems of malformed values."""

    name: str
    access: AccountAccess
    malformed: Sequence[Problem] = ()


async def create_template(work: UnitOfWork, new: NewTemplate) -> UUID:
    """Create a template in the caller's organization. Returns its id.

    Raises `MutationRejected` with all problems: FORBIDDEN (alone) if the caller may not create users, INVALID,
    NOT_ASSIGNABLE, DUPLICATE.
    """
    creator = await require_creator(work, (), new.access)
    found = [*name_problems(new.name, *NAME), *content_problems(creator.access, creator.facts, new.access)]
    problems = beside(new.malformed, found)
    if problems:
        raise MutationRejected(problems)
    template_id, organization_id = new_id(), creator.organization_id
    values = {"id": template_id, "name": normalize_name(new.name), **stored_columns(new.access)}
    statement = insert(AccessTemplate).values(organization_id=organization_id, **values)
    unless_taken = statement.on_conflict_do_nothing()
    if (await work.execute(unless_taken.returning(AccessTemplate.id))).first() is None:
        raise MutationRejected(name_taken())
    entry = AuditEntry(
        AuditKind.ACCESS_TEMPLATE_CREATED,
        template_id,
        organization_id,
        changes=created(audited_template_values(values["name"], new.access)),
    )
    await work.audit(entry)
    return template_id


async def remove_template(work: UnitOfWork, template_id: UUID | None) -> UUID:
    """Remove a template. Returns its id. The users who have it keep their access, and have no template any more.

    Nobody becomes a user with it by signing in any more. Raises `MutationRejected` as `lock_template` does.
    """
    template = await lock_template(work, template_id)
    removed: UUID = template.row.id
    organization_id: UUID = template.row.organization_id
    users = User.tenant_id == organization_id, User.template_id == removed
    await work.execute(update(User).where(*users).values(template_id=None))
    given = IdentityProvider.organization_id == organization_id, IdentityProvider.template_id == removed
    await work.execute(update(IdentityProvider).where(*given).values(template_id=None, creator_id=None))
    own = AccessTemplate.organization_id == organization_id, AccessTemplate.id == removed
    await work.execute(delete(AccessTemplate).where(*own))
    values = audited_template_values(template.row.name, template_access(template.row))
    await work.audit(
        AuditEntry(
            AuditKind.ACCESS_TEMPLATE_REMOVED,
            removed,
            template.row.organization_id,
            changes={field: (value, None) for field, value in values.items()},
        )
    )
    return removed


def name_taken() -> Problem:
    """The problem that the organization has a template with this name, which the caller may not see."""
    return Problem(ErrorCode.DUPLICATE, "This name is not available.", NAME)


def stored_columns(access: AccountAccess) -> dict[str, Any]:
    """The columns of a template with this access."""
    permissions = access.stored_permissions
    return {
        "audience": access.audience.value,
        "permissions": [permission.value for permission in Permission if permission in permissions],
        "all_contract_accounts": access.all_contract_accounts,
        "contract_accounts": list(dict.fromkeys(access.contract_accounts)),
        "all_delivery_accounts": access.all_delivery_accounts,
        "delivery_accounts": list(dict.fromkeys(access.delivery_accounts)),
    }


def audited_template_values(name: str, access: AccountAccess) -> dict[str, Any]:
    """A template as the audit trail records it."""
    ends = ("permissionEnds", "accountEnds")
    return {"name": name} | {field: value for field, value in access.to_audit().items() if field not in ends}
