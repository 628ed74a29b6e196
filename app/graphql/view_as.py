"""Reads queries as another user, whom the header `Portico-View-As` names (`startViewAs`).

Such a request does nothing but read: mutations, and queries that do more, are refused. It is paid for and counted as a
request of the caller. If it can't be read as the user, it fails: it is never read as the caller instead.
"""

from dataclasses import replace
from typing import Final

from starlette.types import Scope

from app.auth.bearer import AuthenticatedActor, BearerToken, caller_of
from app.backend import backend_of
from app.http.request_id import header
from authz.access import Access
from authz.actor import Actor
from models import User
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import load_viewed_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.public_id import key
from resolvers.query.selection import Request
from resolvers.transaction.read import record_denied_read
from schema.execution.errors import QueryCode, QueryError, QueryRejected

VIEW_AS: Final = b"portico-view-as"
"""The header with the id of the user as whom a query is read."""

_ATTEMPTS: Final = 2
"""The caller may come from the cache the first time, and must not the second time."""

# Without names of the schema, which an operator may hide.
_READ_ONLY: Final = (
    "While you view as another user, you can only read what the user sees. Send everything else without the header "
    "`Portico-View-As`: mutations, introspection, and questions such as who has access, previews and simulations."
)
_ENDED: Final = "You are not viewing as this user, or not any more."


def is_viewing(scope: Scope) -> bool:
    """Whether a request is to be read as another user."""
    return header(scope, VIEW_AS) is not None


def read_only() -> QueryRejected:
    """The rejection of a request that does more than read as another user."""
    return QueryRejected([QueryError(QueryCode.VIEW_AS_READ_ONLY, _READ_ONLY)])


async def read_as_viewed(
    scope: Scope, request: Request, bearer: BearerToken | None, actor: AuthenticatedActor | None
) -> bytes:
    """Returns the JSON of the request's data, as visible to the user whom the header names, and to the caller.

    Raises MutationRejected as `Reader.read` does, TokenRejected, and QueryRejected (VIEW_AS_ENDED), whatever the reason
    is for which the caller can't read as the user.
    """
    backend = backend_of(scope)
    for attempt in range(_ATTEMPTS):
        if bearer is not None and attempt > 0:
            actor = await backend.authentication.authenticate(bearer, bypass_cache=True)
        if bearer is None or actor is None:
            raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
        viewed = await _load_viewed(scope, actor)
        if viewed is None:
            continue
        caller = replace(caller_of(scope, actor), viewed=viewed)
        data = await _read(scope, caller, viewed, request)
        if data is not None:
            backend.authentication.record_use(actor)
            return data
    raise QueryRejected([QueryError(QueryCode.VIEW_AS_ENDED, _ENDED)])


async def _load_viewed(scope: Scope, actor: AuthenticatedActor) -> Actor | None:
    user_id = key((header(scope, VIEW_AS) or b"").decode("latin-1").strip(), User)
    if user_id is None or not isinstance(actor.credential, SessionToken):
        return None
    tenant_id, session_hash = actor.actor.tenant_id, actor.credential.hash
    return await backend_of(scope).first_reads.run(
        lambda connection: load_viewed_actor(connection, tenant_id, session_hash, user_id)
    )


async def _read(scope: Scope, caller: Caller, viewed: Actor, request: Request) -> bytes | None:
    backend = backend_of(scope)
    assert caller.actor is not None
    access = Access(backend.policy, viewed.traits, viewed_by=caller.actor.traits)
    try:
        return await backend.reader.read(caller, access, request)
    except MutationRejected as rejection:
        await record_denied_read(backend.mutation_context, caller, request, rejection)
