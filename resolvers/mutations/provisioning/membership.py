"""Adds users to a group, which is an access template, and removes them: they get exactly what the template holds, or
lose everything.

A user has one template at most. Whoever is added to a second one has only that from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from authz.access import Access
from authz.model.actions import UserAction
from models import AuditKind, User
from resolvers.access.account_access import CONTENT, AccountAccess
from resolvers.access.assignability import content_problems
from resolvers.access.expiry import AssignmentFacts
from resolvers.access.templates import audited_template, not_found
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.provisioning.users import NO_ACCESS
from resolvers.mutations.users.access_edit import Edit
from resolvers.mutations.users.change_each import update_each
from resolvers.mutations.users.many import ManyUsers, lock_many
from resolvers.mutations.users.update import merged
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork

MEMBERS: Final = ("input", "members")


@dataclass(frozen=True, slots=True)
class Membership:
    """Gives each user exactly what the template `template_id` holds; nothing if that is None (`Edit`)."""

    template_id: UUID | None
    named: AccountAccess = NO_ACCESS

    def after(self, before: AccountAccess) -> AccountAccess:
        """As `Edit.after`. Ends of grants that stay are kept."""
        given: Any = {name: getattr(self.named, name) for name in CONTENT}
        return merged(before, given)

    def problems(self, access: Access, facts: AssignmentFacts) -> list[Problem]:
        """As `Edit.problems`. A template that holds what the caller may not give isn't there."""
        found = content_problems(access, facts, self.named)
        return [not_found()] if any(problem.code is ErrorCode.NOT_ASSIGNABLE for problem in found) else found

    def problems_of(self, _before: AccountAccess) -> list[Problem]:
        """As `Edit.problems_of`."""
        return []

    def template_of(self, _template_id: UUID | None, _before: AccountAccess, _after: AccountAccess) -> UUID | None:
        """As `Edit.template_of`."""
        return self.template_id


async def add_members(work: UnitOfWork, template_id: UUID, access: AccountAccess, users: Sequence[UUID | None]) -> None:
    """Add users to the group. Removed users are left out: they can have no access, and so no group.

    Raises `MutationRejected`, with problems at the users' positions: NOT_FOUND, FORBIDDEN, NOT_ASSIGNABLE, LAST_ADMIN.
    """
    many = _without_removed(await lock_many(work, list(dict.fromkeys(users)), UserAction.UPDATE))
    await _change(work, many, Membership(template_id, access))


async def remove_members(work: UnitOfWork, template_id: UUID, users: Sequence[UUID | None]) -> None:
    """Remove users from the group, those who are in it. Raises as `add_members`."""
    many = await lock_many(work, list(dict.fromkeys(users)), UserAction.UPDATE)
    ids = [user_id for user_id in many.user_ids if user_id is not None and _has(many, user_id, template_id)]
    refused = {
        ids.index(user_id): many.refused[position]
        for position, user_id in enumerate(many.user_ids)
        if position in many.refused and user_id in ids
    }
    await _change(work, replace(many, user_ids=ids, refused=refused), Membership(None))


def _has(many: ManyUsers, user_id: UUID, template_id: UUID) -> bool:
    row = many.rows.get(user_id)
    return row is not None and row.template_id == template_id


def _without_removed(many: ManyUsers) -> ManyUsers:
    def is_removed(position: int) -> bool:
        problems = many.refused.get(position, ())
        return any(problem.code is ErrorCode.ALREADY_REMOVED for problem in problems)

    kept = [position for position in range(len(many.user_ids)) if not is_removed(position)]
    refused = {kept.index(position): problems for position, problems in many.refused.items() if position in kept}
    return replace(many, user_ids=[many.user_ids[position] for position in kept], refused=refused)


async def _change(work: UnitOfWork, many: ManyUsers, edit: Edit) -> None:
    if not many.user_ids:
        return
    changes = await update_each(work, many, edit, all_or_none=True)
    if many.refused:
        problems = [problem for position in sorted(many.refused) for problem in many.refused[position]]
        raise MutationRejected(replace(problem, path=(*MEMBERS, problem.path[-1])) for problem in problems)
    template_id = edit.template_of(None, NO_ACCESS, NO_ACCESS)
    unchanged = [row for row in many.remaining if row.id not in changes and row.template_id != template_id]
    if not unchanged:
        return
    # They have exactly what the template holds already, so only the link changes.
    of_organization = User.tenant_id == many.actor.organization_id
    linked = update(User).where(of_organization, User.id.in_([row.id for row in unchanged]))
    await work.execute(linked.values(template_id=template_id))
    await work.audit(
        *(
            AuditEntry(
                AuditKind.USER_UPDATED,
                row.id,
                row.organization_id,
                changes=changed(audited_template(row.template_id), audited_template(template_id)),
            )
            for row in unchanged
        )
    )
