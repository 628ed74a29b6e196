"""Writes errors to the log without the values of statements.

The messages of database errors quote values: `Key (email)=(ada@acme.example) already exists`, `invalid input syntax for
type uuid: "…"`. A value may be a password hash, a token or personal data, so the log gets the class of the error
instead, with its SQLSTATE and the names of the table, column and constraint.
"""

import copy
import logging
import traceback
from collections.abc import Iterator
from typing import Any

from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import SQLAlchemyError, StatementError

MESSAGES_WITHOUT_VALUES = frozenset({"08", "0A", "25", "26", "28", "3D", "40", "42", "53", "55", "57", "58"})
"""The classes of SQLSTATE codes (PostgreSQL manual, appendix A) whose messages quote names, never values: connections,
missing features, transactions, sign-in, names in statements, resources, locks, the operator and the system."""

NAMES = {"table_name": "table", "column_name": "column", "data_type_name": "type", "constraint_name": "constraint"}

DRIVER = "sqlalchemy.dialects.postgresql"
"""The module whose exceptions carry those of asyncpg, with their messages, below SQLAlchemy's own."""

DEEPEST = 20
"""How many errors of a chain, and of groups within groups, are written."""


def describe(error: BaseException) -> str:
    """Returns one line about an error: its class, and its message unless that could contain values of a statement."""
    name = type(error).__name__
    if isinstance(error, PostgresError):
        return f"{name} ({', '.join(_facts(error))}){_message(error)}"
    if _wraps_values(error):
        cause = error.__cause__ or getattr(error, "orig", None)
        # The message of anything else below it, such as a converter's ValueError, may contain a value.
        if cause is None:
            return name
        known = isinstance(cause, PostgresError | SQLAlchemyError) or _wraps_values(cause)
        inner = describe(cause) if known else type(cause).__name__
        return f"{name}: {inner}" if isinstance(error, SQLAlchemyError) else inner
    # A wait that has ended has no message of its own.
    text = " ".join(str(error).splitlines()) or ("no answer in time" if isinstance(error, TimeoutError) else "")
    return f"{name}: {text}" if text else name


def format_error(error: BaseException) -> str:
    """Returns the traceback of an error and of those that it came from, like Python's own, with safe messages."""
    return "\n".join(_lines(error, hidden=any(map(_holds_values, _chain(error))), depth=0))


class SafeFormatter(logging.Formatter):
    """Formats records like its base class, but the errors in them by `describe` and `format_error`."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the text of a record."""
        arguments = record.args.values() if isinstance(record.args, dict) else record.args or ()
        if record.exc_info or any(isinstance(part, BaseException) for part in (record.msg, *arguments)):
            record = _without_values(record)
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging names it so
        """Returns the traceback of `ei`, as `sys.exc_info` returns it."""
        return format_error(ei[1]) if ei[1] is not None else ""


def _without_values(record: logging.LogRecord) -> logging.LogRecord:
    safe = copy.copy(record)
    safe.exc_text = None  # what another formatter made of it
    safe.msg = _safe(record.msg)
    if isinstance(record.args, dict):
        safe.args = {name: _safe(value) for name, value in record.args.items()}
    else:
        safe.args = tuple(map(_safe, record.args or ()))
    if record.name == "asyncio" and isinstance(safe.msg, str):
        # The lines after the first describe the task, with its error.
        safe.msg = safe.msg.partition("\n")[0]
    return safe


def _safe(value: object) -> Any:
    return describe(value) if isinstance(value, BaseException) else value


def _facts(error: PostgresError) -> Iterator[str]:
    yield f"SQLSTATE {_sqlstate(error)}"
    for attribute, label in NAMES.items():
        name = getattr(error, attribute, None)
        if name:
            yield f"{label} {name}"


def _sqlstate(error: PostgresError) -> str:
    return getattr(error, "sqlstate", None) or "unknown"


def _message(error: PostgresError) -> str:
    """The message, without detail and hint, if it can't contain values."""
    safe = _sqlstate(error)[:2] in MESSAGES_WITHOUT_VALUES
    return f": {error.args[0]}" if safe and error.args else ""


def _holds_values(error: BaseException) -> bool:
    """Whether the messages of an error, and of errors raised from it, may contain values."""
    if isinstance(error, PostgresError):
        return _sqlstate(error)[:2] not in MESSAGES_WITHOUT_VALUES
    return _wraps_values(error)


def _wraps_values(error: BaseException) -> bool:
    return isinstance(error, StatementError) or type(error).__module__.startswith(DRIVER)


def _next(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _chain(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """The error, those that it came from, and those that it groups."""
    if depth < DEEPEST:
        yield error
        inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        for other in filter(None, (_next(error), *inner)):
            yield from _chain(other, depth + 1)


def _lines(error: BaseException, *, hidden: bool, depth: int) -> Iterator[str]:
    former = _next(error)
    if former is not None and depth < DEEPEST:
        yield from _lines(former, hidden=hidden, depth=depth + 1)
        yield "\nWhile that was handled, or because of it:\n" if error.__cause__ is None else "\nWhich caused:\n"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    described = isinstance(error, PostgresError) or _wraps_values(error)
    yield type(error).__name__ if hidden and not described else describe(error)
    if isinstance(error, BaseExceptionGroup) and depth < DEEPEST:
        for number, inner in enumerate(error.exceptions, 1):
            yield f"--- error {number} of the group:"
            yield from _lines(inner, hidden=hidden, depth=depth + 1)
