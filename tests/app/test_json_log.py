"""The log as JSON: one valid object in each line, short enough, with the fields that programs filter by."""

import json
import logging
import sys
from typing import Any

import pytest
from asyncpg.exceptions import UniqueViolationError
from hypothesis import given, settings
from hypothesis import strategies as st

from app.http.access_log import MAX_PATH, AccessRecord, Entry, printable_path
from app.json_log import JsonFormatter
from tests.support.depth import examples

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


def objects(*entries: Entry, worker: str | None = None) -> list[dict[str, Any]]:
    return [json.loads(text) for text in JsonFormatter(MOST, worker).format(AccessRecord(list(entries))).split("\n")]


def test_requests_have_their_figures() -> None:
    first, second = objects(
        Entry("call-1", 1_764_410_400.5, "POST", "/graphql", 200, 1832, 1.94),
        Entry("call-2", 1_764_410_401.0, "GET", '/"', 404, 9, 0.5),
    )
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


TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("path", ["/graphql", '/"', "/\\x", "/a b"])
@pytest.mark.parametrize("trace", ["", TRACE])
@pytest.mark.parametrize("worker", [None, "w2"])
def test_a_request_has_the_same_members_whatever_its_path_holds(path: str, trace: str, worker: str | None) -> None:
    [entry] = objects(Entry("call-1", 1_764_410_400.25, "GET", path, 200, 7, 1234.56, trace), worker=worker)
    ids = {"requestId": "call-1"} | ({"traceId": trace} if trace else {}) | ({"worker": worker} if worker else {})
    assert entry == ids | {
        "time": "2025-11-29T10:00:00.250Z",
        "level": "INFO",
        "logger": "portico.access",
        "method": "GET",
        "status": 200,
        "bytes": 7,
        "milliseconds": 1234.6,
        "path": path,
        "message": f"GET {path} 200 7 B 1234.6 ms",
    }


@given(st.text(max_size=MAX_PATH), st.text(max_size=20))
@settings(max_examples=examples(100))
def test_any_path_and_method_is_valid(path: str, method: str) -> None:
    scope = {"path": path, "method": method}
    [entry] = objects(Entry("call-1", 1_764_410_400.25, method, printable_path(scope), 200, 7, 1.0))
    assert entry["path"] == printable_path(scope)


def test_the_times_of_records_and_requests_belong_to_their_seconds() -> None:
    times = [entry["time"] for entry in objects(*(Entry("a", at, "GET", "/", 200, 0, 0) for at in (1.999, 3.5, 2.0)))]
    assert times == [f"1970-01-01T00:00:0{second}Z" for second in ("1.999", "3.500", "2.000")]
