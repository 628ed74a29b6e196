"""Answers `accessPreview`: checks a change of a user as the mutation would, and reads what the user would see.

A new user takes one statement. Of a user with a row, the access is read first, as that of an actor is: it decides which
statement it is. If the user changes in between, both are read again. So is what a template holds.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.hypothetical import HypotheticalAccess, as_subject, viewing_traits
from models import new_id
from resolvers.access.account_access import AccountAccess
from resolvers.access_preview import changed_rows
from resolvers.access_preview.checks import is_refused_anyhow, problems_of
from resolvers.access_preview.found_template import find_template
from resolvers.access_preview.found_user import USER_ID, guarded_user, is_same, remember, remembered
from resolvers.access_preview.proposal import Proposal, ProposedAccess, access_change
from resolvers.access_preview.statement import Facts, PreviewStatement, parameters_of_facts
from resolvers.access_preview.views import VIEWED, Sides
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.lock import ID, authorized, may
from resolvers.query.reader import Reader
from resolvers.query.selection import Request
from resolvers.transaction.context import MutationContext
from resolvers.transaction.read import as_current_actor, record_denial


async def preview(
    reader: Reader,
    context: MutationContext,
    caller: Caller,
    proposal: Proposal,
    request: Request,
    *,
    reload: Callable[[], Awaitable[Caller | None]],
) -> str:
    """Returns what the user would see, as visible to the caller: the JSON text of the request, whose parts are views.

    `reload` returns the caller with the actor as stored now, or None. Raises `MutationRejected`: INVALID if the parts
    of the proposal don't fit together, or else as the mutation would: `createUser`, `updateUser` without the version,
    `removeUser` or `restoreUser`; the user is at the path `input.user`. Denials are recorded in the audit trail as
    those of a query.
    """

    async def attempt(caller: Caller, access: Access | None) -> str | None:
        assert access is not None
        try:
            proposal.check()
            return await _Attempt(reader, context, caller, access).preview(proposal, request)
        except MutationRejected as rejection:
            problems = list(map(_at_user, rejection.problems))
            await record_denial(context, caller, problems)
            raise MutationRejected(problems) from None

    data = None
    if caller.actor is not None and caller.credential is not None:
        access = Access(context.policy, caller.actor.traits)
        data = await as_current_actor(context, caller, access, attempt, reload=reload)
    if data is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
    return data


def _at_user(problem: Problem) -> Problem:
    return Problem(problem.code, problem.message, ("input", "user")) if problem.path == ID else problem


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt, on behalf of an actor who may have changed meanwhile. The methods return None if they have, or the
    user has."""

    reader: Reader
    context: MutationContext
    caller: Caller
    access: Access

    async def preview(self, proposal: Proposal, request: Request) -> str | None:
        if not self.access.alive:
            return None
        template = None
        if proposal.template is not None:
            template = await find_template(self.reader, self.context, self.caller, self.access, proposal.template)
            if template is None:
                return None
        if proposal.action is None:
            return await self._read(proposal, access_change(proposal, None, template), request)
        known = remembered(self.context, self.caller, proposal.user_id)
        if known is not None and may(known, proposal.action):
            text = await self._read(proposal, access_change(proposal, known, template), request)
            if text is not None:
                return text
        found = await self._user(proposal.user_id)
        if found is None:
            return None
        row = authorized(None if found.id is None else found, proposal.action)
        return await self._read(proposal, access_change(proposal, row, template), request)

    async def _user(self, user_id: UUID | None) -> Any:
        """The row of the user, whose columns are all NULL if the actor doesn't see them."""
        statement = self.context.statements.get(self.access, guarded_user)
        record = await self.reader.read_row(self.caller, statement, {USER_ID: user_id})
        return None if record is None else SimpleNamespace(**record)

    async def _read(self, proposal: Proposal, change: ProposedAccess, request: Request) -> str | None:
        statement = self._statement(proposal, change)
        record = await self.reader.read_variant(self.caller, self.access, request, statement, self._parameters(change))
        if record is None:
            return None
        if change.row is not None:
            if not is_same(change.row, record):
                return None
            remember(self.context, self.caller, change.row)
        facts = SimpleNamespace(**record)
        problems = problems_of(self.access, proposal, change, facts)
        if problems:
            raise MutationRejected(problems)
        rows: str = facts.rows
        return rows

    def _statement(self, proposal: Proposal, change: ProposedAccess) -> PreviewStatement:
        replaced = changed_rows.REPLACED if change.assigns else ()
        sides = Sides(self._side(change.before, ()), self._side(change.after, replaced), is_new=proposal.is_new)
        facts = Facts.NONE if not change.assigns else Facts.CREATION if proposal.is_new else Facts.ASSIGNMENT
        is_refused = is_refused_anyhow(self.access, proposal, change)
        return PreviewStatement(sides, proposal.action, facts, rows=not is_refused)

    def _side(self, access: AccountAccess | None, replaced: tuple[tuple[str, str], ...]) -> HypotheticalAccess | None:
        if access is None:
            return None
        traits = Traits(
            ActorKind.MEMBER,
            access.audience,
            access.stored_permissions,
            access.all_contract_accounts,
            access.all_delivery_accounts,
        )
        policy = self.context.policy
        return HypotheticalAccess(policy, viewing_traits(policy, traits, VIEWED), as_subject(*replaced))

    def _parameters(self, change: ProposedAccess) -> dict[str, Any]:
        assert self.caller.actor is not None
        subject_id, organization_id = new_id(), self.caller.actor.organization_id
        values: dict[str, Any] = {}
        if change.row is not None and change.stored is not None:
            subject_id, organization_id = change.row.id, change.row.organization_id
            values[USER_ID] = subject_id
        if change.assigns and change.after is not None:
            values |= parameters_of_facts(change.after, change.before)
        return values | changed_rows.parameters(subject_id, organization_id, change.after)
