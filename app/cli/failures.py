"""What the command line writes about a failure: a line for those that an operator can fix."""

import logging
import os
import sys

from alembic.util import CommandError
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from app.audit.archives import ArchiveUnreadable
from app.audit.prune_plan import CannotPrune
from app.backup.errors import BackupError
from app.cli.output_files.archive import CannotWrite
from app.data_export.copy_organization import CannotCopy
from app.database.errors import UnsuitableConnection
from app.database.log_text import describe, format_error
from app.distribution.distribute import CannotDistribute
from app.distribution.steps import NotDistributable
from app.embedded import EmbeddedError
from app.json_log import JsonFormatter
from app.logging import MAX_LINE
from app.policy.testing.yaml_nodes import TestsUnreadable
from app.settings import SettingsError
from authz.policy import PolicyError
from resolvers.mutations.data_protection.legal_hold import UnderHold

# Failures that an operator can fix: the message is enough, and a stack trace would bury it.
FORESEEN = (
    SettingsError,
    BackupError,
    CannotWrite,
    EmbeddedError,
    PolicyError,
    TestsUnreadable,
    CannotCopy,
    ArchiveUnreadable,
    CannotPrune,
    UnderHold,
    CannotDistribute,
    NotDistributable,
    CommandError,
    SQLAlchemyError,
    PostgresError,
    UnsuitableConnection,
    OSError,
)


UNDEFINED_TABLE, UNDEFINED_COLUMN = "42P01", "42703"
"""SQLSTATE codes (PostgreSQL manual, appendix A)."""


LOGGING = frozenset({"serve", "worker"})
"""The commands whose standard error is a log."""


def failure_text(error: Exception) -> str:
    """The reason of a foreseen failure; of any other, the places in the code that it came through."""
    if isinstance(error, FORESEEN):
        return f"portico: {_reason(error)}"
    # Python's own traceback would show the values of a database error.
    return format_error(error)


def write_failure(error: Exception, command: str, worker: str | None = None) -> None:
    """Writes a failure of a command to standard error: as text, or, if the command writes a log and that is JSON, as a
    line of the log with the name of the worker."""
    # The settings themselves may be what is wrong.
    is_json = command in LOGGING and os.environ.get("PORTICO_LOG_FORMAT") == "json"
    sys.stderr.write(f"{_log_line(error, worker) if is_json else failure_text(error)}\n")


def _log_line(error: Exception, worker: str | None) -> str:
    foreseen = isinstance(error, FORESEEN)
    message = str(_reason(error)) if foreseen else "Portico ends because of an unexpected error."
    details = None if foreseen else (type(error), error, error.__traceback__)
    record = logging.LogRecord("portico", logging.CRITICAL, "", 0, message, None, details)
    return JsonFormatter(MAX_LINE, worker).format(record)


def _reason(error: Exception) -> object:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    if not isinstance(error, SQLAlchemyError | PostgresError):
        return error
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlstate", None) in (UNDEFINED_TABLE, UNDEFINED_COLUMN):
        return f"The database has no tables yet, or those of an older version: run `portico migrate` first. ({cause})"
    return describe(error)
