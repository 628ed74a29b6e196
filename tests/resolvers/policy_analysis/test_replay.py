"""What can be said about a past decision without its row is said, and no more."""

from unittest.mock import AsyncMock

import pytest

from authz.actor import ActorKind, Traits
from authz.policy import Policy
from models import Audience, Permission, Service
from resolvers.policy_analysis.replay import Obstacle, PastDecision, Repeated, Replayer
from tests.support.policies.small_policies import policy_with

TRAITS = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset({Permission.SUPPORT_VIEW}))
RULE = 'allow(actor: Member, "view", service: Service) if\n    service.organization_id = actor.organization_id'


def policy(conditions: str = "") -> Policy:
    return Policy(policy_with(f"{RULE}{conditions};"), "policies.polar")


def decided(version: Policy, *, allowed: bool) -> PastDecision:
    return PastDecision(version.version, "usr_1", None, TRAITS, "view", Service, "svc_1", allowed, frozenset())


NARROW, WIDE = policy(' and\n    service.status = "ACTIVE"'), policy()
NEVER = policy(' and\n    "BILLING_VIEW" in actor.permissions')


@pytest.mark.parametrize(
    ("before", "after", "allowed", "expected"),
    [
        (NARROW, WIDE, True, Repeated()),
        (WIDE, NARROW, False, Repeated()),
        (WIDE, NEVER, True, Repeated(lost=1)),
        (NEVER, WIDE, False, Obstacle.ACTOR_GONE),
        (NARROW, WIDE, False, Obstacle.ACTOR_GONE),
        (WIDE, NARROW, True, Obstacle.ACTOR_GONE),
    ],
)
async def test_conditions_that_imply_each_other_need_no_row(
    before: Policy, after: Policy, allowed: bool, expected: Repeated | Obstacle
) -> None:
    nothing = AsyncMock(return_value=None)
    replayer = Replayer(AsyncMock(), after, {before.version: before}, nothing)
    assert await replayer.repeat(decided(before, allowed=allowed)) == expected


async def test_a_version_that_is_not_in_the_history_is_said() -> None:
    replayer = Replayer(AsyncMock(), WIDE, {}, AsyncMock(return_value=None))
    assert await replayer.repeat(decided(NARROW, allowed=True)) is Obstacle.UNKNOWN_VERSION
    assert await replayer.repeat(decided(WIDE, allowed=True)) == Repeated()
