"""Error responses, and the masking of unexpected errors.

Every failure has one form: `{"errors": [{"message", "path"?, "extensions": {"code", "requestId", …}}]}`.
An unexpected error is reported as `Internal error` with its request id; the log has the details under the same id.
"""

import logging
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database.errors import is_statement_timeout, is_unavailable, is_unsupported
from app.database.log_text import describe
from app.http import request_id
from resolvers.errors import TimedOut
from resolvers.fair_queue import QueueFull
from resolvers.query.response_limit import is_response_too_large
from schema.execution.errors import QueryCode

log = logging.getLogger("portico.errors")

JSON = "application/json; charset=utf-8"

ErrorObject = dict[str, Any]


class HttpCode(StrEnum):
    """The codes of failures before or below GraphQL."""

    BAD_REQUEST = "BAD_REQUEST"
    """The request could not be read: its JSON, its members or their types; or it may not use its session cookie.
    Remedy: correct what the message names."""

    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    """The body is larger than the server accepts. Remedy: send less, such as fewer list items in one mutation."""

    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    """This address doesn't support this method. Remedy: use POST; GET is for queries without passwords only."""

    BODY_TOO_SLOW = "BODY_TOO_SLOW"
    """The headers or the body took too long to arrive, and the connection was closed. Remedy: send the request again,
    over a better connection."""

    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    """The client accepts none of the media types of responses. Remedy: send `Accept: application/json`, or omit the
    header."""

    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    """The body is not declared as JSON, or is compressed. Remedy: send `Content-Type: application/json`, and the body
    uncompressed."""

    NOT_FOUND = "NOT_FOUND"
    """There is nothing at this address. Remedy: GraphQL is at `/graphql`."""

    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"
    """The header `Idempotency-Key` contains no valid key. Remedy: send one key of 1 to 255 visible ASCII characters,
    once."""

    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    """The same key was sent with another mutation or other variables. Remedy: use a new key for each new mutation."""

    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    """The mutation with this key is still running. Remedy: send it again, unchanged, after `Retry-After` seconds."""

    IDEMPOTENCY_ANSWER_LOST = "IDEMPOTENCY_ANSWER_LOST"
    """The mutation with this key was executed, at least in part, and its response was lost. Remedy: check the current
    state; send what is missing with a new key."""

    INTERNAL = "INTERNAL"
    """The server failed. Remedy: nothing you can fix: give the operator the request id."""

    TIMED_OUT = "TIMED_OUT"
    """The query took too long. Remedy: request less at once, such as smaller pages."""

    UNSUPPORTED = "UNSUPPORTED"
    """The database, which is distributed over several machines, can't run the query; nothing was changed. Remedy:
    request less at once, such as one organization, and give the operator the request id."""

    UNAVAILABLE = "UNAVAILABLE"
    """The database can't be reached, or the server has too much to do. Remedy: try again, with growing pauses."""


class HttpError(Exception):
    """A request that is rejected before it reaches GraphQL. `argument` names the member or header at fault."""

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


MASKED_ERRORS: dict[StrEnum, tuple[int, str]] = {
    HttpCode.INTERNAL: (500, "Internal error"),
    HttpCode.TIMED_OUT: (504, "The request took too long. Request less at once."),
    HttpCode.UNSUPPORTED: (501, "The database can't run this query, because it is distributed over several machines."),
    QueryCode.TOO_LARGE: (400, "The response is too large. Request less at once."),
    HttpCode.UNAVAILABLE: (503, "The database can't be reached at the moment. Try again soon."),
}


READS_ONLY = "Nothing can be changed at the moment, because the primary can't be reached. Queries go on."

BUSY = "The server is busy. Try again soon."

BUSY_HEADERS = {"retry-after": "1"}
"""What every response with status 503 has: the seconds until the next try."""


def code_of(error: BaseException) -> StrEnum:
    """Returns UNAVAILABLE if the database could not be reached or went away, or a queue is full; TIMED_OUT if the
    database cancelled a statement that took too long; TOO_LARGE if its response was too large; UNSUPPORTED if the
    database can't plan it; and INTERNAL for any other error. The causes of `error` count too."""
    cause: BaseException | None = error
    while cause is not None:
        if is_unavailable(cause) or isinstance(cause, QueueFull):
            return HttpCode.UNAVAILABLE
        if is_statement_timeout(cause) or isinstance(cause, TimedOut):
            return HttpCode.TIMED_OUT
        if is_response_too_large(cause):
            return QueryCode.TOO_LARGE
        if is_unsupported(cause):
            return HttpCode.UNSUPPORTED
        cause = cause.__cause__
    return HttpCode.INTERNAL


def mask(error: BaseException, path: Sequence[str | int] = ()) -> ErrorObject:
    """Logs an unexpected error, and returns the error object that the client gets instead."""
    if isinstance(error, QueueFull):
        # The queue counts and logs what it refuses.
        return error_object(HttpCode.UNAVAILABLE, BUSY, path=path)
    code = code_of(error)
    if code in (HttpCode.INTERNAL, HttpCode.UNSUPPORTED):
        # Of the latter, the operator needs the statement's place in the code as well.
        log.error("Internal error" if code is HttpCode.INTERNAL else "Refused by the database", exc_info=error)
    else:
        log.warning("%s: %s", code, describe(error))
    return error_object(code, MASKED_ERRORS[code][1], path=path)


def explain_reads_only(error: ErrorObject) -> ErrorObject:
    """Returns the error object of a mutation that failed while queries go on from a replica, with that in its message
    if the primary can't be reached."""
    is_away = error["extensions"]["code"] == HttpCode.UNAVAILABLE and error["message"] != BUSY
    return {**error, "message": READS_ONLY} if is_away else error


def error_object(
    code: str, message: str, *, argument: str | None = None, path: Sequence[str | int] = ()
) -> ErrorObject:
    """Returns one error of a response."""
    extensions = {"code": code, "requestId": request_id.current()}
    if argument is not None:
        extensions["argument"] = argument
    located = {"path": list(path)} if path else {}
    return {"message": message, **located, "extensions": extensions}


def error_response(
    status: int, *problems: ErrorObject, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """Returns a response with errors and no data. For 503 it says when to try again."""
    lines = {"cache-control": "no-store", **(headers or {})}
    if status == 503:
        lines |= BUSY_HEADERS
    return Response(orjson.dumps({"errors": problems}), status, lines, media_type)


def status_of(masked: ErrorObject) -> int:
    """Returns the HTTP status for an error object made by `mask`."""
    return MASKED_ERRORS[masked["extensions"]["code"]][0]


def http_error_response(error: HttpError, media_type: str = JSON) -> Response:
    """Returns the response to a request that is rejected before it reaches GraphQL."""
    problem = error_object(error.code, error.message, argument=error.argument)
    return error_response(error.status, problem, headers=error.headers, media_type=media_type)


def response_to(error: Exception) -> Response:
    """Returns the response to a request that failed with `error`, which is logged if it is unexpected."""
    if isinstance(error, HttpError):
        return http_error_response(error)
    if isinstance(error, HTTPException):
        return router_error_response(error)
    masked = mask(error)
    return error_response(status_of(masked), masked)


def router_error_response(error: HTTPException) -> Response:
    """Returns the response to a request that the router rejects: unknown address or method."""
    code = {404: HttpCode.NOT_FOUND, 405: HttpCode.METHOD_NOT_ALLOWED}.get(error.status_code, HttpCode.BAD_REQUEST)
    return error_response(error.status_code, error_object(code, f"{error.detail}."), headers=error.headers)


class ErrorBoundary:
    """Middleware that turns exceptions into error responses, unless the response has already begun. `app/http/shell.py`
    does so for all routes; this is for an application inside another middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        started = False

        async def send_and_track(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_track)
        except Exception as error:
            if started:
                raise
            await response_to(error)(scope, receive, send)
