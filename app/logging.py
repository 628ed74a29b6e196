"""Configures logs: one line per event on standard error, each with the id of its request.

A log never blocks a request: lines are collected in memory, and a thread writes them. If nobody reads standard error,
the collection fills up; then lines are dropped and counted, and the count is logged once lines can be written again.
"""

import logging
import logging.config
import os
import select
import sys
import threading
import time
from typing import Any, Final, Literal

from app.database.log_text import SafeFormatter
from app.http import request_id, trace_id
from app.http.access_log import AccessRecord, Entry
from app.http.access_log import log as access_log
from app.json_log import JsonFormatter

FORMAT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"

STANDARD_OUTPUT: Final = 1
STANDARD_ERROR: Final = 2

MAX_LINE: Final = 16_384
"""How many characters of one entry are logged, a traceback included."""

MAX_PENDING: Final = 4_000_000
"""How many characters may wait to be written."""

BATCH_SECONDS: Final = 0.02
"""How long lines are collected before they are written at once, so that the thread seldom interrupts requests."""

CLOSE_SECONDS: Final = 1.0
"""How long the end of the process waits for the last lines to be written."""

LOWEST_LEVELS: Final = {
    "httpcore": "WARNING",  # at DEBUG, it logs the headers of outgoing requests
    "httpx": "WARNING",
    "fido2": "WARNING",  # at INFO, it logs which passkeys people use
    "alembic": "WARNING",  # at INFO, it logs two lines whenever a process is asked whether it is ready
}
"""The levels of libraries that log secrets, personal data or nothing of interest below them, whatever level is set."""

log = logging.getLogger("portico")


class WithRequestId(logging.Filter):
    """Adds the fields `request_id` and `trace_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        record.request_id, record.trace_id = request_id.current(), trace_id.current()
        return True


class LineFormatter(SafeFormatter):
    """Formats a record, or each entry of an access record, as a line of `FORMAT`, with the name of the worker, if
    any, before that of the logger."""

    def __init__(self, worker: str | None = None) -> None:
        self._process = f"{worker} " if worker else ""
        super().__init__(FORMAT.replace("%(name)s", f"{self._process}%(name)s"))
        self._second, self._text = 0, ""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text of a record."""
        if isinstance(record, AccessRecord):
            return "\n".join(map(self._entry_line, record.entries))
        return super().format(record)

    def _entry_line(self, entry: Entry) -> str:
        """The line of an entry. The text of its second is kept, because it is the same for thousands."""
        second = int(entry.created)
        if second != self._second:
            self._second, self._text = second, time.strftime(self.default_time_format, time.localtime(second))
        milliseconds = int((entry.created - second) * 1000)
        return f"{self._text},{milliseconds:03} INFO    {self._process}{access_log.name} [{entry.request_id}] {entry}"


class BackgroundHandler(logging.Handler):
    """Writes log lines to a file descriptor from a thread of its own; by default, to standard error."""

    def __init__(self, descriptor: int = STANDARD_ERROR, max_pending: int = MAX_PENDING) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.max_pending = max_pending
        self.dropped = 0
        self._lines: list[str] = []
        self._pending = 0
        # Not the handler's own lock: while the process ends, `close` is called with that.
        self._mutex = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._write_lines, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queues a record, or drops it if too much is waiting."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001
            line = f"A log line could not be formatted: {record.msg!r:.200}"
        entries = len(record.entries) if isinstance(record, AccessRecord) else 1
        if len(line) > MAX_LINE * entries:
            line = f"{line[:MAX_LINE]}... ({len(line) - MAX_LINE:,} more characters)"
        with self._mutex:
            if self._pending + len(line) > self.max_pending:
                self.dropped += entries
                return
            self._pending += len(line)
            self._lines.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Writes what is waiting, for a limited time, and ends."""
        self._closing = True
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)
        super().close()

    def _write_lines(self) -> None:
        while not self._closing:
            self._wake.wait()
            if not self._closing:
                time.sleep(BATCH_SECONDS)
            self._wake.clear()
            self._write_batch()
        self._write_batch()

    def _write_batch(self) -> None:
        with self._mutex:
            lines, self._lines = self._lines, []
            dropped, self.dropped = self.dropped, 0
        try:
            if lines:
                write_all(self.descriptor, "\n".join([*lines, ""]))
        except OSError:
            dropped += len(lines)
        finally:
            with self._mutex:
                self._pending -= sum(map(len, lines))
        if dropped:
            log.warning("%d log lines were dropped, because standard error was not read.", dropped)


def write_all(descriptor: int, text: str) -> None:
    """Writes the whole text, however long the reader takes. Raises OSError if there is no reader any more."""
    rest = memoryview(text.encode("utf-8", "backslashreplace"))
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select((), (descriptor,), ())


def write_in_background(descriptor: int, text: str) -> None:
    """Writes a text without waiting for its reader; nothing happens if there is none."""

    def write() -> None:
        try:
            write_all(descriptor, text)
        except OSError as error:
            log.warning("Standard output can't be written: %s", error.strerror)

    threading.Thread(target=write, daemon=True).start()


def configure(level: str = "INFO", format_: Literal["text", "json"] = "text", worker: str | None = None) -> None:
    """Sends the logs of all libraries to standard error, from `level` up, each entry as a line of text or of JSON.
    uvicorn's own access log is off because it prints query strings, where links in mails carry their token;
    `app/http/access_log.py` replaces it. `worker` names this process in each of them, if there are several."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": WithRequestId}},
            "formatters": {
                "text": {"()": LineFormatter, "worker": worker},
                "json": {"()": JsonFormatter, "most": MAX_LINE, "worker": worker},
            },
            "handlers": {
                "stderr": {"()": BackgroundHandler, "formatter": format_, "filters": ["request_id"]},
            },
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn.access": {"level": "CRITICAL", "propagate": False},
                **{name: {"level": lowest} for name, lowest in LOWEST_LEVELS.items()},
            },
        }
    )


def log_failures() -> None:
    """Logs warnings, and failures that reach no caller. Python would write them to standard error itself, and wait for
    its reader."""
    logging.captureWarnings(True)
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread_failure


def close() -> None:
    """Writes what is waiting, for a limited time; for a process that ends without the interpreter's own steps."""
    logging.shutdown()


def _log_unraisable(unraisable: Any) -> None:
    failure = (unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)
    log.error("%s: %r", unraisable.err_msg or "Exception ignored in", unraisable.object, exc_info=failure)


def _log_thread_failure(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        log.error("A thread failed.", exc_info=failure.exc_value)
