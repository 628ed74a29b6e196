"""The command line `portico`: one module per command, and the options and output that they share.

Imports: the rest of app/, schema, resolvers, authz, models, migrations.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from app.cli.env_file import apply_env_file
from app.cli.lazy_group import LazyGroup


class ProgramVerbs(LazyGroup):
    """What can stand behind `portico`."""

    verbs: ClassVar = {
        "serve": "app.cli.serve:serve",
        "migrate": "app.cli.migrate:migrate",
        "distribute": "app.cli.distribute:distribute",
        "doctor": "app.cli.doctor:doctor",
        "backup": "app.cli.backups.backup:backup",
        "verify-backup": "app.cli.backups.verify_backup:verify_backup",
        "restore": "app.cli.backups.restore:restore",
        "demo": "app.cli.demo:demo",
        "import-services": "app.cli.import_services:import_services",
        "staff": "app.cli.staff:staff",
        "organization": "app.cli.data_protection.organization:organization",
        "user": "app.cli.data_protection.user:user",
        "erasures": "app.cli.data_protection.erasures:erasures",
        "access-review": "app.cli.access_review:access_review",
        "access-at": "app.cli.access_at:access_at",
        "worker": "app.cli.worker:worker",
        "settings": "app.cli.settings:settings",
        "policy": "app.cli.policy:program",
        "audit": "app.cli.audit:audit",
        "documents": "app.cli.documents:documents",
        "signing-keys": "app.cli.signing_keys:signing_keys",
    }


program = typer.Typer(
    name="portico",
    cls=ProgramVerbs,
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


EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        exists=True,
        dir_okay=False,
        help="Read settings from this file: NAME=value lines, as for EnvironmentFile= of systemd.",
        callback=apply_env_file,
        is_eager=True,
    ),
]


@program.callback()
def options(_version: Version = False, _env_file: EnvFile = None) -> None:
    """Take the options that precede the command."""


def main() -> None:
    """Run the command line. Exit codes: 0 success, 1 a failure with its message on stderr, 2 wrong usage."""
    try:
        program()
    except Exception as error:  # noqa: BLE001
        from app.cli.failures import write_failure  # noqa: PLC0415 - it imports what a help text needs nothing of

        # Options, and the value of one, may precede the command.
        write_failure(error, next((word for word in sys.argv[1:4] if word in ProgramVerbs.verbs), ""))
        sys.exit(1)
