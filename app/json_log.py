"""The log as JSON, one object in each line, for programs that collect logs (`PORTICO_LOG_FORMAT=json`).

    {"time": "2026-11-29T10:00:00.123Z", "level": "WARNING", "logger": "portico.mail", "message": "…"}

`requestId` is there within a request, `traceId` within one that belongs to a trace, and `error` is the traceback, if
there is one. An entry of the access log has `method`, `path`, `status`, `bytes` and `milliseconds` instead of having to
be parsed.
"""

import logging
import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from app.database.log_text import SafeFormatter
from app.http.access_log import AccessRecord, Entry
from app.http.access_log import log as access_log
from app.http.trace_id import NONE as NO_TRACE

NO_REQUEST: Final = "-"

_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*").fullmatch
"""Matches ASCII text that is the same in JSON."""


class JsonFormatter(SafeFormatter):
    """Formats a record, or each entry of an access record, as a JSON object of at most `most` characters, with the name
    of the worker, if any."""

    def __init__(self, most: int, worker: str | None = None) -> None:
        super().__init__()
        self._most = most
        self._worker = {"worker": worker} if worker else {}
        self._worker_text = f'"worker":"{worker}",' if worker else ""
        self._second, self._text = 0, ""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text of a record."""
        if isinstance(record, AccessRecord):
            return "\n".join(map(self._entry, record.entries))
        # The base class leaves out the values of statements, and puts the traceback below the message.
        message, _, traceback = super().format(record).partition("\nTraceback (most recent call last):")
        members = {"time": self._time(record.created), "level": record.levelname, "logger": record.name}
        members |= _ids(getattr(record, "request_id", NO_REQUEST), getattr(record, "trace_id", NO_TRACE))
        texts = {"message": message}
        if traceback:
            texts["error"] = f"Traceback (most recent call last):{traceback}"
        return self._line(members, texts)

    def _entry(self, entry: Entry) -> str:
        """The object of an entry. Each request has one, so it is put together as text: by way of a dictionary, it would
        take three times as long."""
        request_id, created, method, path, status, size, milliseconds, trace_id = entry
        time, target, took = self._time(created), f"{method} {path}", f"{milliseconds:.1f}"
        if not _PLAIN(target):
            figures = {"status": status, "bytes": size, "milliseconds": float(took)}
            members = {"time": time, "level": "INFO", "logger": access_log.name, **_ids(request_id, trace_id)}
            texts = {"path": path, "message": str(entry)}
            return self._line({**members, "method": method, **figures}, texts)
        trace = f'"traceId":"{trace_id}",' if trace_id else ""
        return (
            f'{{"time":"{time}","level":"INFO","logger":"{access_log.name}","requestId":"{request_id}",{trace}'
            f'"method":"{method}","status":{status},"bytes":{size},"milliseconds":{took},{self._worker_text}'
            f'"path":"{path}","message":"{target} {status} {size} B {took} ms"}}'
        )

    def _time(self, created: float) -> str:
        """Seconds since 1970 as text. That of a second is kept, because it is the same for thousands of lines."""
        second = int(created)
        if second != self._second:
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((created - second) * 1000):03}Z"

    def _line(self, members: dict[str, Any], texts: dict[str, str]) -> str:
        """The object as JSON. Long texts are cut until it is short enough, so that it stays valid."""
        line = _encode({**members, **self._worker, **texts})
        while len(line) > self._most and any(len(text) > 1 for text in texts.values()):
            longest = max(texts, key=lambda name: len(texts[name]))
            kept = len(texts[longest]) // 2
            texts = {**texts, longest: f"{texts[longest][:kept].removesuffix('…')}…"}
            line = _encode({**members, **self._worker, **texts})
        return line


def _ids(request_id: str, trace_id: str) -> dict[str, Any]:
    ids = {"requestId": "" if request_id == NO_REQUEST else request_id, "traceId": trace_id}
    return {name: value for name, value in ids.items() if value}


def _encode(members: dict[str, Any]) -> str:
    try:
        return orjson.dumps(members).decode()
    except TypeError:  # a lone surrogate, which JSON in UTF-8 can't hold
        return orjson.dumps(
            {
                name: value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
                for name, value in members.items()
            }
        ).decode()
