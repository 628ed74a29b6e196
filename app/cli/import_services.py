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

from app.cli.database import database_of
from app.database.pools import writing_engine
from app.imports import service_csv
from app.policy.policy_file import policy_of
from app.settings import Settings, load
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding.service_import import ImportCounts, ImportOptions, Report, ServiceLines
from resolvers.mutations.onboarding.service_import import import_services as run_import
from resolvers.transaction.unit_of_work import MutationContext

Organization = Annotated[str, typer.Argument(help="The organization: its id (org_...), or its exact name.")]
File = Annotated[str, typer.Argument(help="The CSV file; - reads standard input.")]
CreateAccounts = Annotated[bool, typer.Option("--create-accounts", help="Make accounts that the organization lacks.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, and store nothing.")]
As = Annotated[str | None, typer.Option("--as", help="The email of the staff user who imports.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

FROM_HERE = "cli"
"""What the audit trail has in the place of a network address."""
LARGE = 2_000
"""Lines from which on there is a progress bar."""
LONGEST_VALUE = 60
"""Characters of a value that are shown in the table."""


@dataclass(frozen=True)
class ImportOrder:
    """What is to be imported where, how, and as whom."""

    organization: str
    given: ServiceLines
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
    """Import services from a CSV file: all of them, or none where a line is refused.

    Ends with 1 where a line is refused, and lists all such lines.
    """
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    given = service_csv.read(data)
    order = ImportOrder(organization, given, ImportOptions(create_accounts, dry_run), as_ and as_.strip().lower())
    try:
        with database_of(load()) as settings:
            imported = asyncio.run(_imported(settings, order))
    except MutationRejected as refused:
        _show_refused(_rows(order, refused.problems), as_json)
        raise typer.Exit(1) from None
    _show_imported(imported, order, as_json)


async def _imported(settings: Settings, order: ImportOrder) -> ImportCounts:
    policy = policy_of(settings)
    engine = writing_engine(settings.database(), size=1, statement_seconds=settings.write_timeout.total_seconds())
    try:
        actor = None
        if order.email is not None:
            async with engine.connect() as connection:
                actor = await load_email_as_actor(connection, order.email)
            if actor is None:
                raise MutationRejected(
                    Problem(ErrorCode.NOT_FOUND, "There is no active user with this email.", ("--as",))
                )
        writing, caller = MutationContext(engine, policy, settings.key()), Caller(actor, address=FROM_HERE)
        with _bar(len(order.given.lines)) as bar:
            return await run_import(
                writing, caller, order.organization, order.given, order.options, report=_reporting(bar)
            )
    finally:
        await engine.dispose()


def _bar(lines: int) -> Progress:
    console = Console(stderr=True)
    columns = TextColumn("services"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=console, disable=lines < LARGE or not console.is_terminal)
    bar.add_task("services", total=lines)
    return bar


def _reporting(bar: Progress) -> Report:
    (task,) = bar.task_ids
    return lambda stored: bar.advance(task, stored)


def _rows(order: ImportOrder, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The problems in the order of the lines, each with the value that it is about."""
    lines = {line.number: line for line in order.given.lines}
    arguments = {"organization": order.organization, "--as": order.email}
    rows = []
    for problem in problems:
        column, number = problem.path[-1], int(problem.path[1]) if problem.path[0] == "lines" else None
        value = arguments.get(column) if number is None else getattr(lines.get(number), column or "none", None)
        row = {"line": number, "column": column or None, "value": value}
        rows.append(row | {"code": problem.code.value, "reason": problem.message})
    return sorted(rows, key=lambda row: row["line"] or 0)


def _show_refused(rows: list[dict[str, Any]], as_json: bool) -> None:
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
    typer.echo(f"Nothing was imported: {_counted(count, 'line')} refused." if count else "Nothing was imported.")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _printable(value: str | None) -> str:
    """The beginning of a value, without what would steer the terminal."""
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
    parts = [_counted(imported.services, "service")]
    parts += [_counted(n, "new contract account") for n in [imported.contract_accounts] if n]
    parts += [_counted(n, "new delivery account") for n in [imported.delivery_accounts] if n]
    said = "Would import" if order.options.dry_run else "Imported"
    typer.echo(f"{said} {', '.join(parts)}.")
