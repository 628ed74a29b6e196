"""Notifies those who may decide an access request, by mail, in the background.

The policy says who: `who_can` finds the users who may `decide` the request, in one statement. How long that takes, and
how many there are, depends on what the request is for, which its requester must not learn: so it is not done while the
requester waits. Several processes may do this; each request is announced once.
"""

from typing import Any

from sqlalchemy import Row, func, select, update

from authz.model.actions import AccessRequestAction
from models import AccessRequest, AccessRequestState, MailKind, User
from resolvers.callers.caller import Caller
from resolvers.claiming import MOST_CLAIMED
from resolvers.errors import MutationRejected
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.who_can import who_can
from resolvers.rate_limits.mail_limits import MailSender
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.types.user import display_name_of

MAX_MAILS = 5
"""The maximum number of mails about one request: to the first who may decide it, by email."""


async def announce_next(context: MutationContext) -> bool:
    """Notify those who may decide the oldest request that has not been announced. Returns False if there is none."""
    return await run_in_transaction(context, Caller(), _announce_next)


async def _announce_next(work: UnitOfWork) -> bool:
    row = await _claim_oldest(work)
    if row is None:
        return False
    own = AccessRequest.organization_id == row.organization_id, AccessRequest.id == row.id
    await work.execute(update(AccessRequest).where(*own).values(announced_at=func.now()))
    resource = Resource(AccessRequest, row.id, "", row.organization_id, None)
    page = await who_can(work.connection, work.context.policy, AccessRequestAction.DECIDE, resource, first=MAX_MAILS)
    user = User.__table__
    is_requester = user.c.tenant_id == row.organization_id, user.c.id == row.requester_id
    name = select(display_name_of(user)).where(*is_requester)
    values = {"requester": (await work.execute(name)).scalar_one()} if page.subjects else {}
    sender = MailSender(row.requester_id, row.organization_id)
    for subject in page.subjects:
        mail = OutgoingMail(
            MailKind.ACCESS_REQUESTED, subject.email, subject.id, row.organization_id, (), values=values
        )
        try:
            await work.send(mail, sender=sender)
        except MutationRejected:
            # The mailbox gets enough mails: the request is in the list all the same.
            continue
    return True


async def _claim_oldest(work: UnitOfWork) -> Row[*tuple[Any, ...]] | None:
    """Lock a request that has not been announced. In two steps, because rows are locked within one organization: which
    have the oldest ones, and then the oldest of the first that has one which nobody else has locked."""
    request = AccessRequest.__table__
    waiting = request.c.state == AccessRequestState.PENDING.value, request.c.announced_at.is_(None)
    organizations = select(request.c.organization_id).where(*waiting).order_by(request.c.created_at).limit(MOST_CLAIMED)
    for organization_id in dict.fromkeys((await work.execute(organizations)).scalars()):
        columns = select(request.c.id, request.c.organization_id, request.c.requester_id)
        oldest = columns.where(request.c.organization_id == organization_id, *waiting).order_by(request.c.created_at)
        row = (await work.execute(oldest.limit(1).with_for_update(skip_locked=True))).one_or_none()
        if row is not None:
            return row
    return None
