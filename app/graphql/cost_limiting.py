"""Charges an operation to its caller's bucket, or rejects it.

The work of reading it is charged first. Then the operation *reserves* what it requests, up to a share of the bucket.
When the response is there, the operation is *settled*: it is charged for the objects that came and for time in the
database far above their price, and the rest is given back. `docs/limits.md` explains this to clients; the response
shows the result, which is stored in the request's scope until then.
"""

from dataclasses import dataclass

from starlette.types import Scope

from app.backend import backend_of
from app.http.errors import ErrorObject, HttpCode, HttpError, error_object
from app.http.request_id import header
from app.operation_metrics import measured_of
from authz.actor import ActorKind
from resolvers.callers.caller import Caller
from resolvers.cost_limits.leases import BudgetStatus, InsufficientBudget
from resolvers.database_time import DatabaseTime, start_measuring, surcharge
from resolvers.query.price import Price
from resolvers.rate_limits.sign_in_throttle import source_of
from schema.execution.cost import check_ceiling
from schema.execution.errors import QueryCode

DRY_RUN = b"portico-dry-run"
"""The header with which a client requests only the cost of an operation."""

_PAID = "portico.paid_nodes"
_RESERVATION = "portico.reservation"
_CHARGE = "portico.charge"


@dataclass(frozen=True, slots=True)
class Charge:
    """What an operation requested and took from the bucket of its caller, and the budget that is left."""

    requested: int
    actual: int
    budget: BudgetStatus


@dataclass(slots=True)
class _Reservation:
    """What a running operation took from a bucket: the price of reading it, `paid`, is part of `nodes`."""

    bucket_key: str
    price: Price
    staff: bool
    requested: int
    paid: int
    nodes: int
    database_time: DatabaseTime


def is_dry_run(scope: Scope) -> bool:
    """Whether a request only wants to know its cost. Raises HttpError (400) for an unknown value, so that nothing runs
    which the client believes to be a dry run."""
    value = header(scope, DRY_RUN)
    if value is None:
        return False
    if value.strip().lower() != b"cost":
        raise HttpError(400, HttpCode.BAD_REQUEST, "The only dry run is: cost.", argument="Portico-Dry-Run")
    return True


async def charge_reading(scope: Scope, caller: Caller, nodes: int) -> None:
    """Charges the work of reading a part of the request to the caller's bucket, before it is done. All of it costs
    at most as much as an operation reserves. Raises InsufficientBudget, and the errors of the database."""
    paid = scope.get(_PAID, 0)
    total = min(paid + nodes, backend_of(scope).leases.rate.largest_reservation)
    await _take(scope, caller, total, paid, requested=total)
    scope[_PAID] = total


def requested_by(scope: Scope, caller: Caller, price: Price) -> int:
    """Returns the nodes that an operation of this price requests if this caller sends it. Raises QueryRejected above
    the ceiling."""
    return check_ceiling(price, backend_of(scope).operations.ceiling, staff=_is_staff(caller))


async def reserve(scope: Scope, caller: Caller, price: Price) -> None:
    """Takes what an operation may need out of the caller's bucket, and measures its time in the database from now on.
    Call `settle` when it has ended, however that was.

    Raises QueryRejected above the ceiling, InsufficientBudget, and the errors of the database.
    """
    requested = requested_by(scope, caller, price)
    paid = scope.get(_PAID, 0)
    nodes = max(min(requested, backend_of(scope).leases.rate.largest_reservation), paid)
    key = await _take(scope, caller, nodes, paid, requested=requested)
    staff = _is_staff(caller)
    scope[_RESERVATION] = _Reservation(key, price, staff, requested, paid, nodes, start_measuring())


def settle(scope: Scope, data: bytes | None) -> None:
    """Charges an operation that has ended, with this JSON as its data, or None if there is none. Does nothing if the
    operation is settled already, or has reserved nothing."""
    reservation: _Reservation | None = scope.pop(_RESERVATION, None)
    if reservation is None:
        return
    price, seconds = reservation.price, reservation.database_time.seconds
    if data is None:
        nodes = price.without_response(seconds, staff=reservation.staff)
    else:
        nodes = price.of_response(data, staff=reservation.staff)
    actual = max(nodes, reservation.paid) + surcharge(seconds, nodes)
    measured = measured_of(scope)
    measured.database_seconds, measured.nodes = seconds, actual
    budget = backend_of(scope).leases.settle(reservation.bucket_key, reservation.nodes - actual)
    scope[_CHARGE] = Charge(reservation.requested, actual, budget)


async def _take(scope: Scope, caller: Caller, nodes: int, paid: int, *, requested: int) -> str:
    """Takes nodes, of which some are paid, from the caller's bucket, and returns its key."""
    key = bucket_key_of(caller)
    try:
        await backend_of(scope).leases.charge(key, nodes, paid)
    except InsufficientBudget as error:
        scope[_CHARGE] = Charge(requested, paid, error.status)
        raise
    return key


def _is_staff(caller: Caller) -> bool:
    return caller.actor is not None and caller.actor.traits.kind is ActorKind.STAFF


def bucket_key_of(caller: Caller) -> str:
    """Returns the key of the caller's bucket: that of the API client, else of the signed-in user, else of the network
    address. A client has its own bucket, so it doesn't spend the budget of its owner."""
    actor = caller.actor
    if actor is not None:
        return f"user:{actor.id}" if actor.client_id is None else f"client:{actor.client_id}"
    return f"address:{source_of(caller.address)}"


def charge_of(scope: Scope) -> Charge | None:
    """Returns what this request was charged, or that it was rejected for its cost; None before."""
    charge: Charge | None = scope.get(_CHARGE)
    return charge


def throttled_error(error: InsufficientBudget) -> ErrorObject:
    """Returns the error object of an operation that was rejected for its cost."""
    left, wait = error.status.remaining, f"{error.retry_after} second{'s' if error.retry_after > 1 else ''}"
    message = f"This needs {error.needed:,} nodes, and you have {left:,} left. Try again in {wait}."
    result = error_object(QueryCode.THROTTLED, message)
    result["extensions"]["retryAfter"] = error.retry_after
    return result
