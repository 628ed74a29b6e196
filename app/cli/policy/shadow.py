"""`portico policy shadow`."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.database import open_database
from app.cli.output import (
    CHECK_TIME,
    AsJson,
    cell,
    console,
    count_of,
    load_policy_with_progress,
    print_json,
    show_spinner,
    table,
)
from app.database.notifications import notify
from app.database.pools import create_write_engine
from app.policy.shadow import SHADOW_CHANNEL
from app.settings import Settings, load
from authz.policy import Policy
from authz.policy import load as check_and_load
from resolvers.callers.caller import Caller
from resolvers.policy_analysis import shadow as policy_shadow
from resolvers.policy_analysis.shadow import ShadowReport
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

T = TypeVar("T")

File = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="The candidate policy. Without it, report on the last one."),
]
Stop = Annotated[bool, typer.Option("--stop", help="Stop the comparison and report.")]
Limit = Annotated[int, typer.Option(help="How many examples to list.", min=0, max=10_000)]

DIFFERS = 3
TITLES = {"thing": "Resource", "things": "Resources"}


def shadow(file: File = None, stop: Stop = False, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Run a candidate policy beside the one in force in all servers, and report where they differ.

    Only the policy in force decides. A report exits with 3 if something differed, 0 if nothing did, and 1 if no
    decision has been compared.
    """
    settings = load()
    candidate = _load_candidate(file) if file else None
    with open_database(settings) as settings:
        if file and candidate:
            text = file.read_text(encoding="utf-8")
            start = partial(policy_shadow.start, file=file.name, source=text, version=candidate.version)
            asyncio.run(_with_work(settings, start, notify_servers=True))
            _show_started(file.name, candidate.version, as_json)
            return
        report = asyncio.run(_report(settings, stop, limit))
    if report is None:
        typer.echo("No candidate has been compared yet: start with `portico policy shadow FILE`.", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json(_document(report))
    else:
        _show(report)
    raise typer.Exit(DIFFERS if report.groups else int(not report.compared))


def _load_candidate(file: Path) -> Policy:
    with show_spinner(f"Checking {file.name} ({CHECK_TIME})"):
        return check_and_load(file)


def _show_started(file: str, version: str, as_json: bool) -> None:
    if as_json:
        print_json({"file": file, "version": version})
    else:
        typer.echo(f"Policy {version} ({file}) now runs beside the one in force.")


def _document(report: ShadowReport) -> dict[str, Any]:
    """The report as JSON, its keys spelled as in the API."""
    return {
        "file": report.file,
        "version": report.version,
        "startedAt": report.started_at,
        "stoppedAt": report.stopped_at,
        "compared": report.compared,
        "failed": report.failed,
        "groups": report.groups,
        "examples": [
            {"activeVersion" if key == "active_version" else key: value for key, value in example.items()}
            for example in report.examples
        ],
    }


async def _report(settings: Settings, stop: bool, examples: int) -> ShadowReport | None:
    if stop:
        await _with_work(settings, policy_shadow.stop, notify_servers=True)
    return await _with_work(settings, lambda work: policy_shadow.report(work, examples))


async def _with_work(
    settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]], *, notify_servers: bool = False
) -> T:
    """Run the mutation and return its result; with `notify_servers`, tell all servers to look at the shadow again."""
    engine = create_write_engine(settings.database(), max_connections=2)
    try:
        context = MutationContext(engine, load_policy_with_progress(settings), settings.key())
        result = await run_in_transaction(context, Caller(), mutation)
        if notify_servers:
            await notify(engine, SHADOW_CHANNEL, "")
        return result
    finally:
        await engine.dispose()


def _show(report: ShadowReport) -> None:
    printer = console()
    until = f"until {report.stopped_at:%Y-%m-%d %H:%M}" if report.stopped_at else "still running"
    printer.print(
        f"Policy {report.version} ({escape(report.file)}), since {report.started_at:%Y-%m-%d %H:%M}, {until}: "
        f"{count_of(report.compared, 'decision')} compared, {report.failed:,} timed out."
    )
    if not report.groups:
        if report.compared:
            printer.print(f"No differences in {count_of(report.compared, 'decision')}.", style="green")
        else:
            printer.print("Nothing has been compared yet, so this says nothing about the candidate.", style="yellow")
        return
    printer.print(_table(report.groups, ("organization", "action", "type", "change", "users", "things")))
    if report.examples:
        printer.print(_table(report.examples, ("email", "change", "action", "type", "thing", "seen")))


def _table(rows: tuple[dict[str, Any], ...], columns: tuple[str, ...]) -> Table:
    result = table(*(TITLES.get(name, name.capitalize()) for name in columns))
    for row in rows:
        colour = "green" if row["change"] == "gained" else "red"
        result.add_row(*(cell(row[name], colour if name == "change" else "") for name in columns))
    return result
