"""What a client reads when something went wrong, and what it must never read.

Every failure leaves in one form: `{"errors": [{"message", "path"?, "extensions": {"code", "requestId", …}}]}`.
A failure that nobody foresaw says `Internal error` and its request id; the log has the rest, under the same id.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import asyncpg
import orjson
import sqlalchemy.exc
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http import request_id

log = logging.getLogger("portico.errors")

JSON = "application/json; charset=utf-8"

ErrorObject = dict[str, Any]


class HttpCode(StrEnum):
    """The codes of failures that lie before or below GraphQL."""

    BAD_REQUEST = "BAD_REQUEST"
    """The request could not be read: its JSON, its members or their types. Remedy: correct what the message names."""

    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    """The body is larger than the server takes. Remedy: send less, such as fewer list items in one mutation."""

    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    """This address does not answer to this method. Remedy: POST; a GET is for queries, never for mutations."""

    BODY_TOO_SLOW = "BODY_TOO_SLOW"
    """The body did not arrive in time, and the connection was ended. Remedy: send the request again, over a better
    line."""

    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    """The client takes no media type in which there are answers. Remedy: send `Accept: application/json`, or no such
    header."""

    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    """The body is not declared as JSON, or is compressed. Remedy: send `Content-Type: application/json`, and the body
    as it is."""

    NOT_FOUND = "NOT_FOUND"
    """There is nothing at this address. Remedy: GraphQL is at `/graphql`."""

    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"
    """The header `Idempotency-Key` holds no key. Remedy: send one of 1 to 255 visible ASCII characters, once."""

    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    """The same key was sent with another mutation or other variables. Remedy: take a new key for each new mutation."""

    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    """The mutation with this key is still being run. Remedy: send it again, unchanged, after `Retry-After` seconds."""

    IDEMPOTENCY_ANSWER_LOST = "IDEMPOTENCY_ANSWER_LOST"
    """The mutation with this key was run, at least in part, and its answer was lost. Remedy: look at what there is now;
    where something is missing, send that with a new key."""

    INTERNAL = "INTERNAL"
    """The server failed. Remedy: none of yours; tell its operator the request id."""

    TIMED_OUT = "TIMED_OUT"
    """The answer took the database too long. Remedy: ask for less at once, such as smaller pages."""

    UNAVAILABLE = "UNAVAILABLE"
    """The database can't be reached. Remedy: ask again, with growing pauses."""


class HttpError(Exception):
    """A request that is refused before GraphQL has seen it. `argument` names the member or header to blame."""

    def __init__(
        self,
        status: int,
        code: StrEnum,
        message: str,
        *,
        argument: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.argument = argument
        self.headers = dict(headers or {})


MASKED = {
    HttpCode.INTERNAL: (500, "Internal error"),
    HttpCode.TIMED_OUT: (504, "The answer took too long. Ask for less at once."),
    HttpCode.UNAVAILABLE: (503, "The database can't be reached at the moment. Ask again soon."),
}

_UNAVAILABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    # What asyncpg says when the server ends a connection in the very moment in which it is used.
    asyncpg.exceptions.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    sqlalchemy.exc.TimeoutError,
)


def code_of(error: BaseException) -> HttpCode:
    """UNAVAILABLE where the database could not be reached or went away, TIMED_OUT where it cancelled a statement that
    took too long, INTERNAL for all else."""
    seen: BaseException | None = error
    while seen is not None:
        lost = isinstance(seen, sqlalchemy.exc.DBAPIError) and seen.connection_invalidated
        closed = isinstance(seen, asyncpg.exceptions.InterfaceError) and "clos" in str(seen)
        if lost or closed or isinstance(seen, _UNAVAILABLE):
            return HttpCode.UNAVAILABLE
        if isinstance(seen, asyncpg.QueryCanceledError):
            return HttpCode.TIMED_OUT
        seen = seen.__cause__
    return HttpCode.INTERNAL


def mask(error: BaseException, path: Sequence[str | int] = ()) -> ErrorObject:
    """What a client reads of a failure that nobody foresaw; the failure itself goes to the log."""
    code = code_of(error)
    if code is HttpCode.INTERNAL:
        log.error("Internal error", exc_info=error)
    else:
        log.warning("%s: %s: %s", code, type(error).__name__, error)
    return problem(code, MASKED[code][1], path=path)


def problem(code: str, message: str, *, argument: str | None = None, path: Sequence[str | int] = ()) -> ErrorObject:
    """One error of an answer."""
    extensions = {"code": code, "requestId": request_id.current()}
    if argument is not None:
        extensions["argument"] = argument
    located = {"path": list(path)} if path else {}
    return {"message": message, **located, "extensions": extensions}


def failure(
    status: int, *problems: ErrorObject, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """An answer that holds errors and no data. 503 says when to come back (seconds)."""
    lines = {"cache-control": "no-store", **(headers or {})}
    if status == 503:
        lines["retry-after"] = "1"
    return Response(orjson.dumps({"errors": problems}), status, lines, media_type)


def status_of(masked: ErrorObject) -> int:
    """The HTTP status that goes with what `mask` has made."""
    return MASKED[masked["extensions"]["code"]][0]


def refused(error: HttpError, media_type: str = JSON) -> Response:
    """The answer for a request that is refused before GraphQL has seen it."""
    found = problem(error.code, error.message, argument=error.argument)
    return failure(error.status, found, headers=error.headers, media_type=media_type)


async def from_starlette(request: Request, error: Exception) -> Response:
    """The answer for what the router itself refuses: no such address, no such method."""
    assert isinstance(error, HTTPException)
    code = {404: HttpCode.NOT_FOUND, 405: HttpCode.METHOD_NOT_ALLOWED}.get(error.status_code, HttpCode.BAD_REQUEST)
    return failure(error.status_code, problem(code, f"{error.detail}."), headers=error.headers)


class ErrorBoundary:
    """Middleware behind which no exception is seen: it becomes an answer, or, when that has begun, a broken one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except HttpError as error:
            await refused(error)(scope, receive, send)
        except Exception as error:
            masked = mask(error)
            if started:
                raise
            await failure(status_of(masked), masked)(scope, receive, send)
