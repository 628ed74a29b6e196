"""What holds in every step of a story, whatever is done: of those who may change others, and of what nobody sees."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from authz.model.actions import UserAction
from resolvers.mutations.users.many import lock_many
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.step import Deed
from tests.support.escalation.story import Story
from tests.support.worlds.models import State
from tests.support.worlds.oracle import Oracle

HIDE = (
    "UPDATE contract_accounts SET name = 'ACME South', billing_email = 'x@y.example' WHERE NOT id = ANY(:seen)",
    "UPDATE delivery_accounts SET name = 'ACME South' WHERE NOT id = ANY(:seen)",
    "UPDATE services SET name = 'Other', city = 'Oslo', country = 'NO' WHERE NOT id = ANY(:seen)",
    "UPDATE users SET first_name = 'Other', last_name = 'Name' WHERE NOT id = ANY(:seen)",
    "DELETE FROM services WHERE organization_id <> :own",
    "DELETE FROM contract_grants WHERE organization_id <> :own",
    "DELETE FROM delivery_grants WHERE organization_id <> :own",
    "DELETE FROM user_permissions WHERE organization_id <> :own",
    "DELETE FROM access_requests WHERE organization_id <> :own",
    "UPDATE users SET removed_at = now() WHERE organization_id <> :own",
)
"""Changes what an actor doesn't see: the names of the organization's accounts become those of another one."""


async def check_containment(story: Story, actor_id: UUID) -> None:
    """Whoever may update a user, and so view as them, has that user's whole access within their own."""
    caller, world = await story.user_as_caller(actor_id), await story.now()
    if caller is None:
        return
    users = {user.id: user for user in world.users if user.organization_id == story.root.organization_id}
    async with story.undone():
        work = UnitOfWork(story.connection, replace(story.writing, limits=RateLimiter()), caller)
        may_update = {row.id for row in (await lock_many(work, list(users), UserAction.UPDATE)).remaining}
    actor, own = users[actor_id], Oracle(world, users[actor_id])
    assert may_update == own.allowed("User", "update")
    for user_id in may_update:
        theirs = Oracle(world, users[user_id])
        assert users[user_id].permissions <= actor.permissions
        for kind in ("ContractAccount", "DeliveryAccount", "Service"):
            assert theirs.allowed(kind, "view") <= own.allowed(kind, "view"), f"{kind} of {user_id}"


async def check_interference(
    story: Story, actor_id: UUID, deed: Deed, access: dict[str, Any], number: int, *, by_client: bool
) -> None:
    """What the actor doesn't see makes no difference to what they are told."""
    async with story.undone():
        caller, world = await story.caller(actor_id, by_client=by_client), await story.now()
        if caller is None:
            return
        told = await story.result(caller, deed, access, number)
        actor = next(user for user in world.users if user.id == actor_id)
        assert actor.state is State.ACTIVE
        kinds = ("ContractAccount", "DeliveryAccount", "Service", "User")
        seen = frozenset[UUID]().union(*(Oracle(world, actor).allowed(kind, "view") for kind in kinds))
        for statement in HIDE:
            await story.connection.execute(text(statement), {"seen": list(seen), "own": story.root.organization_id})
        assert await story.result(caller, deed, access, number) == told
