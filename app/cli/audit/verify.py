"""`portico audit verify` and `portico audit head`."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.audit.archives import ArchiveUnreadable, AuditArchives
from app.audit.chain import ChainFinding
from app.audit.checkpoints import (
    Checkpoint,
    TrustedCheckpoints,
    organization_id,
    organization_key,
    read_checkpoints,
    to_json,
)
from app.audit.verify import ChainFilter, VerificationResult, current_checkpoints
from app.audit.verify import verify as verify_chains
from app.cli.database import open_database
from app.cli.output import AsJson, count_of
from app.database.hosts import connect
from app.settings import load
from models import AuditEvent
from resolvers import public_id

NONE = "none"
PATIENCE_SECONDS = 1.0
"""How long a command runs before it shows its progress."""

Organization = Annotated[
    str | None,
    typer.Option(help=f"Only the chain of this organization (`org_…`), or `{NONE}` for the events without one."),
]
Anchor = Annotated[
    list[Path] | None,
    typer.Option(help="A file that `portico audit head` printed earlier. Can be repeated.", exists=True),
]
Archive = Annotated[
    list[Path] | None,
    typer.Option(help="A file of `portico audit prune`, whose events are verified too. Can be repeated.", exists=True),
]


def verify(
    organization: Organization = None,
    anchor: Anchor = None,
    archive: Archive = None,
    as_json: AsJson = False,
) -> None:
    """Hash every event again and follow the chains. Exits with 0 if all of them are intact, else with 1."""
    chains, checkpoints, archives = chain_filter(organization), _read_anchors(anchor or []), _open(archive or [])
    with open_database(load()) as settings, ProgressBar() as bar:
        result = asyncio.run(verify_chains(settings.database(), chains, checkpoints, bar.report, archives))
    typer.echo(_as_json(result) if as_json else _as_text(result))
    if not result.intact:
        raise typer.Exit(1)


def head(organization: Organization = None) -> None:
    """Print the ends of the chains as JSON. Store it where people who can change the database can't."""
    chains = chain_filter(organization)
    with open_database(load()) as settings:
        typer.echo(to_json(asyncio.run(_read_heads(settings.database(), chains))))


class ProgressBar:
    """A progress bar on standard error, shown if the command takes longer than a moment."""

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
        """Show that `done` of `total` events have been verified."""
        if time.monotonic() - self._since > PATIENCE_SECONDS:
            self._progress.start()
        self._progress.update(self._task, completed=done, total=max(done, total))


async def _read_heads(url: str, chains: ChainFilter) -> list[Checkpoint]:
    connection = await connect(url)
    try:
        return list((await current_checkpoints(connection, chains)).values())
    finally:
        await connection.close()


def chain_filter(option: str | None) -> ChainFilter:
    """The chains that the option `--organization` selects. Raises BadParameter."""
    if option is None:
        return ChainFilter()
    try:
        return ChainFilter(all=False, organization_id=None if option == NONE else organization_key(option))
    except ValueError as error:
        raise typer.BadParameter(f"This is neither the id of an organization nor {NONE}: {option}") from error


def _read_anchors(paths: list[Path]) -> TrustedCheckpoints:
    try:
        return read_checkpoints(paths)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from error


def _open(paths: list[Path]) -> AuditArchives:
    try:
        return AuditArchives(paths)
    except ArchiveUnreadable as error:
        raise typer.BadParameter(f"{error}.", param_hint="--archive") from error


def _as_text(result: VerificationResult) -> str:
    scope = f"{count_of(result.events, 'event')} in {count_of(result.chains, 'chain')}"
    if result.intact:
        return "\n".join([f"Intact: {scope}.", *_archived(result)])
    lines = [f"{_place(finding)}: {finding.fault.value}. {finding.message}" for finding in result.findings]
    more = result.finding_count - len(result.findings)
    return "\n".join(
        [*lines, *([f"and {more:,} more"] if more else []), f"Not intact: {result.finding_count:,} found in {scope}."]
    )


def _archived(result: VerificationResult) -> list[str]:
    """What was not verified, because it is in archives."""
    if not result.pruned:
        return []
    events = count_of(sum(start.number for start in result.pruned), "older event")
    chains = count_of(len(result.pruned), "chain")
    return [f"Not verified: {events} of {chains}, which were moved to archives. Name these with --archive."]


def _place(finding: ChainFinding) -> str:
    event = f" ({public_id.encode(AuditEvent, finding.event_id)})" if finding.event_id else ""
    return f"{organization_id(finding.organization_id) or NONE} event {finding.number}{event}"


def _as_json(result: VerificationResult) -> str:
    findings = [
        {
            "organization": organization_id(finding.organization_id),
            "number": finding.number,
            "event": finding.event_id and public_id.encode(AuditEvent, finding.event_id),
            "fault": finding.fault.value,
            "message": finding.message,
        }
        for finding in result.findings
    ]
    totals = {"intact": result.intact, "events": result.events, "chains": result.chains, "found": result.finding_count}
    pruned = [
        {"organization": organization_id(start.organization_id), "through": start.number, "before": start.before}
        for start in result.pruned
    ]
    return json.dumps(totals | {"pruned": pruned, "findings": findings}, indent=2)
