"""Changes many users at once: their access, or that they are removed or get a new activation mail.

A dry run performs everything and rolls it back, so it reports exactly what would happen.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from authz.model.actions import UserAction
from models import AuditKind, Permission
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected, Problem, beside, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.users.access_edit import Edit
from resolvers.mutations.users.change_each import remove_each, resend_to_each, update_each
from resolvers.mutations.users.many import USERS, ManyUsers, lock_many
from resolvers.transaction.audit_log import access_denied_entry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction, unit_of_work

MAX_USERS: Final = 200
"""The maximum number of users in one call."""


class ChangeMode(StrEnum):
    """What happens to the other users if one can't be changed."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    AS_MANY_AS_POSSIBLE = "AS_MANY_AS_POSSIBLE"


class UserChangeState(StrEnum):
    """The outcome for one user."""

    CHANGED = "CHANGED"
    WOULD_BE_CHANGED = "WOULD_BE_CHANGED"
    UNCHANGED = "UNCHANGED"
    NOT_CHANGED = "NOT_CHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class UsersChange:
    """One change of many users: an edit of their access, or what is done with them. None stands for an id that no user
    can have. `versions` are the versions of the users that the client has read, in the same order. `malformed` are the
    problems of malformed or contradictory values."""

    users: Sequence[UUID | None]
    change: Edit | UserAction
    versions: Sequence[int] | None = None
    mode: ChangeMode = ChangeMode.ALL_OR_NOTHING
    dry_run: bool = False
    malformed: Sequence[Problem] = ()

    @property
    def action(self) -> UserAction:
        """What the caller must be allowed to do with each user."""
        return self.change if isinstance(self.change, UserAction) else UserAction.UPDATE


@dataclass(frozen=True, slots=True)
class Visible:
    """The numbers of things that a user sees, of those that the admin sees too."""

    contract_accounts: int
    delivery_accounts: int
    services: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a user gains or loses."""

    permissions: Sequence[Permission]
    sees: Visible


StoredChange = tuple[AccountAccess, AccountAccess | None]
"""The access of a user before and after a change; None after if they are removed."""

Measure = Callable[
    [UnitOfWork, ManyUsers, Mapping[UUID, StoredChange]], Awaitable[Mapping[UUID, tuple[Difference, Difference]]]
]
"""Returns what users gain and lose by changes that are stored, at least of the first ones."""


@dataclass(frozen=True, slots=True)
class UserResult:
    """The outcome for one user; of a dry run, with what they would gain and lose, if that was measured."""

    user_id: UUID | None
    state: UserChangeState
    problems: tuple[Problem, ...] = ()
    gains: Difference | None = None
    loses: Difference | None = None


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """The outcome for all users, in their order, and the problems that prevented all changes, if any.

    There are no rows if the users were not checked, because the input is invalid or a limit is exceeded.
    """

    rows: tuple[UserResult, ...] = ()
    problems: tuple[Problem, ...] = ()

    def count(self, *states: UserChangeState) -> int:
        """The number of users in any of these states."""
        return sum(row.state in states for row in self.rows)

    @property
    def denied(self) -> list[Problem]:
        """The problems of the single users."""
        return [problem for row in self.rows for problem in row.problems]


class NoneChanged(MutationRejected):
    """Nobody was changed. `outcome` has the problems of each user."""

    def __init__(self, outcome: ChangeOutcome) -> None:
        super().__init__(outcome.problems)
        self.outcome = outcome


class ChangeRollback(Exception):
    """Rolls back a dry run that would succeed. `outcome` is what would have happened."""

    def __init__(self, outcome: ChangeOutcome) -> None:
        super().__init__("a dry run is rolled back")
        self.outcome = outcome


async def change_users(
    context: MutationContext, caller: Caller, change: UsersChange, measure: Measure | None = None
) -> ChangeOutcome:
    """Change users. Returns the outcome for each of them; of a dry run, with what `measure` returns.

    The problems of the outcome are UNAUTHENTICATED (alone); those of the change itself: INVALID, NOT_ASSIGNABLE,
    RATE_LIMITED, and REAUTHENTICATION_REQUIRED if it gives a user more; and with ALL_OR_NOTHING, those of the rows: as
    the mutation of one user, and DUPLICATE.
    """
    try:
        return await run_in_transaction(context, caller, lambda work: change_in_transaction(work, change, measure))
    except NoneChanged as stop:
        return stop.outcome
    except ChangeRollback as stop:
        return await _after_dry_run(context, caller, stop.outcome)
    except MutationRejected as rejection:
        return ChangeOutcome(problems=rejection.problems)


async def _after_dry_run(context: MutationContext, caller: Caller, outcome: ChangeOutcome) -> ChangeOutcome:
    """Record the denials of a dry run, which was rolled back: it tells as much about users as the change."""
    denial = access_denied_entry(outcome.denied, caller, AuditKind.MUTATION_REFUSED)
    if denial is None:
        return outcome
    try:
        async with unit_of_work(context, caller) as work:
            await work.count_denial()
            await work.audit(denial)
    except MutationRejected as rejection:
        return ChangeOutcome(problems=rejection.problems)
    return outcome


async def change_in_transaction(work: UnitOfWork, change: UsersChange, measure: Measure | None = None) -> ChangeOutcome:
    """Change users as `change_users` does, within a unit of work, which must end if this raises.

    Raises `ChangeRollback` after a dry run that changes somebody; `NoneChanged`; or another `MutationRejected` if the
    users were not checked.
    """
    limit_problems = _limit_problems(change)
    # Too many users are not looked up.
    many = await lock_many(work, () if limit_problems else change.users, change.action, change.versions)
    if limit_problems:
        raise MutationRejected(beside(change.malformed, limit_problems))
    try:
        changed = await _change_each(work, many, change)
    except MutationRejected as rejection:
        raise NoneChanged(outcome_of(change, many, frozenset(), rejection.problems)) from None
    outcome = outcome_of(change, many, frozenset(changed))
    if change.dry_run and measure is not None and change.action is not UserAction.RESEND_ACTIVATION:
        outcome = with_differences(outcome, await measure(work, many, changed))
    if outcome.problems:
        raise NoneChanged(outcome)
    if change.dry_run:
        raise ChangeRollback(outcome)
    if any(after is not None and after.widens(before) for before, after in changed.values()):
        require_recent_proof(work, many.actor)
    denial = access_denied_entry(outcome.denied, work.caller, AuditKind.MUTATION_REFUSED)
    if denial is not None:
        await work.count_denial()
        await work.audit(denial)
    return outcome


def _limit_problems(change: UsersChange) -> list[Problem]:
    if not 1 <= len(change.users) <= MAX_USERS:
        return [invalid(f"Change 1 to {MAX_USERS} users at once.", *USERS)]
    if change.versions is not None and len(change.versions) != len(change.users):
        return [invalid("Give one version for each user, in the same order.", "input", "versions")]
    return []


async def _change_each(work: UnitOfWork, many: ManyUsers, change: UsersChange) -> Mapping[UUID, StoredChange]:
    all_or_none = change.mode is ChangeMode.ALL_OR_NOTHING
    if change.malformed and isinstance(change.change, UserAction):
        raise MutationRejected(change.malformed)
    match change.change:
        case UserAction.REMOVE:
            return await remove_each(work, many, all_or_none=all_or_none)
        case UserAction.RESEND_ACTIVATION:
            sent = await resend_to_each(work, many, all_or_none=all_or_none)
            return {user_id: (access, access) for user_id, access in sent.items()}
        case UserAction():
            raise ValueError(f"many users at once can't be changed by {change.change}")
        case edit:
            return await update_each(work, many, edit, all_or_none=all_or_none, malformed=change.malformed)


def with_differences(
    outcome: ChangeOutcome, differences: Mapping[UUID, tuple[Difference, Difference]]
) -> ChangeOutcome:
    """The outcome of a dry run with what the users would gain and lose."""
    rows = []
    for row in outcome.rows:
        gains, loses = differences.get(row.user_id, (None, None)) if row.user_id else (None, None)
        is_changed = row.state is UserChangeState.WOULD_BE_CHANGED
        rows.append(replace(row, gains=gains, loses=loses) if is_changed else row)
    return replace(outcome, rows=tuple(rows))


def outcome_of(
    change: UsersChange, many: ManyUsers, changed: frozenset[UUID], problems: Sequence[Problem] = ()
) -> ChangeOutcome:
    """The outcome of a change after which these users have been changed, and `problems` prevented all changes."""
    blocking = tuple(problems)
    if change.mode is ChangeMode.ALL_OR_NOTHING:
        of_users = [problem for position in sorted(many.refused) for problem in many.refused[position]]
        blocking = tuple(beside(problems, of_users))
    done = UserChangeState.WOULD_BE_CHANGED if change.dry_run else UserChangeState.CHANGED
    rows = []
    for position, user_id in enumerate(change.users):
        if position in many.refused:
            rows.append(UserResult(user_id, UserChangeState.REFUSED, many.refused[position]))
        elif blocking:
            rows.append(UserResult(user_id, UserChangeState.NOT_CHANGED))
        else:
            rows.append(UserResult(user_id, done if user_id in changed else UserChangeState.UNCHANGED))
    return ChangeOutcome(tuple(rows), blocking)
