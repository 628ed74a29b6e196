"""The log as JSON: one valid object in each line, short enough, with the fields that programs filter by."""

import json
import logging
import sys
from typing import Any

from asyncpg.exceptions import UniqueViolationError

from app.http.access_log import AccessRecord, Entry
from app.json_log import JsonFormatter

MOST = 2_000


def line(message: Any, *arguments: Any, error: BaseException | None = None, request_id: str = "-") -> dict[str, Any]:
    record = logging.LogRecord("portico.test", logging.WARNING, "", 0, message, arguments, None)
    if error is not None:
        try:
            raise error
        except type(error):
            record.exc_info = sys.exc_info()
    record.created, record.request_id = 1_764_410_400.1234, request_id
    text = JsonFormatter(MOST).format(record)
    assert "\n" not in text
    assert len(text) <= MOST
    decoded: dict[str, Any] = json.loads(text)
    return decoded


def test_an_entry_has_time_level_logger_and_message() -> None:
    assert line("%d users\nof %s", 3, "Açme") == {
        "time": "2025-11-29T10:00:00.123Z",
        "level": "WARNING",
        "logger": "portico.test",
        "message": "3 users\nof Açme",
    }


def test_a_request_has_its_id() -> None:
    assert line("within", request_id="call-5")["requestId"] == "call-5"


def test_an_error_has_its_traceback_without_the_values_of_statements() -> None:
    error = UniqueViolationError("Key (email)=(ada@acme.example) already exists")
    entry = line("Failed", error=error)
    assert entry["message"] == "Failed"
    assert entry["error"].startswith("Traceback (most recent call last):")
    assert "UniqueViolationError" in entry["error"]
    assert "ada@acme" not in json.dumps(entry)


def test_an_error_as_the_message_is_safe_too() -> None:
    assert "ada@acme" not in line(UniqueViolationError("(ada@acme.example)"))["message"]


def test_long_texts_are_cut_and_the_line_stays_valid() -> None:
    entry = line('"\n' * 5_000, error=ValueError("\x01" * 5_000))
    assert entry["message"].endswith("…")
    assert entry["error"].endswith("…")


def test_any_text_can_be_written() -> None:
    assert line("lone \ud800 surrogate")["message"] == "lone \\ud800 surrogate"


def test_requests_have_their_figures() -> None:
    entries = [
        Entry("call-1", 1_764_410_400.5, "POST", "/graphql", 200, 1832, 1.94),
        Entry("call-2", 1_764_410_401.0, "GET", '/"', 404, 9, 0.5),
    ]
    first, second = map(json.loads, JsonFormatter(MOST).format(AccessRecord(entries)).split("\n"))
    assert first == {
        "time": "2025-11-29T10:00:00.500Z",
        "level": "INFO",
        "logger": "portico.access",
        "requestId": "call-1",
        "method": "POST",
        "status": 200,
        "bytes": 1832,
        "milliseconds": 1.9,
        "path": "/graphql",
        "message": "POST /graphql 200 1832 B 1.9 ms",
    }
    assert (second["path"], second["requestId"]) == ('/"', "call-2")
