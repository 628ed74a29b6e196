"""Inviting users: one or many, by their emails alone, all with the same permissions and account access.

Each tells who they are when they activate. A dry run does everything and takes it back: so it says what would happen,
and not what somebody thinks would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from models import AuditKind
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import access_problems
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.insert import Creator, add, email_taken, require_creator, taken_among
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from resolvers.validation.person import NewDetails, email_problems, is_email

MOST_EMAILS, MOST_GRANTS = 500, 50_000
"""How many people are invited at once, and how many grants of one account to one user are stored for them."""


class InviteMode(StrEnum):
    """What becomes of the others when one email can't be invited."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    AS_MANY_AS_POSSIBLE = "AS_MANY_AS_POSSIBLE"


class InvitationState(StrEnum):
    """What became of one email."""

    INVITED = "INVITED"
    WOULD_BE_INVITED = "WOULD_BE_INVITED"
    NOT_INVITED = "NOT_INVITED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Invitations:
    """Who is to be invited. The emails are in lower case, 1 to 500."""

    emails: Sequence[str]
    access: AccountAccess
    mode: InviteMode = InviteMode.ALL_OR_NOTHING
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """What became of one email: the id of the user who was made, or why there is none."""

    email: str
    state: InvitationState
    user_id: UUID | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationOutcome:
    """What became of all emails, in their order; and, where that is why nobody was invited, everything that is wrong.

    There are no rows where nobody looked at the emails: the caller may not invite, or has asked too much or too often.
    """

    rows: tuple[Invitation, ...] = ()
    problems: tuple[Problem, ...] = ()

    def count(self, *states: InvitationState) -> int:
        """How many emails are in one of these states."""
        return sum(row.state in states for row in self.rows)


class NoneInvited(MutationRejected):
    """Nobody was invited. `outcome` says of each email what stood in its way."""

    def __init__(self, outcome: InvitationOutcome) -> None:
        super().__init__(outcome.problems)
        self.outcome = outcome


class DryRunRollback(Exception):
    """The transaction of a dry run, which would succeed, is taken back. `outcome` is what would have been."""

    def __init__(self, outcome: InvitationOutcome) -> None:
        super().__init__("a dry run is taken back")
        self.outcome = outcome


async def invite_users(writing: MutationContext, caller: Caller, wanted: Invitations) -> InvitationOutcome:
    """Invite users to the caller's organization, and say what became of each.

    The problems of the outcome: UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED or INVALID at `emails` (each alone); INVALID
    and NOT_ASSIGNABLE, for the access; and, when it is all or nothing, those of the rows: INVALID, DUPLICATE,
    EMAIL_TAKEN.
    """
    try:
        return await run_in_transaction(writing, caller, lambda work: invite(work, wanted))
    except (NoneInvited, DryRunRollback) as over:
        return over.outcome
    except MutationRejected as refused:
        return InvitationOutcome(problems=refused.problems)


async def invite(work: UnitOfWork, wanted: Invitations) -> InvitationOutcome:
    """The same in a unit of work, which must end where this raises: `DryRunRollback` after a dry run, and
    `NoneInvited`,
    or another `MutationRejected` where the emails were not looked at."""
    creator = await require_creator(work)
    emails = len(wanted.emails)
    problem = _size_problem(wanted)
    if problem:
        raise MutationRejected(problem)
    with work.writing.limits.invite_users(creator.actor.id, emails) as told:
        outcome = await _invite(work, creator, wanted)
        told.emails = emails - outcome.count(InvitationState.INVITED)
    if outcome.problems:
        raise NoneInvited(outcome)
    if wanted.dry_run:
        raise DryRunRollback(outcome)
    return outcome


def _size_problem(wanted: Invitations) -> Problem | None:
    emails = len(wanted.emails)
    accounts = len(set(wanted.access.contract_accounts)) + len(set(wanted.access.delivery_accounts))
    if not 1 <= emails <= MOST_EMAILS:
        message = f"Invite 1 to {MOST_EMAILS} people at once."
    elif emails * accounts > MOST_GRANTS:
        message = f"With {accounts:,} accounts for each, invite at most {MOST_GRANTS // accounts} people at once."
    else:
        return None
    return Problem(ErrorCode.INVALID, message, ("input", "emails"))


async def _invite(work: UnitOfWork, creator: Creator, wanted: Invitations) -> InvitationOutcome:
    refused = await _refused(work, wanted.emails)
    problems = await access_problems(work, creator.actor, creator.access, wanted.access)
    if problems or (refused and wanted.mode is InviteMode.ALL_OR_NOTHING):
        return _outcome(wanted, refused, {}, problems)
    people = {email: NewDetails() for place, email in enumerate(wanted.emails) if place not in refused}
    try:
        made = await add(work, creator, wanted.access, people, AuditKind.USER_INVITED)
    except MutationRejected as unseen:
        return _outcome(wanted, refused, {}, unseen.problems)
    for place, email in enumerate(wanted.emails):
        if place not in refused and email not in made:
            # Somebody else was quicker.
            refused[place] = (email_taken("emails", str(place)),)
    return _outcome(wanted, refused, made, ())


async def _refused(work: UnitOfWork, emails: Sequence[str]) -> dict[int, tuple[Problem, ...]]:
    """What is wrong with the emails themselves, by their place in the list."""
    users = await taken_among(work, {email for email in emails if is_email(email)})
    refused: dict[int, tuple[Problem, ...]] = {}
    seen: set[str] = set()
    for place, email in enumerate(emails):
        path = ("emails", str(place))
        if email in seen:
            message = "This email stands in the list already."
            refused[place] = (Problem(ErrorCode.DUPLICATE, message, ("input", *path)),)
        elif not is_email(email):
            refused[place] = tuple(email_problems(email, *path))
        elif email in users:
            refused[place] = (email_taken(*path),)
        seen.add(email)
    return refused


def _outcome(
    wanted: Invitations,
    refused: Mapping[int, tuple[Problem, ...]],
    made: Mapping[str, UUID],
    problems: Sequence[Problem],
) -> InvitationOutcome:
    stopping = tuple(problems)
    if wanted.mode is InviteMode.ALL_OR_NOTHING:
        stopping += tuple(problem for place in sorted(refused) for problem in refused[place])
    rows = []
    for place, email in enumerate(wanted.emails):
        if place in refused:
            rows.append(Invitation(email, InvitationState.REFUSED, problems=refused[place]))
        elif stopping:
            rows.append(Invitation(email, InvitationState.NOT_INVITED))
        elif wanted.dry_run:
            rows.append(Invitation(email, InvitationState.WOULD_BE_INVITED))
        else:
            rows.append(Invitation(email, InvitationState.INVITED, made[email]))
    return InvitationOutcome(tuple(rows), stopping)
