"""Reads access templates for use: what a user gets who is created or changed from one.

A template is visible to whoever may assign all that it holds, so the checks of the access decide about it, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, select

from authz.access import Access
from models import AccessTemplate, Audience, Permission
from resolvers import public_id
from resolvers.access.account_access import AccountAccess, GrantEnd
from resolvers.access.assignability import access_problems, content_problems
from resolvers.access.expiry import AssignmentFacts
from resolvers.errors import ErrorCode, Problem
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.unit_of_work import UnitOfWork

TEMPLATE: Final = ("input", "template")
_FIELDS: Final = frozenset(
    {"audience", "permissions", "allContractAccounts", "contractAccounts", "allDeliveryAccounts", "deliveryAccounts"}
)


@dataclass(frozen=True, slots=True)
class TemplateId:
    """The id of the template that an input names; None if no template can have it."""

    id: UUID | None


@dataclass(frozen=True, slots=True)
class UsedTemplate:
    """A template that a mutation names, locked until the end of the transaction. The `id` is None if the caller's
    organization has no template with it."""

    id: UUID | None
    access: AccountAccess

    def with_ends(
        self, permission_ends: Sequence[GrantEnd] = (), account_ends: Sequence[GrantEnd] = ()
    ) -> AccountAccess:
        """The access of a user who gets it with these ends."""
        return replace(self.access, permission_ends=tuple(permission_ends), account_ends=tuple(account_ends))


async def resolve_template(
    work: UnitOfWork, named: TemplateId | None, access: AccountAccess
) -> tuple[UsedTemplate | None, AccountAccess]:
    """The template, if one is named, and the access of a user who gets it, with the ends in `access`."""
    if named is None:
        return None, access
    template = await use_template(work, named.id)
    return template, template.with_ends(access.permission_ends, access.account_ends)


async def use_template(work: UnitOfWork, template_id: UUID | None) -> UsedTemplate:
    """Read a template, and lock it against change. Whether the caller sees it is for `template_problems` to say."""
    actor = work.caller.actor
    parameters = {"template_id": template_id, "organization_id": actor and actor.organization_id}
    row = (await work.execute(_select(), parameters)).one_or_none()
    if row is None:
        return UsedTemplate(None, AccountAccess(Audience.ORGANIZATION))
    return UsedTemplate(row.id, template_access(row))


@cache
def _select() -> PreparedStatement:
    row = AccessTemplate.__table__
    key, organization_id = (bindparam(name, type_=Uuid()) for name in ("template_id", "organization_id"))
    statement = select(row).where(row.c.id == key, row.c.organization_id == organization_id)
    return PreparedStatement(statement.with_for_update(read=True))


def template_access(row: Row[*tuple[Any, ...]]) -> AccountAccess:
    """The access in a row of a template."""
    return AccountAccess(
        Audience(row.audience),
        tuple(map(Permission, row.permissions)),
        row.all_contract_accounts,
        tuple(row.contract_accounts),
        row.all_delivery_accounts,
        tuple(row.delivery_accounts),
    )


def access_problems_with(
    template: UsedTemplate | None,
    access: Access,
    facts: AssignmentFacts,
    after: AccountAccess,
    before: AccountAccess | None = None,
) -> list[Problem]:
    """`access_problems` of the access that a user gets, those of what comes from the template, if any, at its field."""
    found = access_problems(access, facts, after, before)
    if template is None:
        return found
    if template.id is None:
        return [not_found()]
    if any(problem.code is ErrorCode.NOT_ASSIGNABLE for problem in content_problems(access, facts, template.access)):
        return [not_found()]
    return at_template(found)


def at_template(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, those of fields that the template stands for at its own field."""
    return list(
        dict.fromkeys(
            replace(problem, path=TEMPLATE) if problem.path[1:2] and problem.path[1] in _FIELDS else problem
            for problem in problems
        )
    )


def not_found(path: tuple[str, ...] = TEMPLATE) -> Problem:
    """The problem that the caller sees no template with the id."""
    return Problem(ErrorCode.NOT_FOUND, "No access template with this ID is visible to you.", path)


def audited_template(template_id: UUID | None) -> dict[str, str | None]:
    """The template of a user as the audit trail records it."""
    return {"template": None if template_id is None else public_id.encode(AccessTemplate, template_id)}
