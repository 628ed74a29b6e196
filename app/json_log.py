"""The log as JSON, one object in each line, for programs that collect logs (`PORTICO_LOG_FORMAT=json`).

    {"time": "2026-11-29T10:00:00.123Z", "level": "WARNING", "logger": "portico.mail", "message": "…"}

`requestId` is there within a request, `error` is the traceback, if there is one. An entry of the access log has
`method`, `path`, `status`, `bytes` and `milliseconds` instead of having to be parsed.
"""

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from app.database.log_text import SafeFormatter
from app.http.access_log import AccessRecord, Entry
from app.http.access_log import log as access_log

NO_REQUEST = "-"


class JsonFormatter(SafeFormatter):
    """Formats a record, or each entry of an access record, as a JSON object of at most `most` characters, with the name
    of the worker, if any."""

    def __init__(self, most: int, worker: str | None = None) -> None:
        super().__init__()
        self._most = most
        self._worker = {"worker": worker} if worker else {}

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text of a record."""
        if isinstance(record, AccessRecord):
            return "\n".join(map(self._entry, record.entries))
        # The base class leaves out the values of statements, and puts the traceback below the message.
        message, _, traceback = super().format(record).partition("\nTraceback (most recent call last):")
        members = _members(record.created, record.levelname, record.name, getattr(record, "request_id", NO_REQUEST))
        texts = {"message": message}
        if traceback:
            texts["error"] = f"Traceback (most recent call last):{traceback}"
        return self._line(members, texts)

    def _entry(self, entry: Entry) -> str:
        members = _members(entry.created, "INFO", access_log.name, entry.request_id)
        figures = {"status": entry.status, "bytes": entry.size, "milliseconds": round(entry.milliseconds, 1)}
        return self._line({**members, "method": entry.method, **figures}, {"path": entry.path, "message": str(entry)})

    def _line(self, members: dict[str, Any], texts: dict[str, str]) -> str:
        """The object as JSON. Long texts are cut until it is short enough, so that it stays valid."""
        line = _encode({**members, **self._worker, **texts})
        while len(line) > self._most and any(len(text) > 1 for text in texts.values()):
            longest = max(texts, key=lambda name: len(texts[name]))
            kept = len(texts[longest]) // 2
            texts = {**texts, longest: f"{texts[longest][:kept].removesuffix('…')}…"}
            line = _encode({**members, **self._worker, **texts})
        return line


def _members(created: float, level: str, logger: str, request_id: str) -> dict[str, Any]:
    time = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    members: dict[str, Any] = {"time": time, "level": level, "logger": logger}
    return members if request_id == NO_REQUEST else {**members, "requestId": request_id}


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
