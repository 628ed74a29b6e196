"""Reads and prepares operations: decodes the request, finds its document, and has the operation prepared.

This is work, too, so it is charged before it is done: by the bytes of the request, and by the characters of a document
that the server doesn't know yet. What was paid counts towards the cost of the operation. New documents and large
requests are prepared in a thread, so that they don't hold up other requests.
"""

from collections.abc import Callable
from functools import partial

from starlette.types import Scope

from app.backend import backend_of
from app.graphql.cost_limiting import charge_reading
from app.http.disconnection import cancelled_on_disconnection
from app.http.graphql_request import GraphQLRequest
from resolvers import timeline
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken
from resolvers.query.selection import Request
from resolvers.rate_limits.flows import flow_of
from schema.execution.errors import QueryRejected
from schema.execution.execution import Execution

Prepared = Request | Execution | QueryRejected
"""What to run for an operation, or why it is rejected."""

BYTES_PER_NODE, CHARACTERS_PER_NODE = 100, 10
"""How much of a request, and how much of a document that isn't known yet, costs one node to read."""

LARGE = 5_000
"""The bytes of a request that is prepared in a thread even if its document is known."""


async def prepare(
    scope: Scope, size: int, decode: Callable[[], GraphQLRequest], caller: Caller
) -> tuple[GraphQLRequest, Prepared]:
    """Returns the decoded request of `size` bytes, and its operation. Raises HttpError, InsufficientBudget, QueueFull,
    ClientDisconnect, and the errors of the database."""
    backend = backend_of(scope)
    await charge_reading(scope, caller, -(-size // BYTES_PER_NODE))
    request = decode()
    is_client = isinstance(caller.credential, AccessToken)
    try:
        operation = await backend.trusted_documents.resolve(request, bypass_allow_list=is_client)
        known = backend.operations.knows(operation.text)
        # The operator has registered a trusted document; any other is the caller's.
        if not known and request.document_id is None:
            await charge_reading(scope, caller, -(-len(operation.text) // CHARACTERS_PER_NODE))
        work = partial(backend.operations.prepare, operation.text, operation.name, operation.variables)
        if known and size < LARGE:
            return request, work()
        start = timeline.now()
        with cancelled_on_disconnection(scope):
            prepared = await backend.preparing.run(work, flow_of(caller))
    except QueryRejected as rejected:
        return request, rejected
    timeline.add("prepare the operation", start)
    return request, prepared
