"""`/graphql`: the one door of the API, as a bare ASGI function.

A read goes its short way: body -> prepared request (kept for bodies that came before) -> who asks (kept for a few
seconds) -> one statement -> its bytes. Everything else, which is mutations and introspection, goes through Strawberry.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graphql import GraphQLError
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from app.auth.bearer import AuthenticatedActor, BearerToken, TokenRejected, bearer_of, caller_of
from app.backend import backend_of, pinned
from app.graphql.cost_limiting import charge, dry_run, throttled
from app.graphql.idempotency import MutationAnswer, key_of, marked, once
from app.graphql.response import negotiate, send_cost, send_data, send_refusal, send_result, wants_page
from app.http.errors import HttpCode, HttpError, mask, problem
from app.http.graphql_request import ClientGone, GraphQLRequest, body_of, from_body, from_query_string
from resolvers.callers.idempotency_claim import ClaimLost, IdempotencyClaim
from resolvers.cost_limits.leases import InsufficientBudget
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.idempotency_keys import IdempotentRequest
from resolvers.lru_cache import LRUCache
from resolvers.query.selection import Request
from resolvers.transaction.unit_of_work import record_denied_read
from schema.execution.context import Context
from schema.execution.errors import QueryError, QueryRejected
from schema.execution.execution import Execution, MutationRun

ALLOWED = "GET, POST"
BODY_CACHE_ENTRIES, BODY_CACHE_BYTES = 2_000, 4_000_000
TRIES = 3


class GraphQLEndpoint:
    """The ASGI application at `/graphql`.

    `largest_body` is in bytes. `page` is where a browser is sent that opens the address; None where there is none.
    """

    def __init__(self, largest_body: int, page: str | None) -> None:
        self.largest_body = largest_body
        self.page = page
        # Bodies of reads alone: those of mutations hold passwords.
        self.kept: LRUCache[bytes, Request] = LRUCache(BODY_CACHE_ENTRIES, BODY_CACHE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        scope = pinned(scope)
        if self.page is not None and scope["method"] == "GET" and wants_page(scope):
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"{self.page}?{query}" if query else self.page, 303)(scope, receive, send)
            return
        try:
            negotiate(scope)
            await self._answer(scope, receive, send)
        except HttpError as error:
            await send_refusal(scope, receive, send, error)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._post(scope, receive, send)
        elif scope["method"] == "GET":
            operation = from_query_string(scope["query_string"])
            await answer(scope, send, await prepare(scope, operation), may_change=False)
        else:
            raise HttpError(405, HttpCode.METHOD_NOT_ALLOWED, "Use POST or GET.", headers={"allow": ALLOWED})

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await body_of(scope, receive, self.largest_body)
        except ClientGone:
            return
        operation: Prepared | None = self.kept.get(body)
        if operation is None:
            asked = from_body(body)
            operation = await prepare(scope, asked)
            if isinstance(operation, Request) and not backend_of(scope).documents.depends(asked):
                self.kept.put(body, operation, len(body))
        await answer(scope, send, operation, may_change=True)


Prepared = Request | Execution | QueryRejected


async def prepare(scope: Scope, operation: GraphQLRequest) -> Prepared:
    """What to do for an operation, or why not. Raises TokenRefused."""
    backend = backend_of(scope)
    freely = backend.documents.required and await is_api_client(scope)
    try:
        operation = await backend.documents.resolved(operation, freely=freely)
        return backend.operations.prepare(operation.text, operation.name, operation.variables)
    except QueryRejected as rejected:
        return rejected


async def is_api_client(scope: Scope) -> bool:
    """Whether an API client asks. Raises TokenRefused."""
    bearer = bearer_of(scope)
    return (
        bearer is not None
        and bearer.jwt is not None
        and await backend_of(scope).authentication.holder(bearer) is not None
    )


async def answer(scope: Scope, send: Send, operation: Prepared, *, may_change: bool) -> None:
    """Runs an operation and sends what comes of it. Raises HttpError (405) for a mutation where nothing may change."""
    if isinstance(operation, QueryRejected):
        await send_result(scope, send, None, [rejection(found) for found in operation.problems])
        return
    if isinstance(operation, Execution) and operation.mutation and not may_change:
        raise HttpError(405, HttpCode.METHOD_NOT_ALLOWED, "Send mutations by POST.", headers={"allow": "POST"})
    if dry_run(scope):
        await send_cost(scope, send, operation.cost)
        return
    bearer = bearer_of(scope)
    try:
        holder = await backend_of(scope).authentication.holder(bearer) if bearer is not None else None
        await charge(scope, holder, operation.cost)
    except HttpError:
        raise
    except InsufficientBudget as short:
        await send_result(scope, send, None, [throttled(short)])
    except Exception as error:  # noqa: BLE001
        await send_result(scope, send, None, [mask(error)])
    else:
        asking = RequestAuth(bearer, holder)
        if isinstance(operation, Request):
            await answer_read(scope, send, operation, asking)
        else:
            await answer_execution(scope, send, operation, asking)


@dataclass(frozen=True, slots=True)
class RequestAuth:
    """Who asks, as far as is known: the token that came with the request, and who holds it, by what is kept of it."""

    bearer: BearerToken | None
    holder: AuthenticatedActor | None


async def answer_read(scope: Scope, send: Send, request: Request, asking: RequestAuth) -> None:
    """Sends the answer to a query of data: the text of the database as it is. Raises TokenRefused."""
    try:
        data = await read(scope, request, asking)
    except HttpError:
        raise
    except MutationRejected as refused:
        await send_result(scope, send, None, [refusal(found) for found in refused.problems])
    except Exception as error:  # noqa: BLE001
        await send_result(scope, send, None, [mask(error)])
    else:
        await send_data(scope, send, data)


async def read(scope: Scope, request: Request, asking: RequestAuth) -> bytes:
    """The JSON text of the request's data, as the caller may see it now. Raises Refused where nobody is signed in.

    What is kept of a token may be out of date. Then the statement answers nothing, and runs again after the token was
    looked up. A token that no open session belongs to is nobody's. Raises TokenRefused for an access token that is not
    good.
    """
    backend, bearer, holder = backend_of(scope), asking.bearer, asking.holder
    if bearer is not None:
        for attempt in range(TRIES):
            if attempt > 0:
                holder = await backend.authentication.holder(bearer, afresh=True)
            if holder is None:
                break
            caller = caller_of(scope, holder)
            try:
                data = await backend.reader.read(caller, backend.access(holder.actor), request)
            except MutationRejected as refused:
                # Refused for what is kept of them, before the statement could say that it is out of date.
                if attempt > 0 or refused.problems[0].code is not ErrorCode.FORBIDDEN:
                    await record_denied_read(backend.writing, caller, request, refused)
                continue
            if data is not None:
                backend.authentication.note_use(holder)
                return data
        if bearer.jwt is not None:
            raise TokenRejected
    return await backend.reader.read(caller_of(scope, None), None, request) or b"{}"


async def answer_execution(scope: Scope, send: Send, execution: Execution, asking: RequestAuth) -> None:
    """Sends the answer to a mutation, or to a query with introspection in it. Raises HttpError for an idempotency key
    under which there is no answer, and for an access token that is not good."""
    try:
        holder = await executor(scope, asking)
        if holder is not None:
            backend_of(scope).authentication.note_use(holder)
        if isinstance(execution, MutationRun) and holder is not None:
            answer = await execute_idempotently(scope, execution, asking, holder)
        else:
            answer = await execute(scope, execution, holder)
    except HttpError:
        raise
    except Exception as error:  # noqa: BLE001
        answer = MutationAnswer(None, [mask(error)])
    await send_result(scope, marked(send) if answer.replayed else send, answer.data, answer.errors)


async def executor(scope: Scope, asking: RequestAuth, *, afresh: bool = False) -> AuthenticatedActor | None:
    """Who holds the token, for an execution. An API client is looked up each time: an execution has no gate as a read
    has, behind which it would show that the client is dead. Raises TokenRefused."""
    backend, bearer, holder = backend_of(scope), asking.bearer, asking.holder
    if bearer is not None and (afresh or bearer.jwt is not None):
        holder = await backend.authentication.holder(bearer, afresh=True)
    if holder is not None and not backend.access(holder.actor).alive:
        raise TokenRejected
    return holder


async def execute_idempotently(
    scope: Scope, mutation: MutationRun, asking: RequestAuth, holder: AuthenticatedActor
) -> MutationAnswer:
    """What comes of a mutation of somebody who is signed in, or came of it, where it is sent again."""
    key, backend = key_of(scope), backend_of(scope)
    if key is None:
        return await execute(scope, mutation, holder)

    async def still_there() -> bool:
        now = await executor(scope, asking, afresh=True)
        return now is not None and now.actor.id == holder.actor.id

    asked = IdempotentRequest(holder.actor.client_id or holder.actor.id, key, mutation.content)
    return await once(backend.writing, asked, partial(execute, scope, mutation, holder), still_there)


async def execute(
    scope: Scope, execution: Execution, holder: AuthenticatedActor | None, claim: IdempotencyClaim | None = None
) -> MutationAnswer:
    """What a client reads of an execution, which runs now. Raises ClaimLost."""
    backend = backend_of(scope)
    access = backend.access(holder.actor) if holder is not None else None
    caller = replace(caller_of(scope, holder), claim=claim)
    try:
        result = await execution.run(Context(caller, access, backend.reader, backend.writing))
    except Exception as error:  # noqa: BLE001
        return MutationAnswer(None, [mask(error)])
    for found in result.errors:
        if isinstance(found.original_error, ClaimLost):
            raise found.original_error
    return MutationAnswer(result.data, [format_error(error) for error in result.errors])


def refusal(found: Problem) -> dict[str, Any]:
    """What the client reads of a reason why a query was refused."""
    shown = problem(found.code, found.message, path=found.path)
    return {**shown, "extensions": shown["extensions"] | found.extensions}


def rejection(found: QueryError) -> dict[str, Any]:
    """What the client reads of a reason why an operation was not run."""
    formatted = found.formatted()
    shown = problem(found.code, formatted.pop("message"))
    return {**shown, **formatted, "extensions": shown["extensions"] | formatted["extensions"]}


def format_error(error: GraphQLError) -> dict[str, Any]:
    """What the client reads of an error of an execution: all of it where it was foreseen, which its code tells."""
    path = error.path or ()
    if not error.extensions or "code" not in error.extensions:
        return mask(error.original_error or error, path=path)
    shown = problem(error.extensions["code"], error.message, path=path)
    shown["extensions"] |= error.extensions
    return shown
