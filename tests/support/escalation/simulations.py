"""Somebody asks what a change would mean for everybody, without making it."""

from uuid import UUID

from models import CONTRACT
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.simulations.authorize import EffectsPage, simulate_account_closing, simulate_user_leaving
from resolvers.simulations.statement import Effect
from tests.support.escalation.step import Step
from tests.support.worlds.oracle import Oracle

PAGE = EffectsPage(tuple(Effect), 100, None, "simulated")


async def simulate(step: Step) -> list[UUID]:
    """What it would mean if the user left, or an account closed. Only those who may review the access are told, nothing
    but what they see, and nothing changes. About what they don't see, they are told nothing: the deed isn't done."""
    before = await step.story.now()
    account = next(iter(step.whole.contract_accounts), None)
    if account is not None and step.number % 2:
        found = await simulate_account_closing(step.work, (CONTRACT, account), PAGE)
    else:
        found = await simulate_user_leaving(step.work, step.user_id, PAGE)
    assert await step.story.now() == before
    if found is None:
        raise MutationRejected(Problem(ErrorCode.INVALID, "Not visible.", ()))
    step.told.append(found)
    actor = next(user for user in before.users if user.id == step.actor_id)
    oracle = Oracle(before, actor)
    assert step.story.root.organization_id in oracle.allowed("Organization", "review_access")
    for change in found.changes:
        assert change.row_id in oracle.allowed(change.model.__name__, "view")
        assert change.user_id is None or change.user_id in oracle.allowed("User", "view")
    return []
