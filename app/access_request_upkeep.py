"""Notifies the users who may decide access requests, and expires requests that nobody decides. Any number of processes
may do so at once."""

import logging
from collections.abc import Callable

from app.background import repeat
from app.background_metrics import Rounds
from resolvers.mutations.access_requests.announce import announce_next
from resolvers.mutations.access_requests.expire import expire_requests
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.access_requests")

POLL_SECONDS = 5.0


async def run_access_request_upkeep(context: Callable[[], MutationContext], rounds: Rounds) -> None:
    """Looks for work again and again until cancelled, under the policy that `context` returns each time.

    Waits while the database is unavailable.
    """

    async def step() -> bool:
        await keep_access_requests(context())
        return False

    await repeat(step, POLL_SECONDS, log, "Looking for access requests failed", rounds)


async def keep_access_requests(context: MutationContext) -> None:
    """Does all that is due now."""
    while await announce_next(context):
        pass
    while await expire_requests(context):
        pass
