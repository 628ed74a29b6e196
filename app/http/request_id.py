"""One id per request: in every answer's headers, in every log line, in every masked error."""

import random
import re
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"

_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def current() -> str:
    """The id of the request that is being answered; `-` outside of one."""
    return _current.get()


def accepted(given: bytes | None) -> str:
    """The id that a caller sent, where it is 1 to 64 plain characters, else a new one of 16 hexadecimal digits."""
    if given is not None and _SANE.fullmatch(given):
        return given.decode("ascii")
    return f"{random.getrandbits(64):016x}"  # it names a request and guards nothing


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header called `name` (lower case) of a request, or None."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


class RequestIds:
    """Middleware that gives each request its id and puts it on the answer as `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = accepted(header(scope, HEADER))
        line = (HEADER, request_id.encode("ascii"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), line]
            await send(message)

        token = _current.set(request_id)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            _current.reset(token)
