"""The common parts of mutation payloads: the field `errors`, and running a mutation."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from resolvers.errors import MutationRejected
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from schema.execution.read_payload import Info, PayloadData, read_payload_as_caller
from schema.types.mutation_error import MutationError, errors_of

__all__ = ["MutationError", "errors_field", "errors_of", "read_changed", "run_mutation"]


def errors_field() -> Any:
    """Returns the field `errors` of a payload."""
    return strawberry.field(description="All errors of the mutation. Empty if it succeeded.")


async def run_mutation(
    info: Info,
    mutation: Callable[[UnitOfWork], Awaitable[UUID]],
    read_payload: Callable[[Info, UUID], Awaitable[PayloadData]] = read_payload_as_caller,
) -> tuple[PayloadData, list[MutationError]]:
    """Runs a mutation that returns the key of the node that it changed, in a transaction.

    Returns the data of the payload, which `read_payload` reads afterwards, and the errors.
    """
    context = info.context.context
    return await read_changed(info, run_in_transaction(context.writing, context.caller, mutation), read_payload)


async def read_changed(
    info: Info,
    mutation: Awaitable[UUID],
    read_payload: Callable[[Info, UUID], Awaitable[PayloadData]] = read_payload_as_caller,
) -> tuple[PayloadData, list[MutationError]]:
    """Awaits a mutation that runs its own transactions, and returns the same as `run_mutation`."""
    try:
        changed = await mutation
    except MutationRejected as rejected:
        return {}, errors_of(rejected.problems)
    return await read_payload(info, changed), errors_of()
