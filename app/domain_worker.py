"""Looks for the DNS records of verified domains again, in a server or in `portico worker`.

Several processes may do this at a time.
"""

import logging
from collections.abc import Callable
from typing import Final

from app.background import repeat
from app.background_metrics import Rounds
from resolvers.mutations.single_sign_on.check_domains import check_next_domain
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico.domains")

POLL_SECONDS: Final = 300.0


async def run_domain_worker(context: Callable[[], MutationContext], rounds: Rounds) -> None:
    """Does one look after the other until cancelled. Waits while the database is unavailable."""
    failure = "Looking for the records of domains failed"
    await repeat(lambda: check_next_domain(context()), POLL_SECONDS, log, failure, rounds)
