"""Deletes old mails in the background of a server."""

import asyncio
import logging
from datetime import timedelta

from app.background import repeat
from resolvers.outbox_retention import delete_old_mails
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.mail")

DELETE_SECONDS = 3600.0


async def run_mail_retention(context: MutationContext, kept: timedelta) -> None:
    """Delete mails older than `kept` every hour, until cancelled."""

    async def step() -> bool:
        return await delete_old_mails(context, kept) > 0

    # Not while the server starts, when it has other things to do.
    await asyncio.sleep(DELETE_SECONDS / 60)
    await repeat(step, DELETE_SECONDS, log, "Old mails can't be deleted")
