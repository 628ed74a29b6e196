"""`portico import-services`."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from app.cli.database import load_policy_in_force, open_database
from app.cli.output import AsJson, count_of, print_progress_line
from app.database.pools import create_write_engine
from app.settings import Settings, load
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding import service_csv
from resolvers.mutations.onboarding.service_import import ImportCounts, ImportOptions, Report, ServiceLines
from resolvers.mutations.onboarding.service_import import import_services as run_import
from resolvers.transaction.context import MutationContext

Organization = Annotated[str, typer.Argument(help="The organization: its id (org_...) or its exact name.")]
File = Annotated[str, typer.Argument(help="The CSV file; - reads standard input.")]
CreateAccounts = Annotated[
    bool, typer.Option("--create-accounts", help="Create accounts that the organization doesn't have.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, but store nothing.")]
As = Annotated[str | None, typer.Option("--as", help="The email of the staff user who imports.")]

CLI_ADDRESS = "cli"
"""What the audit trail records instead of a network address."""
LARGE = 2_000
"""The number of lines from which there is a progress bar."""
LONGEST_VALUE = 60
"""The longest value that the table shows, in characters."""


@dataclass(frozen=True)
class ImportOrder:
    """The lines to import, the organization, the options, and the email of the staff user who imports."""

    organization: str
    lines: ServiceLines
    options: ImportOptions
    email: str | None


def import_services(
    organization: Organization,
    file: File,
    *,
    create_accounts: CreateAccounts = False,
    dry_run: DryRun = False,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Import services from a CSV file: all of them, or none if a line is rejected.

    Exits with 1 if lines are rejected, and lists them all.
    """
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    lines = service_csv.read(data)
    order = ImportOrder(organization, lines, ImportOptions(create_accounts, dry_run), as_ and as_.strip().lower())
    try:
        with open_database(load()) as settings:
            imported = asyncio.run(_import(settings, order))
    except MutationRejected as rejected:
        _show_rejected(_rows(order, rejected.problems), as_json)
        raise typer.Exit(1) from None
    _show_imported(imported, order, as_json)


async def _import(settings: Settings, order: ImportOrder) -> ImportCounts:
    engine = create_write_engine(
        settings.database(), max_connections=1, statement_timeout=settings.write_timeout.total_seconds()
    )
    try:
        policy = await load_policy_in_force(engine, settings)
        actor = None
        if order.email is not None:
            async with engine.connect() as connection:
                actor = await load_email_as_actor(connection, order.email)
            if actor is None:
                raise MutationRejected(
                    Problem(ErrorCode.NOT_FOUND, "There is no active user with this email.", ("--as",))
                )
        context, caller = MutationContext(engine, policy, settings.key()), Caller(actor, address=CLI_ADDRESS)
        with _bar(len(order.lines.lines)) as bar:
            return await run_import(
                context, caller, order.organization, order.lines, order.options, report=_reporter(bar)
            )
    finally:
        await engine.dispose()


def _bar(lines: int) -> Progress:
    console = Console(stderr=True)
    if lines >= LARGE and not console.is_terminal:
        print_progress_line(f"Importing {count_of(lines, 'service')}")
    columns = TextColumn("services"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=console, disable=lines < LARGE or not console.is_terminal)
    bar.add_task("services", total=lines)
    return bar


def _reporter(bar: Progress) -> Report:
    (task,) = bar.task_ids
    return lambda stored: bar.advance(task, stored)


def _rows(order: ImportOrder, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The problems in line order, each with the value that it is about."""
    lines = {line.number: line for line in order.lines.lines}
    arguments = {"organization": order.organization, "--as": order.email}
    rows = []
    for problem in problems:
        column, number = problem.path[-1], int(problem.path[1]) if problem.path[0] == "lines" else None
        value = arguments.get(column) if number is None else getattr(lines.get(number), column or "none", None)
        row = {"line": number, "column": column or None, "value": value}
        rows.append(row | {"code": problem.code.value, "reason": problem.message})
    return sorted(rows, key=lambda row: row["line"] or 0)


def _show_rejected(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"imported": None, "refused": rows}, indent=2))
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Line", justify="right")
    for title in ("Column", "Value", "Reason"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(
            str(row["line"] or ""), row["column"] or "", escape(_printable(row["value"])), escape(row["reason"])
        )
    Console().print(table)
    count = len({row["line"] for row in rows if row["line"]})
    typer.echo(f"Nothing was imported: {count_of(count, 'line')} rejected." if count else "Nothing was imported.")


def _printable(value: str | None) -> str:
    """The beginning of a value, without characters that would control the terminal."""
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value or "")
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _show_imported(imported: ImportCounts, order: ImportOrder, as_json: bool) -> None:
    if as_json:
        counts = {
            "services": imported.services,
            "contractAccounts": imported.contract_accounts,
            "deliveryAccounts": imported.delivery_accounts,
        }
        typer.echo(json.dumps({"imported": counts, "dryRun": order.options.dry_run, "refused": []}, indent=2))
        return
    parts = [count_of(imported.services, "service")]
    parts += [count_of(n, "new contract account") for n in [imported.contract_accounts] if n]
    parts += [count_of(n, "new delivery account") for n in [imported.delivery_accounts] if n]
    verb = "Would import" if order.options.dry_run else "Imported"
    typer.echo(f"{verb} {', '.join(parts)}.")
