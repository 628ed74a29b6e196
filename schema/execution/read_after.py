"""Reads data for executions, with the planner and reader of queries, as Python values."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.prepared_statement import single_statements
from resolvers.query.selection import Request
from resolvers.transaction.read import access_of, read_as_current_actor
from schema.execution.context import Context


async def read(context: Context, caller: Caller, access: Access | None, request: Request) -> dict[str, Any]:
    """Returns the requested data, as visible to `caller` now.

    If the caller's traits have changed meanwhile, perhaps by this very mutation, they are reloaded. Raises
    MutationRejected (UNAUTHENTICATED) if the session has ended, and the errors of the reader. Reads that rules deny are
    recorded in the audit trail.
    """

    async def reload() -> Caller | None:
        return await reload_actor(context, caller)

    data = await read_as_current_actor(context.reader, context.writing, caller, access, request, reload=reload)
    if data is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "The session has ended. Sign in again."))
    result: dict[str, Any] = json.loads(data)
    return result


async def read_as_user(context: Context, user_id: UUID, request: Request) -> dict[str, Any]:
    """Returns the requested data, as visible to the user `user_id`, who has no session. The calling code must have
    authenticated the user."""
    async with single_statements(context.writing.engine) as connection:
        actor = await load_user_as_actor(connection, user_id)
    if actor is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "The user is no longer active."))
    access = access_of(context.writing, actor)
    result: dict[str, Any] = json.loads(await context.reader.read_without_session(actor, access, request))
    return result


async def reload_actor(context: Context, caller: Caller) -> Caller | None:
    """Returns the caller with the actor as stored now, or None if they are no longer signed in."""
    if caller.credential is None:
        return None
    async with single_statements(context.writing.engine) as connection:
        loaded = await load_actor(connection, caller.credential, context.writing.lifetimes.idle)
    return replace(caller, actor=loaded[0]) if loaded else None
