"""The problems for which the mutation would be rejected, by the functions that reject it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from authz.access import Access
from resolvers.access.assignability import (
    facts_of,
    trait_problems,
    unseen_access_problems,
    unseen_problem,
)
from resolvers.access.templates import access_problems_with, at_template
from resolvers.access_preview.proposal import Proposal, ProposedAccess
from resolvers.errors import Problem, beside
from resolvers.mutations.users.insert import check_may_create
from resolvers.mutations.users.last_admin import problem_of_last_admin
from resolvers.mutations.users.update import null_problems


def is_refused_anyhow(access: Access, proposal: Proposal, change: ProposedAccess) -> bool:
    """Whether problems are known without the database, so that no rows need be read."""
    if proposal.malformed or change.unseen:
        return True
    if not change.assigns or change.after is None:
        return False
    if access.assignable is None or any(null_problems(proposal.changes)):
        return True
    return change.after != change.before and bool(trait_problems(access.assignable, change.after))


def problems_of(access: Access, proposal: Proposal, change: ProposedAccess, facts: Any) -> list[Problem]:
    """The problems, in the order of the mutation. `facts` is a row of the preview's statement.

    Raises `MutationRejected` (FORBIDDEN) if the actor may not create users and the user is new.
    """
    if change.row is None:
        check_may_create(access, facts.organization_id)
    problems = list(null_problems(proposal.changes))
    if change.assigns and change.after is not None and (change.template or change.after != change.before):
        found = access_problems_with(change.template, access, facts_of(facts), change.after, change.before)
        problems += [_at_granted(problem) for problem in found] if proposal.granted else found
        problems += unseen_access_problems(change.unseen)
    if change.row is not None and change.before is not None:
        last_admin = problem_of_last_admin(change.row.activated_at, change.before, change.after)
        if last_admin is not None and not facts.has_other_admin:
            problems += at_template([last_admin]) if change.template else [last_admin]
    if not problems and change.assigns and not facts.sees_user:
        problems.append(unseen_problem())
    return beside(proposal.malformed, problems)


_GRANTED_FIELDS: Final[Mapping[str, str]] = {
    "permissions": "withPermissions",
    "contractAccounts": "withAccounts",
    "deliveryAccounts": "withAccounts",
}


def _at_granted(problem: Problem) -> Problem:
    """The problem at the field of what the user gets besides, if it is about that."""
    name = _GRANTED_FIELDS.get(problem.path[1]) if len(problem.path) > 1 else None
    return problem if name is None else replace(problem, path=("input", name))
