"""`portico policy shadow`."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.database import database_of
from app.cli.policy.output import AsJson, cell, console, print_json, table
from app.database.notifications import notify
from app.database.pools import writing_engine
from app.policy.policy_file import policy_of
from app.policy.shadow import SHADOW_CHANNEL
from app.settings import Settings, load
from authz.policy import load as load_policy
from resolvers.callers.caller import Caller
from resolvers.policy_analysis import shadow as policy_shadow
from resolvers.policy_analysis.shadow import ShadowReport
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

T = TypeVar("T")

File = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="The candidate. Without it: what the last one came to."),
]
Stop = Annotated[bool, typer.Option("--stop", help="End the comparison, and report.")]
Limit = Annotated[int, typer.Option(help="How many of the single differences to list.", min=0, max=10_000)]

DIFFERS = 3


def shadow(file: File = None, stop: Stop = False, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Run a candidate policy beside the one in force in all servers, and report where they differ.

    Only the policy in force decides. The report ends with 3 where something differed, 0 where nothing did, 1 where
    there is nothing to report.
    """
    settings = load()
    candidate = load_policy(file) if file else None
    with database_of(settings) as settings:
        if file and candidate:
            text = file.read_text(encoding="utf-8")
            start = partial(policy_shadow.start, file=file.name, source=text, version=candidate.version)
            asyncio.run(_with_work(settings, start, tell=True))
            _started(file.name, candidate.version, as_json)
            return
        report = asyncio.run(_report(settings, stop, limit))
    if report is None:
        typer.echo("No candidate was ever compared: portico policy shadow FILE begins.", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json(_document(report))
    else:
        _show(report)
    raise typer.Exit(DIFFERS if report.groups else 0)


def _started(file: str, version: str, as_json: bool) -> None:
    if as_json:
        print_json({"file": file, "version": version})
    else:
        typer.echo(f"Policy {version} ({file}) runs beside the one in force.")


def _document(report: ShadowReport) -> dict[str, Any]:
    """The report, its keys spelled as in all JSON of the API."""
    return {
        "file": report.file,
        "version": report.version,
        "startedAt": report.started_at,
        "stoppedAt": report.stopped_at,
        "compared": report.compared,
        "failed": report.failed,
        "groups": report.groups,
        "examples": [
            {"activeVersion" if key == "active_version" else key: value for key, value in each.items()}
            for each in report.examples
        ],
    }


async def _report(settings: Settings, stop: bool, examples: int) -> ShadowReport | None:
    if stop:
        await _with_work(settings, policy_shadow.stop, tell=True)
    return await _with_work(settings, lambda work: policy_shadow.report(work, examples))


async def _with_work(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]], *, tell: bool = False) -> T:
    """Run the mutation; with `tell`, all servers are told of it."""
    engine = writing_engine(settings.database(), size=2)
    try:
        writing = MutationContext(engine, policy_of(settings), settings.key())
        done = await run_in_transaction(writing, Caller(), mutation)
        if tell:
            await notify(engine, SHADOW_CHANNEL, "")
        return done
    finally:
        await engine.dispose()


def _show(report: ShadowReport) -> None:
    printer = console()
    until = f"until {report.stopped_at:%Y-%m-%d %H:%M}" if report.stopped_at else "still running"
    printer.print(
        f"Policy {report.version} ({escape(report.file)}), since {report.started_at:%Y-%m-%d %H:%M}, {until}: "
        f"{report.compared:,} questions compared, {report.failed:,} not in time."
    )
    if not report.groups:
        printer.print("No difference was seen.", style="green")
        return
    printer.print(_table(report.groups, ("organization", "action", "type", "change", "users", "things")))
    if report.examples:
        printer.print(_table(report.examples, ("email", "change", "action", "type", "thing", "seen")))


def _table(rows: tuple[dict[str, Any], ...], columns: tuple[str, ...]) -> Table:
    shown = table(*(name.capitalize() for name in columns))
    for row in rows:
        colour = "green" if row["change"] == "gained" else "red"
        shown.add_row(*(cell(row[name], colour if name == "change" else "") for name in columns))
    return shown
