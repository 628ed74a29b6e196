"""`portico policy shadow`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.database import database_of
from app.cli.policy.output import AsJson, cell, console, print_json, table
from app.database import writing_engine
from app.notifications import notify
from app.policy_file import policy_of
from app.policy_shadow import CHANGED
from app.settings import Settings, load
from authz.policy import load as load_policy
from resolvers import policy_shadow
from resolvers.caller import Caller
from resolvers.policy_shadow import Report
from resolvers.unit_of_work import UnitOfWork, Writing, perform

T = TypeVar("T")

File = Annotated[Path | None, typer.Argument(help="The candidate. Without it: what the last one came to.")]
Stop = Annotated[bool, typer.Option("--stop", help="End the comparison, and report.")]
Examples = Annotated[int, typer.Option(help="How many single differences to show.", min=0, max=10_000)]

DIFFERS = 3


def shadow(file: File = None, stop: Stop = False, examples: Examples = 20, as_json: AsJson = False) -> None:
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
            typer.echo(f"Policy {candidate.version} ({file.name}) runs beside the one in force.")
            return
        report = asyncio.run(_report(settings, stop, examples))
    if report is None:
        typer.echo("No candidate was ever compared: portico policy shadow FILE begins.", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)
    raise typer.Exit(DIFFERS if report.groups else 0)


async def _report(settings: Settings, stop: bool, examples: int) -> Report | None:
    if stop:
        await _with_work(settings, policy_shadow.stop, tell=True)
    return await _with_work(settings, lambda work: policy_shadow.report(work, examples))


async def _with_work(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]], *, tell: bool = False) -> T:
    """Run the mutation; with `tell`, all servers are told of it."""
    engine = writing_engine(settings.database(), size=2)
    try:
        writing = Writing(engine, policy_of(settings), settings.key())
        done = await perform(writing, Caller(), mutation)
        if tell:
            await notify(engine, CHANGED, "")
        return done
    finally:
        await engine.dispose()


def _show(report: Report) -> None:
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
