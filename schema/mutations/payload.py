"""The common parts of mutation payloads: the field `errors`, and running a mutation."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import strawberry

from resolvers.errors import MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from schema.declare.enums import ErrorCode
from schema.declare.fields import gql_type
from schema.execution.read_payload import Info, PayloadData, read_payload_as_caller


@gql_type
class MutationError:
    """An expected error of a mutation. Whatever the error concerns was not changed."""

    code: ErrorCode = strawberry.field(description="The error code, for programs.")
    message: str = strawberry.field(description="The error message, for people.")
    path: list[str] = strawberry.field(
        description='The path of the input field, including list indexes: `["input", "contractAccounts", "2"]`. Empty '
        "if the error concerns no particular field."
    )


def errors_of(problems: Sequence[Problem] = ()) -> list[MutationError]:
    """Returns the problems as GraphQL objects."""
    return [MutationError(code=problem.code, message=problem.message, path=list(problem.path)) for problem in problems]


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
