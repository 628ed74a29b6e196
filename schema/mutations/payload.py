"""What all payloads of mutations have in common, and how they get it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import strawberry

from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected, Problem
from resolvers.query.selection import Request
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from schema.declare.enums import ErrorCode
from schema.declare.fields import gql_type
from schema.execution.context import PayloadContext
from schema.execution.execution import refusals
from schema.execution.read_after import read, read_as_user

Info = strawberry.Info[PayloadContext, None]
Answer = Mapping[str, Any]


@gql_type
class MutationError:
    """An expected failure. Of what it is about, nothing was changed."""

    code: ErrorCode = strawberry.field(description="What went wrong, for programs.")
    message: str = strawberry.field(description="What went wrong, for people.")
    path: list[str] = strawberry.field(
        description='Leads to the input field, list index included: `["input", "contractAccounts", "2"]`. Empty where '
        "no field is to blame."
    )


def errors_of(problems: Sequence[Problem] = ()) -> list[MutationError]:
    """The problems as the contract has them."""
    return [MutationError(code=each.code, message=each.message, path=list(each.path)) for each in problems]


def errors_field() -> Any:
    """The field `errors` of a payload."""
    return strawberry.field(description="Everything that is wrong. Empty when the mutation was done.")


async def read_payload(
    info: Info, caller: Caller, access: Access | None, changed: UUID | None = None, also: UUID | None = None
) -> Answer:
    """What the client asked to see of the data after the mutation, by response key, as `caller` sees it; `changed` is
    the key of the node that the mutation changed, `also` that of a second one."""
    return await _read(info, caller, access, _asked(info, changed, also=also))


async def read_payload_nodes_as_caller(info: Info, changed: Sequence[UUID | None], type_: str) -> Answer:
    """What the client asked to see of each object of a list in the payload, as the caller sees it: `changed` has, in
    the order of the list, the key of the node of the type `type_` that was changed for it, None where none was."""
    context = info.context.context
    if not any(changed):
        return {}
    request = _asked(info, list(changed), [type_ if key else None for key in changed])
    return await _read(info, context.caller, context.access, request)


async def read_payload_as_caller(info: Info, changed: UUID, also: UUID | None = None) -> Answer:
    """The same, as the caller sees it."""
    context = info.context.context
    return await read_payload(info, context.caller, context.access, changed, also)


async def read_payload_as_user(info: Info, user_id: UUID) -> Answer:
    """The same for a mutation that changed the user `user_id`, as they see it themselves; they have no session."""
    context, request = info.context.context, _asked(info, user_id)
    if not request.selection.parts:
        return {}
    return await read_as_user(context, user_id, request)


async def run_mutation(
    info: Info,
    mutation: Callable[[UnitOfWork], Awaitable[UUID]],
    reread: Callable[[Info, UUID], Awaitable[Answer]] = read_payload_as_caller,
) -> tuple[Answer, list[MutationError]]:
    """Runs a mutation that returns the key of the node that it changed, in a unit of work: what its payload shows, as
    `reread` reads it then, and what is wrong."""
    context = info.context.context
    try:
        changed = await run_in_transaction(context.writing, context.caller, mutation)
    except MutationRejected as refused:
        return {}, errors_of(refused.problems)
    return await reread(info, changed), errors_of()


async def _read(info: Info, caller: Caller, access: Access | None, request: Request) -> Answer:
    if not request.selection.parts:
        return {}
    try:
        return await read(info.context.context, caller, access, request)
    except MutationRejected as refused:
        raise refusals(refused)[0] from refused


def _asked(
    info: Info,
    changed: UUID | list[UUID | None] | None,
    types: list[str | None] | None = None,
    also: UUID | None = None,
) -> Request:
    request = info.context.payloads[str(info.path.key)]
    return replace(request, values=(changed, types, also, *request.values[3:]))
