"""The background removes a user who has been inactive for long."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.upkeep.removal import remove_dormant
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.step import Step

SILENT = "UPDATE users SET activated_at = now() - interval '99 days', last_sign_in_at = NULL WHERE id = :user"
WARNED = """INSERT INTO access_notices (user_id, kind, key, at, days, organization_id, created_at, is_told)
SELECT id, 'DORMANCY', '', activated_at, 9, organization_id, now() - interval '9 days', true FROM users
WHERE id = :user AND activated_at IS NOT NULL ON CONFLICT DO NOTHING"""


async def remove_as_dormant(step: Step) -> list[UUID]:
    """The user has been inactive since long before a warning. Nobody is changed by the actor."""
    for statement in (f"{SILENT} AND activated_at IS NOT NULL", WARNED):
        await step.work.connection.execute(text(statement), {"user": step.user_id})
    settings: Any = SimpleNamespace(id=step.story.root.organization_id, dormant_after_days=90, dormancy_warning_days=7)
    if not await remove_dormant(UnitOfWork(step.work.connection, step.work.context, Caller()), settings):
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "The user stays."))
    return []
