"""Gives each request an id, which its response, its log lines and its masked errors carry."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"

_PLAIN = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def current() -> str:
    """Returns the id of the current request, or `-` outside a request."""
    return _current.get()


@contextmanager
def within(new_id: str) -> Iterator[None]:
    """Makes `new_id` the id of the current request until the end of the block."""
    token = _current.set(new_id)
    try:
        yield
    finally:
        _current.reset(token)


def accept_or_generate(sent: bytes | None) -> str:
    """Returns the id that the client sent if it is 1 to 64 plain characters, else a new one of 16 hex digits."""
    if sent is not None and _PLAIN.fullmatch(sent):
        return sent.decode("ascii")
    return f"{random.getrandbits(64):016x}"  # an identifier, not a secret


def header(scope: Scope, name: bytes) -> bytes | None:
    """Returns the first header of a request named `name` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            first: bytes = value
            return first
    return None


class RequestIds:
    """Middleware that gives each request its id and sends it as `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = accept_or_generate(header(scope, HEADER))
        line = (HEADER, request_id.encode("ascii"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), line]
            await send(message)

        with within(request_id):
            await self.app(scope, receive, send_with_id)
