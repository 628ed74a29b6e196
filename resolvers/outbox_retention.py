"""Deletes mails that are done with, after the time for which the operator keeps them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select

from models import MailStatus, OutboxMail, User
from resolvers.callers.caller import Caller
from resolvers.claiming import locked_batch
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

DELETED_AT_ONCE: Final = 1000


async def delete_old_mails(context: MutationContext, kept: timedelta) -> int:
    """Delete mails that were sent or given up and are older than `kept`: at most DELETED_AT_ONCE. Returns how many.

    What an admin needs stays: the state of the mails to a user who hasn't activated their account. Any number of
    processes may do this at once.
    """
    tenants = select(OutboxMail.tenant_id).where(*_is_outdated(kept)).limit(DELETED_AT_ONCE).subquery()

    async def delete_batch(work: UnitOfWork) -> int:
        # In two steps, because rows are locked within one tenant.
        deleted = 0
        for tenant_id in (await work.execute(select(tenants.c.tenant_id).distinct())).scalars().all():
            in_tenant, is_outdated = OutboxMail.tenant_id == tenant_id, _is_outdated(kept, tenant_id)
            batch = select(OutboxMail.id).where(in_tenant, *is_outdated).limit(DELETED_AT_ONCE - deleted)
            of_batch = OutboxMail.id.in_(locked_batch(batch))
            deleted += (await work.execute(delete(OutboxMail).where(in_tenant, of_batch))).rowcount
            if deleted == DELETED_AT_ONCE:
                break
        return deleted

    return await run_in_transaction(context, Caller(), delete_batch)


def _is_outdated(kept: timedelta, tenant_id: UUID | None = None) -> tuple[ColumnElement[bool], ...]:
    """Whether a mail may go, in any tenant or in this one."""
    of_tenant = User.tenant_id == (OutboxMail.tenant_id if tenant_id is None else tenant_id)
    is_recipient = of_tenant, User.id == OutboxMail.user_id
    waits = exists().where(*is_recipient, User.activated_at.is_(None), User.removed_at.is_(None)).correlate(OutboxMail)
    is_done = OutboxMail.status.in_([MailStatus.SENT.value, MailStatus.FAILED.value])
    is_old = OutboxMail.created_at < func.now() - literal(kept)
    is_needed = and_(OutboxMail.one_time_token_id.is_not(None), waits)
    return is_done, is_old, ~is_needed
