"""What the command line writes about a failure: a line for those that an operator can fix."""

from alembic.util import CommandError
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from app.audit.archives import ArchiveUnreadable
from app.audit.prune_plan import CannotPrune
from app.backup.errors import BackupError
from app.data_export.copy_organization import CannotCopy
from app.database.errors import UnsuitableConnection
from app.database.log_text import describe, format_error
from app.distribution.distribute import CannotDistribute
from app.distribution.steps import NotDistributable
from app.embedded import EmbeddedError
from app.policy.testing.yaml_nodes import TestsUnreadable
from app.settings import SettingsError
from authz.policy import PolicyError
from resolvers.mutations.data_protection.legal_hold import UnderHold

# Failures that an operator can fix: the message is enough, and a stack trace would bury it.
FORESEEN = (
    SettingsError,
    BackupError,
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


def failure_text(error: Exception) -> str:
    """The reason of a foreseen failure; of any other, the places in the code that it came through."""
    if isinstance(error, FORESEEN):
        return f"portico: {_reason(error)}"
    # Python's own traceback would show the values of a database error.
    return format_error(error)


def _reason(error: Exception) -> object:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    if not isinstance(error, SQLAlchemyError | PostgresError):
        return error
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlstate", None) in (UNDEFINED_TABLE, UNDEFINED_COLUMN):
        return f"The database has no tables yet, or those of an older version: run `portico migrate` first. ({cause})"
    return describe(error)
