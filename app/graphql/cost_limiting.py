"""Charges an operation to its caller's bucket, or rejects it: the work of reading it first, then the rest of its cost.

The resulting budget is stored in the request's scope, and sent with the response (`docs/limits.md`).
"""

from starlette.types import Scope

from app.auth.bearer import AuthenticatedActor, caller_of
from app.backend import backend_of
from app.http.errors import ErrorObject, HttpCode, HttpError, error_object
from app.http.request_id import header
from resolvers.callers.caller import Caller
from resolvers.cost_limits.leases import BudgetStatus, InsufficientBudget
from resolvers.rate_limits.sign_in_throttle import source_of
from schema.execution.errors import QueryCode

DRY_RUN = b"portico-dry-run"
"""The header with which a client requests only the cost of an operation."""

_BUDGET_STATUS = "portico.budget_status"
_PAID = "portico.paid_nodes"


def is_dry_run(scope: Scope) -> bool:
    """Whether a request only wants to know its cost. Raises HttpError (400) for an unknown value, so that nothing runs
    which the client believes to be a dry run."""
    value = header(scope, DRY_RUN)
    if value is None:
        return False
    if value.strip().lower() != b"cost":
        raise HttpError(400, HttpCode.BAD_REQUEST, "The only dry run is: cost.", argument="Portico-Dry-Run")
    return True


async def charge_reading(scope: Scope, authenticated: AuthenticatedActor | None, nodes: int) -> None:
    """Charges the work of reading a part of the request to the bucket of its caller, before it is done. All of it costs
    at most as much as an operation may cost. Raises InsufficientBudget, and the errors of the database."""
    paid = scope.get(_PAID, 0)
    total = min(paid + nodes, backend_of(scope).operations.ceiling)
    await _take(scope, authenticated, total, paid)
    scope[_PAID] = total


async def charge(scope: Scope, authenticated: AuthenticatedActor | None, cost: int) -> None:
    """Charges the cost of an operation to the bucket of its caller, who is anonymous if `authenticated` is None, except
    for what was paid for reading it. Raises InsufficientBudget, and the errors of the database."""
    scope[_BUDGET_STATUS] = await _take(scope, authenticated, cost, scope.get(_PAID, 0))


async def _take(scope: Scope, authenticated: AuthenticatedActor | None, cost: int, paid: int) -> BudgetStatus:
    key = bucket_key_of(caller_of(scope, authenticated))
    try:
        return await backend_of(scope).leases.charge(key, cost, paid)
    except InsufficientBudget as error:
        scope[_BUDGET_STATUS] = error.status
        raise


def bucket_key_of(caller: Caller) -> str:
    """Returns the key of the caller's bucket: that of the API client, else of the signed-in user, else of the network
    address. A client has its own bucket, so it doesn't spend the budget of its owner."""
    actor = caller.actor
    if actor is not None:
        return f"user:{actor.id}" if actor.client_id is None else f"client:{actor.client_id}"
    return f"address:{source_of(caller.address)}"


def budget_status_of(scope: Scope) -> BudgetStatus | None:
    """Returns the caller's budget after this request was charged or rejected, or None before."""
    status: BudgetStatus | None = scope.get(_BUDGET_STATUS)
    return status


def throttled_error(error: InsufficientBudget) -> ErrorObject:
    """Returns the error object of an operation that was rejected for its cost."""
    status, wait = error.status, f"{error.retry_after} second{'s' if error.retry_after > 1 else ''}"
    message = f"This costs {status.requested:,} nodes, and you have {status.remaining:,} left. Try again in {wait}."
    result = error_object(QueryCode.THROTTLED, message)
    result["extensions"]["retryAfter"] = error.retry_after
    return result
