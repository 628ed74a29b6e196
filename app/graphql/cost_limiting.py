"""Before an operation runs: what it costs is taken from the bucket of who asks, or it does not run.

How they stand then is noted in the request's scope, and told with the answer (`docs/limits.md`).
"""

from starlette.types import Scope

from app.auth.bearer import AuthenticatedActor, caller_of
from app.backend import backend_of
from app.http.errors import ErrorObject, HttpCode, HttpError, problem
from app.http.request_id import header
from resolvers.callers.caller import Caller
from resolvers.cost_limits.leases import BudgetStatus, InsufficientBudget
from resolvers.rate_limits.sign_in_throttle import source_of
from schema.execution.errors import QueryCode

DRY_RUN = b"portico-dry-run"
"""The header by which a client asks for the cost alone."""

_STANDING = "portico.standing"


def dry_run(scope: Scope) -> bool:
    """Whether a request asks what it would cost, and for nothing else. Raises HttpError (400) where it can't be told:
    who believes that nothing runs must be right."""
    asked = header(scope, DRY_RUN)
    if asked is None:
        return False
    if asked.strip().lower() != b"cost":
        raise HttpError(400, HttpCode.BAD_REQUEST, "The only dry run is: cost.", argument="Portico-Dry-Run")
    return True


async def charge(scope: Scope, holder: AuthenticatedActor | None, cost: int) -> None:
    """Takes the cost of an operation from the bucket of who asks, which is `holder` or somebody unknown. Raises Short,
    and what the database raises."""
    payer = bucket_key_of(caller_of(scope, holder))
    try:
        scope[_STANDING] = await backend_of(scope).leases.charge(payer, cost)
    except InsufficientBudget as short:
        scope[_STANDING] = short.standing
        raise


def bucket_key_of(caller: Caller) -> str:
    """Whose bucket it is: the API client's, or the user's who is signed in, else that of all who come from the network
    address. A client does not spend what its owner needs."""
    actor = caller.actor
    if actor is not None:
        return f"user:{actor.id}" if actor.client_id is None else f"client:{actor.client_id}"
    return f"address:{source_of(caller.address)}"


def budget_status_of(scope: Scope) -> BudgetStatus | None:
    """How the sender of a request stands, once it was admitted or not."""
    standing: BudgetStatus | None = scope.get(_STANDING)
    return standing


def throttled(short: InsufficientBudget) -> ErrorObject:
    """What a client reads of an operation that was not admitted."""
    standing, wait = short.standing, f"{short.seconds} second{'s' if short.seconds > 1 else ''}"
    message = f"This costs {standing.requested:,} nodes, and you have {standing.remaining:,} left. Try again in {wait}."
    refused = problem(QueryCode.THROTTLED, message)
    refused["extensions"]["retryAfter"] = short.seconds
    return refused
