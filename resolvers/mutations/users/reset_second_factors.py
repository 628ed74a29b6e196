"""Resets the second factors of a user who has lost them."""

from uuid import UUID

from sqlalchemy import select

from authz.model.actions import UserAction
from models import AuditKind, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.factor_changes import FactorChange, factor_mail
from resolvers.identity.second_factors import delete_factors, lock_factors
from resolvers.identity.sessions import end_all_sessions
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.users.lock import ID, lock_user
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork


async def reset_second_factors(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Delete all second factors of a user, end their sessions, and tell them by mail. Returns the user's id. Nothing is
    written if the user has none.

    Their password stays, and opens the account alone until they set up a new factor; if the organization requires one,
    that is all that it opens. Raises `MutationRejected` as `lock_user` does for an update; FORBIDDEN for an API client,
    and for oneself; REAUTHENTICATION_REQUIRED.
    """
    user = await lock_user(work, user_id, UserAction.UPDATE)
    if user.actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "API clients can't reset second factors.", ID))
    if user.id == user.actor.id:
        message = "Change your own second factors instead, or ask another admin to reset them."
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, message, ID))
    require_recent_proof(work, user.actor)
    await _reset(work, user.row.tenant_id, user.id)
    return user.id


async def reset_by_operator(work: UnitOfWork, user_id: UUID) -> bool:
    """Do so for any active user, on the command line. Returns whether they had any."""
    tenant_id = (await work.execute(select(User.tenant_id).where(User.id == user_id))).scalar_one_or_none()
    return tenant_id is not None and await _reset(work, tenant_id, user_id)


async def _reset(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> bool:
    user = await lock_factors(work, tenant_id, user_id)
    if user is None or not await delete_factors(work, user.tenant_id, user.id):
        return False
    await end_all_sessions(work, user.tenant_id, user.id)
    await work.audit(AuditEntry(AuditKind.USER_SECOND_FACTORS_RESET, user.id, user.organization_id))
    await work.send(factor_mail(user, FactorChange.RESET))
    return True
