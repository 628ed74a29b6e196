"""Expires access requests that nobody has decided, in the background. Several processes may."""

from uuid import UUID

from sqlalchemy import func, select, update

from models import AccessRequest, AccessRequestState
from resolvers.callers.caller import Caller
from resolvers.claiming import MOST_CLAIMED, locked_batch
from resolvers.mutations.access_requests.decide import ended_entry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

EXPIRED_AT_ONCE = 100


async def expire_requests(context: MutationContext) -> int:
    """Expire requests of one organization whose time is over, at most EXPIRED_AT_ONCE. Returns the number expired."""
    return await run_in_transaction(context, Caller(), _expire_batch)


async def _expire_batch(work: UnitOfWork) -> int:
    """Two steps, because rows are locked within one organization."""
    is_over = AccessRequest.state == AccessRequestState.PENDING.value, AccessRequest.expires_at <= func.now()
    next_ = select(AccessRequest.organization_id).where(*is_over).order_by(AccessRequest.expires_at).limit(MOST_CLAIMED)
    for organization_id in dict.fromkeys((await work.execute(next_)).scalars()):
        count = await _expire_in(work, organization_id)
        if count:
            return count
    return 0


async def _expire_in(work: UnitOfWork, organization_id: UUID) -> int:
    own = AccessRequest.organization_id == organization_id
    is_over = own, AccessRequest.state == AccessRequestState.PENDING.value, AccessRequest.expires_at <= func.now()
    due = select(AccessRequest.id).where(*is_over).limit(EXPIRED_AT_ONCE)
    expired = AccessRequestState.EXPIRED
    change = update(AccessRequest).where(own, AccessRequest.id.in_(locked_batch(due)))
    change = change.values(state=expired.value, decided_at=func.now())
    rows = (await work.execute(change.returning(*AccessRequest.__table__.c))).all()
    await work.audit(*(ended_entry(row, expired) for row in sorted(rows, key=lambda row: row.id)))
    return len(rows)
