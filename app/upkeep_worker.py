"""Looks after access in the background, in a server or in `portico worker`. Any number of processes may.

It tells ends of access before they come, and warns and removes dormant users.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from app.background import end_within, repeat
from app.background_metrics import Rounds
from app.database.pools import create_write_engine
from app.settings import Settings
from resolvers.callers.caller import Caller
from resolvers.mutations.upkeep.rounds import run_next
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.upkeep")

STATEMENT_SECONDS = 60.0
POLL_SECONDS = 60.0
CLOSE_SECONDS = 2.0


async def run_upkeep_worker(settings: Settings, context: Callable[[], MutationContext], rounds: Rounds) -> None:
    """Does one step after the other until cancelled, on a connection of its own, under the policy that `context`
    returns for each.

    Waits while the database is unavailable.
    """
    engine = create_write_engine(
        settings.database(), max_connections=1, statement_timeout=STATEMENT_SECONDS, name="portico upkeep"
    )

    async def step() -> bool:
        return await run_next(replace(context(), engine=engine, places=None), Caller())

    try:
        await repeat(step, POLL_SECONDS, log, "Looking after access failed", rounds)
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connection for upkeep")
