"""The flow of a caller: whose share of the connections, threads and queues its calls take."""

from resolvers.callers.caller import Caller
from resolvers.fair_queue import SERVER, Flow
from resolvers.rate_limits.sign_in_throttle import source_of

STAFF, ANONYMOUS = "staff", "anonymous"
"""What staff, and all anonymous callers, count as: an organization of their own."""


def flow_of(caller: Caller) -> Flow:
    """Returns the flow of a caller: that of the API client or SCIM token, else of the user, else of the network
    address; that of the server for what it does by itself."""
    actor = caller.actor
    if actor is None and caller.address is None:
        return SERVER
    if actor is None:
        return Flow(ANONYMOUS, source_of(caller.address))
    return Flow(actor.organization_id or STAFF, actor.program_id or actor.id)
