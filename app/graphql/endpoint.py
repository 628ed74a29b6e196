"""The endpoint `/graphql`, as a bare ASGI function.

A read takes a short path: body -> prepared request (cached by body) -> actor (cached for a few seconds) -> one
statement -> its bytes. Everything else, that is mutations and introspection, goes through Strawberry.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from app.auth.bearer import AuthenticatedActor, BearerToken, TokenRejected, caller_of, user_agent_of
from app.backend import backend_of, pin_backend
from app.graphql.cost_limiting import is_dry_run, requested_by, reserve, settle, throttled_error
from app.graphql.idempotency import MutationAnswer, key_of, mark_replayed, run_once
from app.graphql.preparation import Prepared, prepare
from app.graphql.response import is_browser_navigation, negotiate, send_cost, send_data, send_http_error, send_result
from app.graphql.view_as import is_viewing, read_as_viewed, read_only
from app.http.disconnection import cancelled_on_disconnection, watch_disconnection
from app.http.errors import HttpCode, HttpError, error_object, explain_reads_only, mask
from app.http.graphql_request import from_body, from_query_string, read_json_body
from app.operation_metrics import MUTATION, QUERY, begin_measuring, measured_of
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import ClaimLost, IdempotencyClaim
from resolvers.cost_limits.leases import InsufficientBudget
from resolvers.errors import MutationRejected, Problem
from resolvers.idempotency_keys import IdempotentRequest
from resolvers.lru_cache import LRUCache
from resolvers.query.selection import Request
from resolvers.transaction.read import read_as_current_actor
from schema.execution.context import Context
from schema.execution.errors import QueryError, QueryRejected
from schema.execution.execution import Execution, MutationRun
from schema.types import counted_errors

if TYPE_CHECKING:
    from app.spans import Tracing

ALLOWED = "GET, HEAD, POST"
BODY_CACHE_ENTRIES, BODY_CACHE_BYTES = 2_000, 32_000_000


class GraphQLEndpoint:
    """The ASGI application at `/graphql`.

    `page` is the address that a browser is redirected to if it opens `/graphql`, or None if there is no page. `tracing`
    is set while operations are traced.
    """

    def __init__(self, max_body_bytes: int, page: str | None) -> None:
        self.max_body_bytes = max_body_bytes
        self.page = page
        self.tracing: Tracing | None = None
        # Contains bodies of reads only: those of mutations contain passwords.
        self.body_cache: LRUCache[bytes, Request] = LRUCache(BODY_CACHE_ENTRIES, BODY_CACHE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        pin_backend(scope)
        if self.page is not None and scope["method"] == "GET" and is_browser_navigation(scope):
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"{self.page}?{query}" if query else self.page, 303)(scope, receive, send)
            return
        operation, begin = begin_measuring(scope), perf_counter()
        try:
            trace = self.tracing.join(scope) if self.tracing is not None else None
            if self.tracing is None or trace is None:
                await self._serve(scope, receive, send)
            else:
                with self.tracing.traced(scope, operation, trace):
                    await self._serve(scope, receive, send)
        finally:
            backend_of(scope).operation_metrics.record(operation, perf_counter() - begin)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            negotiate(scope)
            body = await self._body(scope, receive)
            watch_disconnection(scope, receive)
            await respond(scope, send, partial(self._load, scope, body), by_post=body is not None)
        except ClientDisconnect:
            return
        except HttpError as error:
            await send_http_error(scope, receive, send, error)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """Returns the body of a POST, and None for a GET, whose operation is in its query string."""
        if scope["method"] == "POST":
            return await read_json_body(scope, receive, self.max_body_bytes)
        if scope["method"] == "GET":
            return None
        raise HttpError(405, HttpCode.METHOD_NOT_ALLOWED, "Use POST or GET.", headers={"allow": ALLOWED})

    async def _load(self, scope: Scope, body: bytes | None, caller: Caller) -> Prepared:
        if body is None:
            query_string = scope["query_string"]
            _, operation = await prepare(scope, len(query_string), partial(from_query_string, query_string), caller)
            return operation
        cached = self.body_cache.get(body)
        if cached is not None:
            return cached
        request, operation = await prepare(scope, len(body), partial(from_body, body), caller)
        if isinstance(operation, Request) and not backend_of(scope).trusted_documents.depends_on_register(request):
            self.body_cache.put(body, operation, len(body) + operation.size)
        return operation


Load = Callable[[Caller], Awaitable[Prepared]]
"""Returns the operation of a request, which this caller pays for. Raises HttpError, InsufficientBudget, QueueFull,
ClientDisconnect, and the errors of the database."""


async def respond(scope: Scope, send: Send, load: Load, *, by_post: bool) -> None:
    """Loads and runs an operation, and sends the result. Raises HttpError: (405) for a mutation, or a query with secret
    arguments, unless it was sent `by_post`."""
    bearer = backend_of(scope).authentication.token_of(scope)
    try:
        actor = await backend_of(scope).authentication.authenticate(bearer) if bearer is not None else None
        caller = caller_of(scope, actor)
        operation = await load(caller)
        if isinstance(operation, QueryRejected):
            await send_result(scope, send, None, [format_query_error(error) for error in operation.problems])
            return
        measured_of(scope).kind = MUTATION if isinstance(operation, Execution) and operation.mutation else QUERY
        if isinstance(operation, Execution) and is_viewing(scope):
            raise read_only()
        if isinstance(operation, Execution) and operation.only_by_post and not by_post:
            message = "Send mutations by POST." if operation.mutation else "Send passwords by POST, in a variable."
            raise HttpError(405, HttpCode.METHOD_NOT_ALLOWED, message, headers={"allow": "POST"})
        if is_dry_run(scope):
            await send_cost(scope, send, requested_by(scope, caller, operation.price))
            return
        await reserve(scope, caller, operation.price)
    except (HttpError, ClientDisconnect):
        raise
    except QueryRejected as rejected:
        await send_result(scope, send, None, [format_query_error(error) for error in rejected.problems])
        return
    except InsufficientBudget as error:
        await send_result(scope, send, None, [throttled_error(error)])
        return
    except Exception as error:  # noqa: BLE001
        await send_result(scope, send, None, [mask(error)])
        return
    auth = RequestAuth(bearer, actor, caller)
    try:
        if isinstance(operation, Request):
            await respond_to_read(scope, send, operation, auth)
        else:
            await respond_to_execution(scope, send, operation, auth)
    finally:
        # Whoever hangs up, or gets an HTTP error, pays for the time that it took.
        settle(scope, None)


class RequestAuth(NamedTuple):
    """The token that came with a request, its actor, who may come from the cache, and the request's caller: the actor,
    or somebody anonymous."""

    bearer: BearerToken | None
    actor: AuthenticatedActor | None
    caller: Caller


async def respond_to_read(scope: Scope, send: Send, request: Request, auth: RequestAuth) -> None:
    """Sends the response to a query: the text from the database, unchanged. Raises TokenRejected, and ClientDisconnect
    once the read is cancelled."""
    try:
        with cancelled_on_disconnection(scope):
            data = await read(scope, request, auth)
    except (HttpError, ClientDisconnect):
        raise
    except MutationRejected as rejection:
        await send_result(scope, send, None, [format_problem(problem) for problem in rejection.problems])
    except QueryRejected as rejected:
        await send_result(scope, send, None, [format_query_error(error) for error in rejected.problems])
    except Exception as error:  # noqa: BLE001
        await send_result(scope, send, None, [mask(error)])
    else:
        await send_data(scope, send, data)


async def read(scope: Scope, request: Request, auth: RequestAuth) -> bytes:
    """Returns the JSON of the request's data, as visible to the caller now. Raises MutationRejected if nobody is
    signed in.

    A cached actor may be out of date. The statement then returns nothing, and runs again after the actor was reloaded.
    A session token without an open session makes the caller anonymous. An invalid access token raises TokenRejected.
    What is to be read as another user is read so, or not at all.
    """
    if is_viewing(scope):
        return await read_as_viewed(scope, request, auth.bearer, auth.actor)
    backend, bearer, actor = backend_of(scope), auth.bearer, auth.actor

    async def reload() -> Caller | None:
        nonlocal actor
        assert bearer is not None
        actor = await backend.authentication.authenticate(bearer, bypass_cache=True)
        return caller_of(scope, actor) if actor is not None else None

    if bearer is not None:
        if actor is not None:
            access = backend.access(actor.actor)
            data = await read_as_current_actor(
                backend.reader, backend.mutation_context, auth.caller, access, request, reload=reload, cached=True
            )
            if data is not None:
                backend.authentication.record_use(actor)
                return data
        if bearer.jwt is not None:
            raise TokenRejected
    return await backend.reader.read(caller_of(scope, None), None, request) or b"{}"


async def respond_to_execution(scope: Scope, send: Send, execution: Execution, auth: RequestAuth) -> None:
    """Sends the response to a mutation, or to a query with introspection. Raises HttpError for an idempotency key
    without an answer, and for an invalid access token."""
    try:
        actor = await authenticate_executor(scope, auth)
        if actor is not None:
            backend_of(scope).authentication.record_use(actor)
        if isinstance(execution, MutationRun) and actor is not None:
            answer = await execute_idempotently(scope, execution, auth, actor)
        elif execution.mutation:
            answer = await execute(scope, execution, actor)
        else:
            with cancelled_on_disconnection(scope):
                answer = await execute(scope, execution, actor)
    except (HttpError, ClientDisconnect):
        raise
    except Exception as error:  # noqa: BLE001
        answer = MutationAnswer(None, [mask(error)])
    if execution.mutation and backend_of(scope).reads_alone:
        answer = replace(answer, errors=[explain_reads_only(error) for error in answer.errors])
    await send_result(scope, mark_replayed(send) if answer.replayed else send, answer.data, answer.errors)


async def authenticate_executor(
    scope: Scope, auth: RequestAuth, *, bypass_cache: bool = False
) -> AuthenticatedActor | None:
    """Returns the actor for an execution. An API client is always reloaded: an execution has no session guard, which
    in a read would find out that the client is no longer allowed. Raises TokenRejected."""
    backend, bearer, actor = backend_of(scope), auth.bearer, auth.actor
    if bearer is not None and (bypass_cache or bearer.jwt is not None):
        actor = await backend.authentication.authenticate(bearer, bypass_cache=True)
    if actor is not None and not backend.access(actor.actor).alive:
        raise TokenRejected
    return actor


async def execute_idempotently(
    scope: Scope, mutation: MutationRun, auth: RequestAuth, actor: AuthenticatedActor
) -> MutationAnswer:
    """Returns the result of a mutation of a signed-in caller. If it was sent before, this is the stored result."""
    key, backend = key_of(scope), backend_of(scope)
    if key is None:
        return await execute(scope, mutation, actor)

    async def still_authenticated() -> bool:
        current = await authenticate_executor(scope, auth, bypass_cache=True)
        return current is not None and current.actor.id == actor.actor.id

    request = IdempotentRequest(actor.actor.tenant_id, actor.actor.client_id or actor.actor.id, key, mutation.content)
    return await run_once(
        backend.mutation_context, request, partial(execute, scope, mutation, actor), still_authenticated
    )


async def execute(
    scope: Scope, execution: Execution, actor: AuthenticatedActor | None, claim: IdempotencyClaim | None = None
) -> MutationAnswer:
    """Runs an execution and returns its result. Raises ClaimLost."""
    backend = backend_of(scope)
    access = backend.access(actor.actor) if actor is not None else None
    caller = replace(caller_of(scope, actor), claim=claim, user_agent=user_agent_of(scope))
    counted_errors.count_into(backend.operation_metrics.mutation_errors)
    try:
        result = await execution.run(
            Context(
                caller,
                access,
                backend.reader,
                backend.mutation_context,
                backend.preparing,
                backend.authentication.cookie_of(scope),
                backend.playground,
            )
        )
    except Exception as error:  # noqa: BLE001
        return MutationAnswer(None, [mask(error)])
    for graphql_error in result.errors:
        if isinstance(graphql_error.original_error, ClaimLost):
            raise graphql_error.original_error
    return MutationAnswer(result.data, [format_error(graphql_error) for graphql_error in result.errors])


def format_problem(problem: Problem) -> dict[str, Any]:
    """Returns the error object for a problem that a query was rejected for."""
    result = error_object(problem.code, problem.message, path=problem.path)
    return {**result, "extensions": result["extensions"] | problem.extensions}


def format_query_error(error: QueryError) -> dict[str, Any]:
    """Returns the error object for an operation that was not run."""
    formatted = error.formatted()
    result = error_object(error.code, formatted.pop("message"))
    return {**result, **formatted, "extensions": result["extensions"] | formatted["extensions"]}


def format_error(error: GraphQLError) -> dict[str, Any]:
    """Returns the error object for an error of an execution. An error without a code is unexpected, so it is masked."""
    path = error.path or ()
    if not error.extensions or "code" not in error.extensions:
        return mask(error.original_error or error, path=path)
    result = error_object(error.extensions["code"], error.message, path=path)
    result["extensions"] |= error.extensions
    return result
