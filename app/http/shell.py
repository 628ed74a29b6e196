"""What all responses have in common: a request id, security headers, coded errors, and a line in the access log.

It is one function around the application instead of a middleware for each: together, the layers would take more time
than a read takes for its own work.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http import request_id, trace_id
from app.http.access_log import AccessLog
from app.http.errors import HttpCode, HttpError, response_to
from app.http.request_id import accept_or_generate, header
from app.http.security_headers import CONTENT_SECURITY_POLICY, Headers, security_headers

ENDING = "The server is being stopped. Send the request again."


class Shell:
    """The outermost ASGI function. `endpoints` serve the requests for exactly their path; all others go to `app`.
    `https` adds strict transport security. `responses` counts them by status: 0 if the client was gone before."""

    def __init__(
        self, app: ASGIApp, endpoints: Mapping[str, ASGIApp], *, https: bool, responses: Counter[int] | None = None
    ) -> None:
        self.app = app
        self.endpoints = endpoints
        self.access_log = AccessLog()
        self.responses = Counter[int]() if responses is None else responses
        self.headers = security_headers(https=https)
        self.headers_with_own_policy = [line for line in self.headers if line[0] != CONTENT_SECURITY_POLICY]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, or the lifespan (ASGI)."""
        if scope["type"] != "http":
            try:
                await self.app(scope, receive, send)
            finally:
                self.access_log.flush()
            return
        begin = perf_counter()
        response = Response(self, send, accept_or_generate(header(scope, request_id.HEADER)))
        handled = scope
        if scope["method"] == "HEAD":
            # Every address that supports GET supports HEAD, with the same headers (RFC 9110, section 9.3.2).
            handled, response.without_body = {**scope, "method": "GET"}, True
        token = request_id.CURRENT.set(response.request_id)
        try:
            await self.endpoints.get(scope["path"], self.app)(handled, receive, response.send)
        except Exception as error:
            substitute = response_to(error)
            if response.status:
                raise  # the server cuts off a response that has begun
            await substitute(handled, receive, response.send)
        except asyncio.CancelledError:
            # A server that ends cancels what takes too long. Its own response would be a 500 without a code.
            if not response.status:
                await response_to(HttpError(503, HttpCode.UNAVAILABLE, ENDING))(handled, receive, response.send)
            raise
        finally:
            self.responses[response.status] += 1
            seconds, trace = perf_counter() - begin, trace_id.of(handled)
            self.access_log.add(scope, response.request_id, response.status, response.size, seconds, trace=trace)
            request_id.CURRENT.reset(token)


class Response:
    """The response to one request, on its way out."""

    __slots__ = ("_send", "_shell", "request_id", "size", "status", "without_body")

    def __init__(self, shell: Shell, send: Send, request_id: str) -> None:
        self._shell, self._send = shell, send
        self.request_id = request_id
        self.status = self.size = 0
        self.without_body = False

    async def send(self, message: Message) -> None:
        """Sends a part (ASGI), with the headers that all responses have."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_common(message.get("headers", ()))
        elif self.without_body:
            message = {**message, "body": b""}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    def _with_common(self, headers: Headers) -> Headers:
        common = self._shell.headers
        for name, _ in headers:
            if name == CONTENT_SECURITY_POLICY:
                # A page that loads something sends its own policy, which is kept.
                common = self._shell.headers_with_own_policy
        return [*headers, *common, (request_id.HEADER, self.request_id.encode("ascii"))]
