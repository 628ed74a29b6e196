"""Loads and locks the access request that a mutation changes, and checks that the caller may change it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, AccessRequestAction
from models import AccessRequest, AccessRequestState
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


async def lock_request(
    work: UnitOfWork, actor: Actor, access: Access, request_id: UUID | None, action: AccessRequestAction
) -> Row[*tuple[Any, ...]]:
    """Lock the request and check that the actor may perform `action` on it. Returns its row. A `request_id` of None is
    not found.

    Raises `MutationRejected`: NOT_FOUND if the actor cannot see the request, for whatever reason; FORBIDDEN if they see
    it but may not perform the action; ALREADY_DECIDED if it is no longer pending.
    """
    # Two statements, because a SELECT that had to wait for the lock sees the row from before the wait.
    lock = select(AccessRequest.id).where(
        AccessRequest.id == request_id, AccessRequest.organization_id == actor.organization_id
    )
    await work.execute(lock.with_for_update(key_share=True))
    row = await read_request(work, actor, access, request_id, action)
    if row.state != AccessRequestState.PENDING:
        message = f"The request is no longer pending: {row.state.lower()}."
        raise MutationRejected(Problem(ErrorCode.ALREADY_DECIDED, message, ID))
    if row.is_over:
        raise MutationRejected(Problem(ErrorCode.ALREADY_DECIDED, "The request has expired.", ID))
    return row


async def read_request(
    work: UnitOfWork, actor: Actor, access: Access, request_id: UUID | None, action: AccessRequestAction
) -> Row[*tuple[Any, ...]]:
    """The row of a request on which the actor may perform `action`, without a lock. Raises NOT_FOUND and FORBIDDEN as
    `lock_request` does."""
    request = AccessRequest.__table__.alias()
    allowed = access.may(action, AccessRequest, request).is_(true()).label("allowed")
    is_over = (request.c.expires_at <= func.now()).label("is_over")
    visible = request.c.id == request_id, access.may(VIEW, AccessRequest, request)
    row = (await work.execute_as(actor, select(request, allowed, is_over).where(*visible))).one_or_none()
    work.record_check(VIEW, AccessRequest, request_id, allowed=row is not None)
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No access request with this ID is visible to you.", ID))
    work.record_check(action, AccessRequest, request_id, allowed=row.allowed)
    if not row.allowed:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not do this with the access request.", ID))
    return row
