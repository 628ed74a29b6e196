"""Logs one line per request: method, path, status, size and duration. It never logs query strings, bodies or headers:
links in mails carry their token in the query string, and a log must never contain one.

A log record for each request would cost a tenth of a read, and waking up the thread that writes it more than that. So
entries are collected for a moment, and handed to the log as one record, which has a line for each.
"""

import asyncio
import logging
import time
from typing import Any, Final, NamedTuple

from starlette.types import Scope

from app.http.trace_id import NONE as NO_TRACE

MAX_PATH: Final = 500
"""How many characters of a path are logged."""

COLLECT_SECONDS: Final = 0.05
"""How long entries are collected."""

MAX_COLLECTED: Final = 200
"""How many entries are collected at most."""

log = logging.getLogger("portico.access")


class Entry(NamedTuple):
    """One request: its id, the end of its response (seconds since 1970), and what its line says. `milliseconds` is the
    time that it took, `size` the bytes of the body of its response, and `trace_id` that of its trace, if it has one."""

    request_id: str
    created: float
    method: str
    path: str
    status: int
    size: int
    milliseconds: float
    trace_id: str = NO_TRACE

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status} {self.size} B {self.milliseconds:.1f} ms"


class AccessRecord(logging.LogRecord):
    """A record with a line for each of its entries, which have times and request ids of their own."""

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__(log.name, logging.INFO, "", 0, "", None, None)
        self.entries = entries

    def getMessage(self) -> str:  # noqa: N802 - logging names it so
        """Returns the lines without time and request id, for other handlers than that of `app/logging.py`."""
        return "\n".join(map(str, self.entries))


class AccessLog:
    """Collects entries such as `POST /graphql 200 1832 B 1.9 ms`, unless the level of its logger is above INFO."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(
        self, scope: Scope, request_id: str, status: int, size: int, seconds: float, *, trace: str = NO_TRACE
    ) -> None:
        """Adds an entry for the request of `scope`, whose response is complete; `status` is 0 if there was none, and
        `trace` the id of its trace, if it has one."""
        if not log.isEnabledFor(logging.INFO):
            return
        method, path = scope["method"], printable_path(scope)
        entry = Entry(request_id, time.time(), method, path, status, size, seconds * 1000, trace)
        self._entries.append(entry)
        if len(self._entries) == 1:
            asyncio.get_running_loop().call_later(COLLECT_SECONDS, self.flush)
        elif len(self._entries) == MAX_COLLECTED:
            self.flush()

    def flush(self) -> None:
        """Hands what has been collected to the log."""
        entries, self._entries = self._entries, []
        if entries:
            log.handle(AccessRecord(entries))


def printable_path(scope: Scope) -> str:
    """Returns the path as received, still percent-encoded, so that no decoded line break can forge a log line. A long
    one is cut."""
    raw: Any = scope.get("raw_path") or scope["path"].encode("ascii", "backslashreplace")
    path = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
    shown = path if len(path) <= MAX_PATH else f"{path[:MAX_PATH]}..."
    return shown if shown.isprintable() else ascii(shown)
