"""Notifies those who may decide access requests, and expires what nobody decides. Any number of processes may."""

import asyncio
import logging
from collections.abc import Callable

from app.database.errors import DATABASE_ERRORS
from resolvers.mutations.access_requests.announce import announce_next
from resolvers.mutations.access_requests.expire import expire_requests
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.access_requests")

POLL_SECONDS = 5.0


async def run_access_request_upkeep(context: Callable[[], MutationContext], interval: float = POLL_SECONDS) -> None:
    """Looks for work every `interval` seconds until cancelled, under the policy that `context` returns each time."""
    while True:
        await asyncio.sleep(interval)
        try:
            await keep_access_requests(context())
        except DATABASE_ERRORS as error:
            log.warning("Looking for access requests failed (%s); trying again.", type(error).__name__)
        except Exception:
            log.exception("Looking for access requests failed.")


async def keep_access_requests(context: MutationContext) -> None:
    """Does all that is due now."""
    while await announce_next(context):
        pass
    while await expire_requests(context):
        pass
