"""Invites one or many users by their emails alone, all with the same permissions and account access.

Users give their details when they activate their accounts. A dry run performs everything and rolls it back, so it
reports exactly what would happen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from models import Audience, AuditKind
from resolvers.access.account_access import AccountAccess
from resolvers.access.templates import TemplateId, UsedTemplate, access_problems_with, resolve_template
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.users.insert import Creator, add_users, email_taken_problem, require_creator
from resolvers.rate_limits.limiter import CountedMails
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.person import NewDetails, email_problems
from resolvers.validation.text import is_email

MAX_EMAILS, MAX_GRANTS = 500, 50_000
"""The maximum numbers of emails in one call, and of grants of one account to one user that it may store."""

_NO_ACCESS: Final = AccountAccess(Audience.ORGANIZATION)


class InviteMode(StrEnum):
    """What happens to the other emails if one can't be invited."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    AS_MANY_AS_POSSIBLE = "AS_MANY_AS_POSSIBLE"


class InvitationState(StrEnum):
    """The outcome for one email."""

    INVITED = "INVITED"
    WOULD_BE_INVITED = "WOULD_BE_INVITED"
    NOT_INVITED = "NOT_INVITED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Invitations:
    """The users to invite: 1 to 500 emails in lower case, and their access. `malformed` says of some of the emails, by
    their positions, why they are none; `malformed_access` are the problems of malformed values in the access. With a
    `template`, only the ends in `access` count."""

    emails: Sequence[str]
    access: AccountAccess
    mode: InviteMode = InviteMode.ALL_OR_NOTHING
    dry_run: bool = False
    malformed: Mapping[int, str] = field(default_factory=dict)
    malformed_access: Sequence[Problem] = ()
    template: TemplateId | None = None

    @property
    def well_formed(self) -> list[str]:
        """The emails that aren't malformed."""
        return [email for position, email in enumerate(self.emails) if position not in self.malformed]


@dataclass(frozen=True, slots=True)
class Invitation:
    """The outcome for one email: the id of the new user, or the problems."""

    email: str
    state: InvitationState
    user_id: UUID | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationOutcome:
    """The outcome for all emails, in their order, and the problems that prevented all invitations, if any.

    There are no rows if the emails were not checked, because the caller may not invite users or has exceeded a limit.
    """

    rows: tuple[Invitation, ...] = ()
    problems: tuple[Problem, ...] = ()

    def count(self, *states: InvitationState) -> int:
        """The number of emails in any of these states."""
        return sum(row.state in states for row in self.rows)


class NoneInvited(MutationRejected):
    """Nobody was invited. `outcome` has the problems of each email."""

    def __init__(self, outcome: InvitationOutcome) -> None:
        super().__init__(outcome.problems)
        self.outcome = outcome


class DryRunRollback(Exception):
    """Rolls back a dry run that would succeed. `outcome` is what would have happened."""

    def __init__(self, outcome: InvitationOutcome) -> None:
        super().__init__("a dry run is rolled back")
        self.outcome = outcome


async def invite_users(context: MutationContext, caller: Caller, invitations: Invitations) -> InvitationOutcome:
    """Invite users to the caller's organization. Returns the outcome for each email.

    The problems of the outcome are UNAUTHENTICATED, FORBIDDEN, REAUTHENTICATION_REQUIRED unless it is a dry run,
    RATE_LIMITED or INVALID at `emails` (each alone);
    INVALID and NOT_ASSIGNABLE for the access; and with ALL_OR_NOTHING, those of the rows: INVALID, DUPLICATE,
    EMAIL_TAKEN.
    """
    try:
        return await run_in_transaction(context, caller, lambda work: invite_in_transaction(work, invitations))
    except (NoneInvited, DryRunRollback) as stop:
        return stop.outcome
    except MutationRejected as rejection:
        return InvitationOutcome(problems=rejection.problems)


async def invite_in_transaction(work: UnitOfWork, invitations: Invitations) -> InvitationOutcome:
    """Invite users as `invite_users` does, within a unit of work, which must end if this raises.

    Raises `DryRunRollback` after a successful dry run; `NoneInvited`; or another `MutationRejected` if the emails were
    not checked.
    """
    problem = _limit_problem(invitations)
    # Too long a list is not looked up.
    emails, access = (invitations.well_formed, invitations.access) if problem is None else ((), _NO_ACCESS)
    template, access = await resolve_template(work, invitations.template, access)
    invitations = replace(invitations, access=access)
    creator = await require_creator(work, emails, access)
    if not invitations.dry_run:
        require_recent_proof(work, creator.actor)
    problem = problem or _limit_problem(invitations)
    if problem:
        raise MutationRejected(problem)
    found = access_problems_with(template, creator.access, creator.facts, invitations.access)
    problems = beside(invitations.malformed_access, found)
    plan = _Plan(creator, invitations, template, _rejected_emails(invitations, creator.taken_emails), problems)
    count, mails = len(emails), work.mail_batch(sorted(plan.paths.items()))
    async with work.context.limits.invite_users(creator.actor.id, count, mails) as attempt:
        outcome = await _invite(work, plan, attempt.mails)
        attempt.disclosed = count - outcome.count(InvitationState.INVITED)
    if outcome.problems:
        raise NoneInvited(outcome)
    if invitations.dry_run:
        raise DryRunRollback(outcome)
    return outcome


def _limit_problem(invitations: Invitations) -> Problem | None:
    emails = len(invitations.emails)
    accounts = len(set(invitations.access.contract_accounts)) + len(set(invitations.access.delivery_accounts))
    if not 1 <= emails <= MAX_EMAILS:
        message = f"Invite 1 to {MAX_EMAILS} users at once."
    elif emails * accounts > MAX_GRANTS:
        message = f"With {accounts:,} accounts each, invite at most {MAX_GRANTS // accounts} users at once."
    else:
        return None
    return Problem(ErrorCode.INVALID, message, ("input", "emails"))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with invitations: `rejected` are the problems of emails by their positions, and `problems`
    those of the access."""

    creator: Creator
    invitations: Invitations
    template: UsedTemplate | None
    rejected: dict[int, tuple[Problem, ...]]
    problems: Sequence[Problem]

    @property
    def paths(self) -> dict[str, tuple[str, ...]]:
        """The emails to invite, with their paths: none if the problems prevent all invitations."""
        if self.problems or (self.rejected and self.invitations.mode is InviteMode.ALL_OR_NOTHING):
            return {}
        emails = enumerate(self.invitations.emails)
        return {
            email: ("input", "emails", str(position)) for position, email in emails if position not in self.rejected
        }


async def _invite(work: UnitOfWork, plan: _Plan, mails: CountedMails) -> InvitationOutcome:
    """Invite the emails of the plan. `mails` are those to them."""
    invitations, template, rejected, paths = plan.invitations, plan.template, dict(plan.rejected), plan.paths
    if not paths:
        return _outcome(invitations, rejected, {}, plan.problems)
    try:
        user_ids = await add_users(
            work,
            plan.creator,
            invitations.access,
            dict.fromkeys(paths, NewDetails()),
            AuditKind.USER_INVITED,
            path_of=lambda email: paths[email],
            mails=mails,
            template_id=None if template is None else template.id,
        )
    except MutationRejected as rejection:
        return _outcome(invitations, rejected, {}, rejection.problems)
    for position, email in enumerate(invitations.emails):
        if position not in rejected and email not in user_ids:
            # Another transaction has taken the email meanwhile.
            rejected[position] = (email_taken_problem("emails", str(position)),)
    return _outcome(invitations, rejected, user_ids, ())


def _rejected_emails(invitations: Invitations, taken: Collection[str]) -> dict[int, tuple[Problem, ...]]:
    """The problems of the emails themselves, by their positions in the list."""
    rejected: dict[int, tuple[Problem, ...]] = {}
    seen: set[str] = set()
    for position, email in enumerate(invitations.emails):
        path = ("emails", str(position))
        if position in invitations.malformed:
            rejected[position] = (invalid(invitations.malformed[position], "input", *path),)
            continue
        if email in seen:
            message = "This email is already in the list."
            rejected[position] = (Problem(ErrorCode.DUPLICATE, message, ("input", *path)),)
        elif not is_email(email):
            rejected[position] = tuple(email_problems(email, *path))
        elif email in taken:
            rejected[position] = (email_taken_problem(*path),)
        seen.add(email)
    return rejected


def _outcome(
    invitations: Invitations,
    rejected: Mapping[int, tuple[Problem, ...]],
    user_ids: Mapping[str, UUID],
    problems: Sequence[Problem],
) -> InvitationOutcome:
    blocking = tuple(problems)
    if invitations.mode is InviteMode.ALL_OR_NOTHING:
        blocking += tuple(problem for position in sorted(rejected) for problem in rejected[position])
    rows = []
    for position, email in enumerate(invitations.emails):
        if position in rejected:
            rows.append(Invitation(email, InvitationState.REFUSED, problems=rejected[position]))
        elif blocking:
            rows.append(Invitation(email, InvitationState.NOT_INVITED))
        elif invitations.dry_run:
            rows.append(Invitation(email, InvitationState.WOULD_BE_INVITED))
        else:
            rows.append(Invitation(email, InvitationState.INVITED, user_ids[email]))
    return InvitationOutcome(tuple(rows), blocking)
