"""The command `portico`: a module for each verb, and what all of them share."""

import sys

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
for command in (serve, migrate, demo, import_services, access_review, worker, settings):
    program.command()(command)
program.add_typer(policy.program)
program.add_typer(audit)
program.add_typer(documents)
program.add_typer(signing_keys)

# What an operator can put right: the message is enough, and a stack trace would bury it.
FORESEEN = (
    SettingsError,
    EmbeddedError,
    PolicyError,
    TestsUnreadable,
    CommandError,
    SQLAlchemyError,
    PostgresError,
    OSError,
)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 a foreseen failure with its message on stderr, 2 wrong usage."""
    try:
        program()
    except FORESEEN as error:
        sys.stderr.write(f"portico: {_reason(error)}\n")
        sys.exit(1)


def _reason(error: Exception) -> object:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return getattr(error, "orig", None) or error
