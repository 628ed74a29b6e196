"""Reads a request as the current actor: if the actor has changed, reloads it and reads again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import NoReturn, TypeVar

from authz.access import Access
from authz.actor import Actor, ActorKind
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query.reader import Reader
from resolvers.query.selection import ObjectField, Request
from resolvers.transaction.audit_log import access_denied_entry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import unit_of_work

T = TypeVar("T")

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
    is_first = True

    async def read(caller: Caller, access: Access | None) -> bytes | None:
        nonlocal is_first
        was_first, is_first = is_first, False
        try:
            return await reader.read(caller, access, request)
        except MutationRejected as rejection:
            if not cached or not was_first or rejection.problems[0].code is not ErrorCode.FORBIDDEN:
                await record_denied_read(context, caller, request, rejection)
            return None

    return await as_current_actor(context, caller, access, read, reload=reload)


async def as_current_actor(
    context: MutationContext,
    caller: Caller,
    access: Access | None,
    attempt: Callable[[Caller, Access | None], Awaitable[T | None]],
    *,
    reload: Callable[[], Awaitable[Caller | None]],
) -> T | None:
    """Returns the result of `attempt`. If that is None, the actor may have changed: it is reloaded, and `attempt` runs
    again. Returns None if the caller is no longer authenticated."""
    for number in range(ATTEMPTS):
        if number > 0:
            reloaded = await reload()
            if reloaded is None or reloaded.actor is None:
                return None
            caller, access = reloaded, access_of(context, reloaded.actor)
        result = await attempt(caller, access)
        if result is not None:
            return result
    return None


def access_of(context: MutationContext, actor: Actor) -> Access:
    """What the actor may do, by the policy in force."""
    return Access(
        context.policy,
        actor.traits,
        by_scim_token=actor.scim_token_id is not None,
        must_have_second_factor=context.staff_second_factor and actor.traits.kind is ActorKind.STAFF,
    )


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
    await record_denial(context, replace(caller, operation=operation), problems)
    raise rejection


async def record_denial(context: MutationContext, caller: Caller, problems: Sequence[Problem]) -> None:
    """Record that a query was denied to `caller` if that is among the problems. Raises `MutationRejected`
    (RATE_LIMITED) if the caller has been denied too often."""
    denial = access_denied_entry(problems, caller, AuditKind.QUERY_REFUSED)
    if denial is not None:
        async with unit_of_work(context, caller) as work:
            await work.count_denial()
            await work.audit(denial)
