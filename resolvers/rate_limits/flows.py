"""The flow of a caller: whose share of the connections, threads and queues its calls take."""

from resolvers.callers.caller import Caller
from resolvers.fair_queue import Flow
from resolvers.rate_limits.sign_in_throttle import source_of

STAFF, ANONYMOUS = "staff", "anonymous"
"""What staff, and all anonymous callers, count as: an organization of their own."""


def flow_of(caller: Caller) -> Flow:
    """Returns the flow of a caller: that of the API client, else of the user, else of the network address."""
    actor = caller.actor
    if actor is None:
        return Flow(ANONYMOUS, source_of(caller.address))
    return Flow(actor.organization_id or STAFF, actor.client_id or actor.id)
