"""Records access reviews, in a server or in `portico worker`, one at a time. Any number of processes may."""

import logging
from collections.abc import Callable
from dataclasses import replace

from app.background import end_within, repeat
from app.background_metrics import Rounds
from app.database.pools import create_write_engine
from app.settings import Settings
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.access_reviews")

CONNECTIONS = 2
"""One that records, and one that keeps the claim."""

STATEMENT_SECONDS = 120.0
"""How long it may take to record the access of one batch of users."""

POLL_SECONDS = 2.0
CLOSE_SECONDS = 2.0


async def run_access_review_worker(settings: Settings, context: Callable[[], MutationContext], rounds: Rounds) -> None:
    """Records reviews until cancelled, on connections of its own, under the policy that `context` returns for each.

    Waits while the database is unavailable.
    """
    engine = create_write_engine(
        settings.database(),
        max_connections=CONNECTIONS,
        statement_timeout=STATEMENT_SECONDS,
        name="portico access reviews",
    )

    async def step() -> bool:
        return await record_next(replace(context(), engine=engine, places=None), Caller())

    try:
        await repeat(step, POLL_SECONDS, log, "Recording access reviews failed", rounds)
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connections for access reviews")
