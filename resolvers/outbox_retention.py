"""Deletes mails that are done with, after the time for which the operator keeps them."""

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, delete, exists, func, literal, select

from models import MailStatus, OutboxMail, User
from resolvers.callers.caller import Caller
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

DELETED_AT_ONCE: Final = 1000


async def delete_old_mails(context: MutationContext, kept: timedelta) -> int:
    """Delete mails that were sent or given up and are older than `kept`: at most DELETED_AT_ONCE. Returns how many.

    What an admin needs stays: the state of the mails to a user who hasn't activated their account. Any number of
    processes may do this at once.
    """
    waits = exists().where(User.id == OutboxMail.user_id, User.activated_at.is_(None), User.removed_at.is_(None))
    is_done = OutboxMail.status.in_([MailStatus.SENT.value, MailStatus.FAILED.value])
    is_old = OutboxMail.created_at < func.now() - literal(kept)
    is_needed = and_(OutboxMail.one_time_token_id.is_not(None), waits)
    batch = select(OutboxMail.id).where(is_done, is_old, ~is_needed).limit(DELETED_AT_ONCE)
    batch = batch.with_for_update(skip_locked=True)

    async def delete_batch(work: UnitOfWork) -> int:
        return (await work.execute(delete(OutboxMail).where(OutboxMail.id.in_(batch)))).rowcount

    return await run_in_transaction(context, Caller(), delete_batch)
