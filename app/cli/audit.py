"""`portico audit`: whether the audit trail is what was written."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.audit.chain import ChainFinding
from app.audit.checkpoints import (
    Checkpoint,
    TrustedCheckpoints,
    organization,
    organization_key,
    read_checkpoints,
    to_json,
)
from app.audit.verify import ChainFilter, VerificationResult, current_checkpoints
from app.audit.verify import verify as verify_chains
from app.cli.database import database_of
from app.settings import load
from resolvers import public_id

NONE = "none"
PATIENCE_SECONDS = 1.0
"""How long nothing is said of the progress."""

audit = typer.Typer(name="audit", help="Check the audit trail.", no_args_is_help=True)

Organization = Annotated[
    str | None,
    typer.Option(help=f"Only the chain of this organization (`org_…`); `{NONE}`: of the events without one."),
]
Anchor = Annotated[
    list[Path] | None,
    typer.Option(help="A file that `portico audit head` printed once. May be given several times.", exists=True),
]
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]


@audit.command()
def verify(organization: Organization = None, anchor: Anchor = None, as_json: AsJson = False) -> None:
    """Hash every event anew and follow the chains. Ends with 0 where all is intact, with 1 where something is not."""
    whose, known = _whose(organization), _anchors(anchor or [])
    with database_of(load()) as settings, ProgressBar() as bar:
        verdict = asyncio.run(verify_chains(settings.database(), whose, known, bar.report))
    typer.echo(_as_json(verdict) if as_json else _as_text(verdict))
    if not verdict.intact:
        raise typer.Exit(1)


@audit.command()
def head(organization: Organization = None) -> None:
    """Print the ends of the chains as JSON, to be kept where nobody can change it who can change the database."""
    whose = _whose(organization)
    with database_of(load()) as settings:
        typer.echo(to_json(asyncio.run(_heads(settings.database(), whose))))


class ProgressBar:
    """A progress bar on stderr, for what takes longer than a moment."""

    def __init__(self) -> None:
        columns = TextColumn("audit events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=Console(file=sys.stderr))
        self._task = self._progress.add_task("events")
        self._since = time.monotonic()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def report(self, done: int, total: int) -> None:
        """Show that `done` of `total` events were looked at."""
        if time.monotonic() - self._since > PATIENCE_SECONDS:
            self._progress.start()
        self._progress.update(self._task, completed=done, total=max(done, total))


async def _heads(url: str, whose: ChainFilter) -> list[Checkpoint]:
    connection = await asyncpg.connect(url)
    try:
        return list((await current_checkpoints(connection, whose)).values())
    finally:
        await connection.close()


def _whose(given: str | None) -> ChainFilter:
    if given is None:
        return ChainFilter()
    try:
        return ChainFilter(all=False, organization_id=None if given == NONE else organization_key(given))
    except ValueError as error:
        raise typer.BadParameter(f"This is neither the id of an organization nor {NONE}: {given}") from error


def _anchors(paths: list[Path]) -> TrustedCheckpoints:
    try:
        return read_checkpoints(paths)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from error


def _as_text(verdict: VerificationResult) -> str:
    of = f"{_counted(verdict.events, 'event')} in {_counted(verdict.chains, 'chain')}"
    if verdict.intact:
        return f"Intact: {of}."
    lines = [f"{_place(finding)}: {finding.fault.value}. {finding.message}" for finding in verdict.findings]
    more = verdict.found - len(verdict.findings)
    return "\n".join(
        [*lines, *([f"and {more:,} more"] if more else []), f"Not intact: {verdict.found:,} found in {of}."]
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _place(finding: ChainFinding) -> str:
    event = f" ({public_id.encode('evt', finding.event_id)})" if finding.event_id else ""
    return f"{organization(finding.organization_id) or NONE} event {finding.number}{event}"


def _as_json(verdict: VerificationResult) -> str:
    found = [
        {
            "organization": organization(finding.organization_id),
            "number": finding.number,
            "event": finding.event_id and public_id.encode("evt", finding.event_id),
            "fault": finding.fault.value,
            "message": finding.message,
        }
        for finding in verdict.findings
    ]
    counted = {"intact": verdict.intact, "events": verdict.events, "chains": verdict.chains, "found": verdict.found}
    return json.dumps(counted | {"findings": found}, indent=2)
