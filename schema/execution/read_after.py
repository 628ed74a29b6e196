"""Reads for executions: the same planner and reader that answer queries, and an answer as Python values."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from authz.access import Access
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query.selection import Request
from resolvers.transaction.unit_of_work import record_denied_read
from schema.execution.context import Context

TRIES = 3


async def read(context: Context, caller: Caller, access: Access | None, request: Request) -> dict[str, Any]:
    """What the request asks for, as `caller` sees it now.

    Where their traits have changed in the meantime, by the very mutation perhaps, they are loaded anew. Raises Refused
    (UNAUTHENTICATED) where the session has ended, and as the reader does; what rules refuse is in the audit trail.
    """
    for _ in range(TRIES):
        try:
            data = await context.reader.read(caller, access, request)
        except MutationRejected as refused:
            await record_denied_read(context.writing, caller, request, refused)
        if data is not None:
            answer: dict[str, Any] = json.loads(data)
            return answer
        actor = await _loaded(context, caller)
        if actor is None:
            break
        caller, access = replace(caller, actor=actor), Access(context.writing.policy, actor.traits)
    raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "The session has ended. Sign in again."))


async def read_as_user(context: Context, user_id: UUID, request: Request) -> dict[str, Any]:
    """What the request asks for, as the user `user_id` sees it, who has no session. Nothing but the caller's word says
    that it is they who ask."""
    async with context.writing.engine.connect() as connection:
        actor = await load_user_as_actor(connection, user_id)
    if actor is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "The user is not active any more."))
    access = Access(context.writing.policy, actor.traits)
    answer: dict[str, Any] = json.loads(await context.reader.read_without_session(actor, access, request))
    return answer


async def _loaded(context: Context, caller: Caller) -> Actor | None:
    if caller.credential is None:
        return None
    async with context.writing.engine.connect() as connection:
        found = await load_actor(connection, caller.credential, context.writing.lifetimes.idle)
    return found[0] if found else None
