"""Reads the data that the payload of a mutation or the result of an access query returns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import strawberry

from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected, Problem
from resolvers.query.selection import Request
from schema.execution.context import PayloadContext
from schema.execution.execution import graphql_errors
from schema.execution.read_after import read, read_as_user

Info = strawberry.Info[PayloadContext, None]

PayloadData = Mapping[str, Any]
"""Data read for a payload, by response key."""


def malformed_values(info: Info) -> Sequence[Problem]:
    """Returns the problems of the malformed values in the arguments of a field, which are to be reported beside those
    that the field finds."""
    return info.context.problems[str(info.path.key)].problems


async def read_payload(
    info: Info, caller: Caller, access: Access | None, changed: UUID | None = None, also_changed: UUID | None = None
) -> PayloadData:
    """Returns the requested data of a payload, as visible to `caller`. `changed` and `also_changed` are the keys of the
    nodes that the mutation changed."""
    return await _read(info, caller, access, _request(info, changed, also_changed=also_changed))


async def read_payload_nodes_as_caller(
    info: Info, changed: Sequence[UUID | None], type_: str, also_changed: UUID | None = None
) -> PayloadData:
    """Returns the requested data of the objects in a list of the payload, as visible to the caller. `changed` holds the
    key of the changed node of the type `type_` for each object, in the order of the list, or None if there is none;
    `also_changed` is the key of a single node that the mutation changed."""
    context = info.context.context
    if not any(changed) and also_changed is None:
        return {}
    request = _request(info, list(changed), [type_ if key else None for key in changed], also_changed)
    return await _read(info, context.caller, context.access, request)


async def read_payload_as_caller(info: Info, changed: UUID, also_changed: UUID | None = None) -> PayloadData:
    """Returns the requested data of a payload, as visible to the caller."""
    context = info.context.context
    return await read_payload(info, context.caller, context.access, changed, also_changed)


async def read_payload_as_user(info: Info, user_id: UUID) -> PayloadData:
    """Returns the requested data of the payload of a mutation that changed the user `user_id`, as visible to that user.
    The user has no session."""
    context, request = info.context.context, _request(info, user_id)
    if not request.selection.parts:
        return {}
    return await read_as_user(context, user_id, request)


async def _read(info: Info, caller: Caller, access: Access | None, request: Request) -> PayloadData:
    if not request.selection.parts:
        return {}
    try:
        return await read(info.context.context, caller, access, request)
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected


def _request(
    info: Info,
    changed: UUID | list[UUID | None] | None,
    types: list[str | None] | None = None,
    also_changed: UUID | None = None,
) -> Request:
    request = info.context.payloads[str(info.path.key)]
    return replace(request, values=(changed, types, also_changed, *request.values[3:]))
