"""Logs one line per request: method, path, status, size and duration. It never logs query strings, bodies or headers:
links in mails carry their token in the query string, and a log must never contain one."""

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_PATH = 500
"""How many characters of a path are logged."""

LINE = "%s %s %d %d B %.1f ms"

log = logging.getLogger("portico.access")


class AccessLog:
    """Middleware that logs `POST /graphql 200 1832 B 1.9 ms`, unless the level of its logger is above INFO."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        start = perf_counter()
        status, size = 0, 0

        async def send_and_count(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_and_count)
        finally:
            milliseconds = (perf_counter() - start) * 1000
            values = (scope["method"], printable_path(scope), status, size, milliseconds)
            # log.info would search the stack for the calling line of code: half the cost of the whole log line.
            log.handle(log.makeRecord(log.name, logging.INFO, "", 0, LINE, values, None))


def printable_path(scope: Scope) -> str:
    """Returns the path as received, still percent-encoded, so that no decoded line break can forge a log line. A long
    one is cut."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("ascii", "backslashreplace")
    path = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
    shown = path if len(path) <= MAX_PATH else f"{path[:MAX_PATH]}..."
    return shown if shown.isprintable() else ascii(shown)
