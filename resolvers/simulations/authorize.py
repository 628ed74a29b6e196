"""Authorizes the API's simulations: `simulateServiceMove`, `simulateAccountClosing` and `simulateUserLeaving`.

They are about everybody's access, so they require the action `review_access` on the organization, as `whoCan` does:
callers who may review it see everything in it anyway. Other callers who see the service, account or user get FORBIDDEN.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from authz.access import Access
from authz.actor import Actor
from models import AccountKind, Service, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.policy_analysis.authorize import MAX_PAGE_SIZE, find_visible, require_review_access
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.rate_limits.flows import flow_of
from resolvers.simulations.changes import AccountClosing, Change, ServiceMove, UserLeaving
from resolvers.simulations.simulate import Simulation, simulate
from resolvers.simulations.statement import Effect
from resolvers.transaction.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EffectsPage:
    """The `first` changes with one of `effects` after the cursor `after`. `path` is the name of the query in the
    response."""

    effects: Collection[Effect]
    first: int
    after: str | None
    path: str


AccountId = tuple[AccountKind, UUID]


async def simulate_service_move(
    work: UnitOfWork, service_id: UUID | None, account: AccountId | None, page: EffectsPage
) -> Simulation | None:
    """What it would mean if the service had this account in place of its own of the same kind; None if one of both
    isn't visible to the caller. None replaces an id that cannot exist.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not review the access to the organization;
    INVALID if the account is of another organization, the cursor is malformed, or the page is too large.
    """
    actor, access = await work.lock_actor()
    service = await find_visible(work, actor, access, Service, service_id)
    if account is None or service is None:
        return None
    kind, account_id = account
    to = await find_visible(work, actor, access, kind.accounts, account_id)
    if to is None:
        return None
    if to.organization_id != service.organization_id:
        raise _invalid(page, "The account belongs to another organization than the service.")
    return await _simulate(work, (actor, access), ServiceMove(service.id, kind, to.id), service, page)


async def simulate_account_closing(work: UnitOfWork, account: AccountId | None, page: EffectsPage) -> Simulation | None:
    """What it would mean if the account went, with its services and all grants of it. As `simulate_service_move`."""
    actor, access = await work.lock_actor()
    if account is None:
        return None
    kind, account_id = account
    closed = await find_visible(work, actor, access, kind.accounts, account_id)
    if closed is None:
        return None
    return await _simulate(work, (actor, access), AccountClosing(kind, closed.id), closed, page)


async def simulate_user_leaving(work: UnitOfWork, user_id: UUID | None, page: EffectsPage) -> Simulation | None:
    """What it would mean for all others if the user were removed. As `simulate_service_move`."""
    actor, access = await work.lock_actor()
    user = await find_visible(work, actor, access, User, user_id)
    if user is None:
        return None
    return await _simulate(work, (actor, access), UserLeaving(user.id), user, page)


async def _simulate(
    work: UnitOfWork, viewer: tuple[Actor, Access], change: Change, resource: Resource, page: EffectsPage
) -> Simulation:
    """The simulation of a change of `resource`, which is visible to the viewer."""
    await require_review_access(work, *viewer, resource, page.path)
    if not 1 <= page.first <= MAX_PAGE_SIZE:
        raise _invalid(page, f"Request 1 to {MAX_PAGE_SIZE} effects.")
    if resource.organization_id is None:
        raise _invalid(page, "This user belongs to no organization.")
    found = simulate(
        work.connection,
        viewer,
        change,
        resource.organization_id,
        first=page.first,
        after=page.after,
        effects=page.effects,
        flow=flow_of(work.caller),
    )
    try:
        return await found
    except ValueError:
        raise _invalid(page, "This cursor is malformed or belongs to another list.") from None


def _invalid(page: EffectsPage, message: str) -> MutationRejected:
    return MutationRejected(Problem(ErrorCode.INVALID, message, (page.path,)))
