"""Reads a request as the current actor: if the actor has changed, reloads it and reads again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn

from authz.access import Access
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.query.reader import Reader
from resolvers.query.selection import ObjectField, Request
from resolvers.transaction.audit_log import access_denied_entry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import unit_of_work

ATTEMPTS = 3


async def read_as_current_actor(
    reader: Reader,
    context: MutationContext,
    caller: Caller,
    access: Access | None,
    request: Request,
    *,
    reload: Callable[[], Awaitable[Caller | None]],
    cached: bool = False,
) -> bytes | None:
    """Returns the JSON of the request's data, or None if the caller is no longer authenticated.

    `reload` returns the caller with the actor as stored now, or None. If `caller` is `cached`, a first FORBIDDEN may be
    out of date, so it leads to a reload. Raises `MutationRejected` as `Reader.read` does; denials are recorded in the
    audit trail.
    """
    for attempt in range(ATTEMPTS):
        if attempt > 0:
            reloaded = await reload()
            if reloaded is None or reloaded.actor is None:
                return None
            caller, access = reloaded, Access(context.policy, reloaded.actor.traits)
        try:
            data = await reader.read(caller, access, request)
        except MutationRejected as rejection:
            if not cached or attempt > 0 or rejection.problems[0].code is not ErrorCode.FORBIDDEN:
                await record_denied_read(context, caller, request, rejection)
            continue
        if data is not None:
            return data
    return None


async def record_denied_read(
    context: MutationContext, caller: Caller, request: Request, rejection: MutationRejected
) -> NoReturn:
    """Record that a query was denied to `caller`, if `rejection` is an access denial, and raise `rejection`.

    The client chooses the response keys, so the trail records field names instead. Raises `MutationRejected`
    (RATE_LIMITED) instead if the caller has been denied too often.
    """
    names = {part.key: part.field for part in request.selection.parts if isinstance(part, ObjectField)}
    problems = [
        replace(problem, path=tuple(names.get(step, "?") for step in problem.path[:1]))
        for problem in rejection.problems
    ]
    operation = next((problem.path[0] for problem in problems if problem.path), "")
    denial = access_denied_entry(problems, replace(caller, operation=operation), AuditKind.QUERY_REFUSED)
    if denial is not None:
        async with unit_of_work(context, caller) as work:
            work.count_denial()
            await work.audit(denial)
    raise rejection
