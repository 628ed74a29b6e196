"""Changes, removes, and resends the mail of each of many users, in a fixed number of statements.

Each user is checked as the mutation of one user checks them, by the same functions. The refused ones are left out, and
their problems are kept with the others (`ManyUsers.refused`).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, Text, Update, Uuid, bindparam, column, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from models import AuditKind, User
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import (
    access_problems,
    assignment_facts,
    facts_of,
    facts_parameters_of_many,
    unseen_access_problems,
    unseen_problem,
    visible_users,
)
from resolvers.access.grants import AccessChange, grant_changes, stored_access, unseen_by
from resolvers.access.templates import audited_template
from resolvers.errors import MutationRejected, Problem, beside
from resolvers.mutations.users.access_edit import Edit
from resolvers.mutations.users.activation_mail import send_activations
from resolvers.mutations.users.last_admin import has_other_admin, problem_of_last_admin
from resolvers.mutations.users.lifecycle import status_entry, store_removal
from resolvers.mutations.users.many import ManyUsers
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write
from resolvers.types.user import UserStatus

_FLAGS: Mapping[str, type[Any]] = {
    "audience": Text,
    "all_contract_accounts": Boolean,
    "all_delivery_accounts": Boolean,
    "template_id": Uuid,
}
"""The columns of the users' own rows that a change of access writes."""


async def update_each(
    work: UnitOfWork, many: ManyUsers, edit: Edit, *, all_or_none: bool, malformed: Sequence[Problem] = ()
) -> dict[UUID, AccessChange]:
    """Change the access of each user as `edit` says. Returns the changes of those whose access is another one now.

    With `all_or_none`, nothing is written if one is refused. Raises `MutationRejected` with the problems of the edit
    itself, beside those of `malformed` values.
    """
    changes = await _checked_changes(work, many, edit, malformed)
    await _keep_an_admin(work, many, changes)
    while True:
        changes = {row.id: changes[row.id] for row in many.remaining if row.id in changes}
        if not changes or (all_or_none and many.refused):
            return {}
        is_stored = await work.in_savepoint(lambda: _store(work, many, edit, changes))  # noqa: B023 -- awaited here
        if is_stored:
            return changes


async def _checked_changes(
    work: UnitOfWork, many: ManyUsers, edit: Edit, malformed: Sequence[Problem]
) -> dict[UUID, AccessChange]:
    """The access of each user who gets another one, before and after; without those whom the checks refuse."""
    changes: dict[UUID, AccessChange] = {}
    unseen = {}
    for row in many.remaining:
        # As if the user didn't have what the admin doesn't see, so that no error tells what it is.
        unseen[row.id] = unseen_by(row)
        before = stored_access(row).without(frozenset().union(*unseen[row.id].values()))
        after = edit.after(before)
        problems = edit.problems_of(before)
        many.refuse_user(row.id, *problems)
        if not problems and not after.gives_the_same_as(before):
            changes[row.id] = (before, after)
    pairs = [(edit.named, None), *((after, before) for before, after in changes.values())]
    found = await work.select_as(many.actor, many.access, assignment_facts, facts_parameters_of_many(pairs))
    facts = facts_of(found.one())
    # Somebody who may assign nothing may change nobody: all users are refused already, and that is the whole answer.
    may_assign = many.access.assignable is not None or bool(many.remaining)
    problems = beside(malformed, edit.problems(many.access, facts) if may_assign else ())
    if problems:
        raise MutationRejected(problems)
    for user_id, (before, after) in changes.items():
        problems = [*access_problems(many.access, facts, after, before), *unseen_access_problems(unseen[user_id])]
        many.refuse_user(user_id, *problems)
    return {row.id: changes[row.id] for row in many.remaining if row.id in changes}


async def _keep_an_admin(
    work: UnitOfWork, many: ManyUsers, changes: Mapping[UUID, AccessChange | tuple[AccountAccess, None]]
) -> None:
    """Refuse the last of the users who would stop being an unlimited admin, if no other one would be left."""
    losing: dict[UUID, Problem] = {}
    for user_id, (before, after) in changes.items():
        problem = problem_of_last_admin(many.rows[user_id].activated_at, before, after)
        if problem is not None:
            losing[user_id] = problem
    assert many.actor.organization_id is not None or not losing
    if losing and not await has_other_admin(work, many.actor.organization_id, *losing):  # type: ignore[arg-type]
        last = list(losing)[-1]
        many.refuse_user(last, losing[last])


async def _store(work: UnitOfWork, many: ManyUsers, edit: Edit, changes: Mapping[UUID, AccessChange]) -> bool | None:
    """Store the changes. Returns None if the admin wouldn't see some of the users any more, who are then refused."""
    organization_id = many.rows[next(iter(changes))].organization_id
    links = {user_id: edit.template_of(many.rows[user_id].template_id, *change) for user_id, change in changes.items()}
    await work.write(*_flag_writes(many, changes, links), *grant_changes(organization_id, changes))
    visible = await visible_users(work, many.actor, many.access, list(changes))
    unseen = [user_id for user_id in changes if user_id not in visible]
    for user_id in unseen:
        many.refuse_user(user_id, unseen_problem())
    if unseen:
        return None
    await work.audit(
        *(
            AuditEntry(
                AuditKind.USER_UPDATED,
                user_id,
                organization_id,
                changes=changed(
                    before.to_audit() | audited_template(many.rows[user_id].template_id),
                    after.to_audit() | audited_template(links[user_id]),
                ),
            )
            for user_id, (before, after) in changes.items()
        )
    )
    return True


def _flag_writes(
    many: ManyUsers, changes: Mapping[UUID, AccessChange], links: Mapping[UUID, UUID | None]
) -> list[Write]:
    """The write of what is in the users' own rows, if that changes."""
    flags = {}
    for user_id, (_, after) in changes.items():
        row = many.rows[user_id]
        new = [after.audience.value, after.all_contract_accounts, after.all_delivery_accounts, links[user_id]]
        if new != [getattr(row, name) for name in _FLAGS]:
            flags[user_id] = new
    if not flags:
        return []
    columns = zip(*flags.values(), strict=True)
    keys = {"tenant_id": many.actor.organization_id, "ids": list(flags)}
    return [Write("users", _update_flags, {**keys, **dict(zip(_FLAGS, map(list, columns), strict=True))})]


def _update_flags(prefix: str) -> Update:
    given = func.unnest(
        bindparam(f"{prefix}ids", type_=ARRAY(Uuid())),
        *(bindparam(prefix + name, type_=ARRAY(type_())) for name, type_ in _FLAGS.items()),
    ).table_valued(column("id", Uuid()), *(column(name, type_()) for name, type_ in _FLAGS.items()))
    given = given.render_derived(f"{prefix}given")
    is_user = User.tenant_id == bindparam(f"{prefix}tenant_id", type_=Uuid()), User.id == given.c.id
    return update(User).where(*is_user).values({name: given.c[name] for name in _FLAGS})


async def remove_each(
    work: UnitOfWork, many: ManyUsers, *, all_or_none: bool
) -> dict[UUID, tuple[AccountAccess, None]]:
    """Remove each user. Returns the access of those who are removed. With `all_or_none`, nobody is if one is
    refused."""
    await _keep_an_admin(work, many, {row.id: (stored_access(row), None) for row in many.remaining})
    rows = many.remaining
    if not rows or (all_or_none and many.refused):
        return {}
    await store_removal(work, rows[0].organization_id, *(row.id for row in rows))
    await work.audit(*(status_entry(row, AuditKind.USER_REMOVED, UserStatus.REMOVED) for row in rows))
    return {row.id: (stored_access(row), None) for row in rows}


async def resend_to_each(work: UnitOfWork, many: ManyUsers, *, all_or_none: bool) -> dict[UUID, AccountAccess]:
    """Send each user a new activation link. Returns the access of those who get one. With `all_or_none`, nobody does if
    one is refused. Raises `MutationRejected` (RATE_LIMITED) if the caller sends too many mails."""
    for row, problem in await _unsendable(work, many):
        many.refuse_user(row.id, problem)
    rows = many.remaining
    if not rows or (all_or_none and many.refused):
        return {}
    recipients = {row.id: row.email for row in rows}
    by_email = {row.email: many.path_of(row.id) for row in rows}
    await send_activations(work, rows[0].organization_id, recipients, by_email.__getitem__)
    await work.audit(*(status_entry(row, AuditKind.USER_ACTIVATION_RESENT, UserStatus.PENDING) for row in rows))
    return {row.id: stored_access(row) for row in rows}


async def _unsendable(work: UnitOfWork, many: ManyUsers) -> list[tuple[Row[*tuple[Any, ...]], Problem]]:
    """The users whose mailboxes have got too many mails."""
    rows = many.remaining
    problems = await work.mail_problems([(row.email, many.path_of(row.id)) for row in rows])
    return [(row, problem) for row, problem in zip(rows, problems, strict=True) if problem is not None]
