"""The background tells somebody which access ends, and which users are inactive."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from authz.access import Access
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.upkeep.digests import dormant_to_announce, ends_to_announce
from resolvers.prepared_statement import PreparedStatement
from tests.support.escalation.step import Step
from tests.support.mail.claimed import CLAIM
from tests.support.resolver_fixtures import rules
from tests.support.worlds.oracle import Oracle

DIGESTS: tuple[tuple[Any, dict[str, int]], ...] = (
    (ends_to_announce, {}),
    (dormant_to_announce, {"after": 90, "warning": 14}),
)


async def announce(step: Step) -> list[UUID]:
    """The actor is told what they and others lose, and of whom the background is about to remove: of nobody but
    themselves and users whom they see and may update."""
    if step.work.caller.actor is None or step.work.caller.actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "Programs get no mails."))
    connection = step.work.connection
    await connection.execute(text(f"{CLAIM} ON CONFLICT DO NOTHING"))
    actor = await step.story.actor(step.actor_id)
    assert actor is not None
    world = await step.story.now()
    oracle = Oracle(world, next(user for user in world.users if user.id == step.actor_id))
    changeable = oracle.allowed("User", "view") & oracle.allowed("User", "update")
    for build, parameters in DIGESTS:
        statement = PreparedStatement(build(Access(rules(), actor.traits)))
        rows = (await statement.execute_on(connection, {**actor.identity, "most": 1_000, **parameters})).all()
        assert {row.id for row in rows} <= changeable | {step.actor_id}
        step.told.append(sorted(map(str, rows)))
    return []
