"""The command line `portico`: one module per command, and the options and output that they share.

Imports: the rest of app/, schema, resolvers, authz, models, migrations.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from alembic.util import CommandError
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from app.cli import policy
from app.cli.access_review import access_review
from app.cli.audit import audit
from app.cli.demo import demo
from app.cli.documents import documents
from app.cli.import_services import import_services
from app.cli.migrate import migrate
from app.cli.serve import serve
from app.cli.settings import settings
from app.cli.signing_keys import signing_keys
from app.cli.worker import worker
from app.database.errors import UnsuitableConnection
from app.database.log_text import describe, format_error
from app.embedded import EmbeddedError
from app.policy.testing.yaml_nodes import TestsUnreadable
from app.settings import SettingsError
from authz.policy import PolicyError

program = typer.Typer(
    name="portico",
    help="A GraphQL backend that answers each query with one authorized SQL statement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"portico {version('portico')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
]


@program.callback()
def options(_version: Version = False) -> None:
    """Take the options that precede the command."""


for command in (serve, migrate, demo, import_services, access_review, worker, settings):
    program.command()(command)
program.add_typer(policy.program)
program.add_typer(audit)
program.add_typer(documents)
program.add_typer(signing_keys)

# Failures that an operator can fix: the message is enough, and a stack trace would bury it.
FORESEEN = (
    SettingsError,
    EmbeddedError,
    PolicyError,
    TestsUnreadable,
    CommandError,
    SQLAlchemyError,
    PostgresError,
    UnsuitableConnection,
    OSError,
)


UNDEFINED_TABLE, UNDEFINED_COLUMN = "42P01", "42703"
"""SQLSTATE codes (PostgreSQL manual, appendix A)."""


def main() -> None:
    """Run the command line. Exit codes: 0 success, 1 a foreseen failure with its message on stderr, 2 wrong usage."""
    try:
        program()
    except FORESEEN as error:
        sys.stderr.write(f"portico: {_reason(error)}\n")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001
        # Python's own traceback would show the values of a database error.
        sys.stderr.write(f"{format_error(error)}\n")
        sys.exit(1)


def _reason(error: Exception) -> object:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    if not isinstance(error, SQLAlchemyError | PostgresError):
        return error
    cause = getattr(error, "orig", None) or error
    if getattr(cause, "sqlstate", None) in (UNDEFINED_TABLE, UNDEFINED_COLUMN):
        return f"The database has no tables yet, or those of an older version: run `portico migrate` first. ({cause})"
    return describe(error)
