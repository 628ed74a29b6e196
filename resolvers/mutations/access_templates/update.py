"""Changes an access template, and with it the access of all users who have it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError

from authz.access import Access
from authz.model.actions import UserAction
from models import AccessTemplate, AuditKind, User
from resolvers.access.account_access import CONTENT, AccountAccess
from resolvers.access.assignability import (
    assignment_facts,
    content_problems,
    facts_of,
    facts_parameters,
)
from resolvers.access.expiry import AssignmentFacts
from resolvers.access.templates import template_access
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.access_templates.lock import ID, LockedTemplate, lock_template
from resolvers.mutations.access_templates.mutations import audited_template_values, name_taken, stored_columns
from resolvers.mutations.users.change_each import update_each
from resolvers.mutations.users.change_users import (
    ChangeOutcome,
    ChangeRollback,
    Measure,
    NoneChanged,
    UsersChange,
    outcome_of,
    with_differences,
)
from resolvers.mutations.users.many import ManyUsers, lock_many
from resolvers.mutations.users.update import NewAccess, merged, null_problems
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.business import name_problems
from resolvers.validation.text import normalize_name

MAX_USERS, MAX_GRANTS = 1_000, 50_000
"""The maximum numbers of users of a template that can be changed, and of the accounts that it may give them in all."""


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """A change of a template. `version` is the version that the client has read; a name of None stays."""

    version: int
    name: str | None = None
    access: NewAccess | None = None
    dry_run: bool = False
    malformed: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """Gives each user exactly what the template holds (`Edit`). Ends of grants that stay are kept."""

    template_id: UUID
    named: AccountAccess

    def after(self, before: AccountAccess) -> AccountAccess:
        """As `Edit.after`."""
        given: Any = {name: getattr(self.named, name) for name in CONTENT}
        return merged(before, given)

    def problems(self, _access: Access, _facts: AssignmentFacts) -> list[Problem]:
        """As `Edit.problems`. The template itself has been checked."""
        return []

    def problems_of(self, _before: AccountAccess) -> list[Problem]:
        """As `Edit.problems_of`."""
        return []

    def template_of(self, _template_id: UUID | None, _before: AccountAccess, _after: AccountAccess) -> UUID | None:
        """As `Edit.template_of`."""
        return self.template_id


async def update_template(
    context: MutationContext,
    caller: Caller,
    template_id: UUID | None,
    change: TemplateChange,
    measure: Measure | None = None,
) -> ChangeOutcome:
    """Change a template and the access of its users. Returns the outcome for each of them; of a dry run, with what
    `measure` returns.

    The problems of the outcome are UNAUTHENTICATED; NOT_FOUND; STALE; INVALID, NOT_ASSIGNABLE and DUPLICATE for the
    template; FORBIDDEN at the id if the caller may not change all of its users; those of single users, at the id; and
    REAUTHENTICATION_REQUIRED if it gives more.
    """
    try:
        return await run_in_transaction(
            context, caller, lambda work: update_template_in_transaction(work, template_id, change, measure)
        )
    except (NoneChanged, ChangeRollback) as stop:
        return stop.outcome
    except MutationRejected as rejection:
        return ChangeOutcome(problems=rejection.problems)


async def update_template_in_transaction(
    work: UnitOfWork, template_id: UUID | None, change: TemplateChange, measure: Measure | None = None
) -> ChangeOutcome:
    """Change a template as `update_template` does, within a unit of work, which must end if this raises.

    Raises `ChangeRollback` after a successful dry run; `NoneChanged`; or another `MutationRejected`.
    """
    try:
        template = await lock_template(work, template_id)
    except MutationRejected as rejection:
        raise MutationRejected(beside(change.malformed, rejection.problems)) from None
    before = template_access(template.row)
    after = merged(before, change.access or NewAccess())
    await _check(work, template, change, after)
    user_ids = await _users(work, template.row, after)
    edit = TemplateEdit(template.row.id, after)
    many = await _lock_users(work, user_ids)
    changes = await update_each(work, many, edit, all_or_none=True)
    of_users = UsersChange(user_ids, edit, dry_run=change.dry_run)
    outcome = _at_id(outcome_of(of_users, many, frozenset(changes)))
    if outcome.problems:
        raise NoneChanged(outcome)
    if after.widens(before) and not change.dry_run:
        require_recent_proof(work, template.actor)
    await _store(work, template, change, before, after)
    if change.dry_run:
        raise ChangeRollback(
            outcome if measure is None else with_differences(outcome, await measure(work, many, changes))
        )
    return outcome


async def _check(work: UnitOfWork, template: LockedTemplate, change: TemplateChange, after: AccountAccess) -> None:
    if template.row.version != change.version:
        stale = Problem(ErrorCode.STALE, "The template has been changed since you last read it.", ("input", "version"))
        raise MutationRejected(beside(change.malformed, [stale]))
    row = await work.select_as(template.actor, template.access, assignment_facts, facts_parameters(after))
    problems = [
        *null_problems(change.access or {}),
        *(() if change.name is None else name_problems(change.name, "input", "name")),
        *content_problems(template.access, facts_of(row.one()), after),
    ]
    if found := beside(change.malformed, problems):
        raise MutationRejected(found)


async def _users(work: UnitOfWork, template: Row[*tuple[Any, ...]], after: AccountAccess) -> list[UUID]:
    """All users of the template. Raises `MutationRejected` (INVALID) if they are too many."""
    accounts = len(set(after.contract_accounts)) + len(set(after.delivery_accounts))
    most = min(MAX_USERS, MAX_GRANTS // max(accounts, 1))
    own = User.tenant_id == template.organization_id, User.template_id == template.id
    of_template = select(User.id).where(*own).order_by(User.name_key, User.id)
    found = list((await work.execute(of_template.limit(most + 1))).scalars())
    if len(found) > most:
        raise MutationRejected(
            invalid(f"With this access, a template of more than {most} users can't be changed.", *ID)
        )
    return found


async def _lock_users(work: UnitOfWork, user_ids: Sequence[UUID]) -> ManyUsers:
    """Lock the users. Raises `MutationRejected` (FORBIDDEN) if the caller may not change one of them, without a word
    about which: the caller need not see them."""
    many = await lock_many(work, user_ids, UserAction.UPDATE)
    if many.refused:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not change this template.", ID))
    return many


def _at_id(outcome: ChangeOutcome) -> ChangeOutcome:
    """The outcome with the problems of users at the id of the template: the input names no users."""
    rows = tuple(replace(row, problems=_moved(row.problems)) for row in outcome.rows)
    return ChangeOutcome(rows, _moved(outcome.problems))


def _moved(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(replace(problem, path=ID) for problem in problems))


_UNIQUE_VIOLATION: Final = "23505"


async def _store(
    work: UnitOfWork, template: LockedTemplate, change: TemplateChange, before: AccountAccess, after: AccountAccess
) -> None:
    name = template.row.name if change.name is None else normalize_name(change.name)
    values = {"name": name, **stored_columns(after)}
    changes = changed(audited_template_values(template.row.name, before), audited_template_values(name, after))
    if not changes:
        return
    own = AccessTemplate.organization_id == template.row.organization_id, AccessTemplate.id == template.row.id
    statement = update(AccessTemplate).where(*own)
    next_ = {"version": AccessTemplate.version + 1, "updated_at": func.now()}
    try:
        await work.execute(statement.values(**values, **next_))
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise MutationRejected(name_taken()) from None
    await work.audit(
        AuditEntry(AuditKind.ACCESS_TEMPLATE_UPDATED, template.row.id, template.row.organization_id, changes=changes)
    )
