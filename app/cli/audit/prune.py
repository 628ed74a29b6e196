"""`portico audit prune`: moves old audit events to an archive."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from app.audit.archives import FORMAT, AuditArchives, table_of
from app.audit.chain import Chain, IntegrityFault
from app.audit.chain_start import ChainStart
from app.audit.checkpoints import organization_id
from app.audit.prune_plan import CannotPrune, OldEvents, PrunePlan, read_plan
from app.audit.verify import ChainFilter
from app.audit.verify import verify as verify_chains
from app.cli.audit.verify import NONE, Organization, ProgressBar, chain_filter
from app.cli.data_protection.run import mutate_each, table_progress
from app.cli.database import open_database
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, console, count_of, print_json, progress_bar, table
from app.cli.output_files.archive import archive_path, new_archive
from app.data_export.export import write_export
from app.data_export.queries import audit_query
from app.policy.people import current_user
from app.settings import Settings, load
from resolvers.mutations.data_protection.legal_hold import UnderHold
from resolvers.mutations.data_protection.prune_trail import ArchivedEvents, PruneConflict, prune_trail

NAME = "portico-audit-%Y%m%dT%H%M%SZ.zip"

Before = Annotated[
    str | None,
    typer.Option(help="Move events from before this day (2026-01-31, in UTC). Default: PORTICO_AUDIT_RETENTION ago."),
]
To = Annotated[
    Path | None,
    typer.Option(help="The archive to write, or a folder for it. An existing file is never replaced."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Move them. Without this, the command only counts.")]


def prune(
    before: Before = None,
    to: To = None,
    organization: Organization = None,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Write audit events from before a day to an archive, and remove them from the database. Without `--yes`, count
    them.

    Each chain goes on from a record of what was removed, so the trail still verifies. Servers go on meanwhile.
    """
    settings = load()
    moment, chains = _moment(settings, before), chain_filter(organization)
    if yes and to is None:
        raise typer.BadParameter("Say where to write the archive.", param_hint="--to")
    path = archive_path(to, NAME) if to is not None else None
    with open_database(settings) as opened:
        plan = asyncio.run(read_plan(opened.database(), chains, moment))
        if not yes or path is None or not plan.chains:
            _print_plan(plan, moment, as_json=as_json)
            return
        _refuse_unless_intact(opened, chains)
        archive = _write(opened, path, plan, moment)
        failed = _remove(opened, plan, moment, archive)
    _print_done(path, archive, plan, failed, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _moment(settings: Settings, before: str | None) -> datetime:
    latest = datetime.now(UTC) - settings.audit_retention
    if before is None:
        return latest
    try:
        moment = datetime.fromisoformat(before)
    except ValueError:
        raise typer.BadParameter(f"{before!r} is not a day, such as 2026-01-31.", param_hint="--before") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > latest:
        raise typer.BadParameter(
            f"Events of the last {settings.audit_retention.days} days stay (PORTICO_AUDIT_RETENTION): the latest day "
            f"is {latest.date()}.",
            param_hint="--before",
        )
    return moment


def _refuse_unless_intact(settings: Settings, chains: ChainFilter) -> None:
    """What was changed must be found, not be removed."""
    with ProgressBar() as bar:
        result = asyncio.run(verify_chains(settings.database(), chains, {}, bar.report))
    if not result.intact:
        raise CannotPrune("the audit trail is not intact. Nothing was changed: run `portico audit verify`")


def _write(settings: Settings, path: Path, plan: PrunePlan, before: datetime) -> str:
    """Write the archive, read it again, and return its SHA-256."""
    header = {"format": FORMAT, "before": before.isoformat(), "chains": [_described(old) for old in plan.chains]}
    queries = [audit_query(table_of(old.organization_id), old.organization_id, old.through) for old in plan.chains]
    end_as_failure_on_sigterm()
    with new_archive(path) as file, table_progress("Archiving", len(queries)) as report:
        run_cancellably(write_export(settings.database(), file, queries, header, report))
    archives = AuditArchives([path])
    for old in plan.chains:
        if not _is_complete(archives, old):
            raise CannotPrune(f"{path} does not have the events of the database. Nothing was removed: try again")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_complete(archives: AuditArchives, old: OldEvents) -> bool:
    """Whether the archive has all these events, unchanged and linked to each other."""
    chain = Chain(old.organization_id, {}, ChainStart(old.organization_id, old.first - 1, old.previous_hash, ""))
    wrong = IntegrityFault.MISSING, IntegrityFault.UNLINKED, IntegrityFault.CHANGED
    for event in archives.events(old.organization_id, old.through):
        # Seals of erasures are left out: those of events that aren't in this archive don't fit.
        if any(finding.fault in wrong for finding in chain.add(event)):
            return False
    return not chain.changed and (chain.number, chain.hash) == (old.through, old.hash)


def _described(old: OldEvents) -> dict[str, Any]:
    return {
        "organization": organization_id(old.organization_id),
        "first": old.first,
        "through": old.through,
        "previousHash": old.previous_hash.hex(),
        "hash": old.hash.hex(),
    }


def _remove(settings: Settings, plan: PrunePlan, before: datetime, archive: str) -> dict[str, str]:
    """Remove the events of each chain, in a transaction of its own. Returns why chains were left as they are."""
    by, time = current_user(), before.isoformat()
    removals = [
        partial(
            prune_trail,
            archived=ArchivedEvents(
                old.organization_id, old.through, old.hash, old.events, old.erased, time, archive, by
            ),
        )
        for old in plan.chains
    ]
    with progress_bar("Removing") as progress:
        task = progress.add_task("Removing", total=len(removals))
        outcomes = mutate_each(
            settings, removals, (PruneConflict, UnderHold), lambda done: progress.update(task, completed=done)
        )
    return {_name(old): str(error) for old, error in zip(plan.chains, outcomes, strict=True) if error is not None}


def _name(old: OldEvents) -> str:
    return organization_id(old.organization_id) or NONE


def _rows(plan: PrunePlan) -> Iterator[tuple[object, ...]]:
    for old in plan.chains:
        yield _name(old), f"{old.events:,}", old.since.date(), f"1 to {old.through:,}"


def _print_plan(plan: PrunePlan, before: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json({"before": before.isoformat(), "pruned": False, "events": plan.events, **_summary(plan)})
        return
    if plan.chains:
        console().print(table("Chain", "Events", "Since", "Numbers", rows=_rows(plan)))
    _print_kept(plan)
    total = count_of(plan.events, "event")
    verb = "is" if plan.events == 1 else "are"
    typer.echo(f"{total} of {count_of(len(plan.chains), 'chain')} {verb} from before {before:%Y-%m-%d %H:%M} UTC.")
    if plan.chains:
        typer.echo("Nothing was changed: add --to FILE --yes to move them to an archive.")


def _print_kept(plan: PrunePlan) -> None:
    for key in plan.held:
        typer.echo(f"{organization_id(key) or NONE}: under a legal hold, so its events stay.")
    for key in plan.unsent:
        typer.echo(f"{organization_id(key)}: a webhook has still to send some of its events, so these stay.")


def _summary(plan: PrunePlan) -> dict[str, Any]:
    return {
        "chains": [{**_described(old), "events": old.events} for old in plan.chains],
        "held": [organization_id(key) or NONE for key in plan.held],
        "unsent": [organization_id(key) or NONE for key in plan.unsent],
    }


def _print_done(path: Path, archive: str, plan: PrunePlan, failed: dict[str, str], *, as_json: bool) -> None:
    done = [old for old in plan.chains if _name(old) not in failed]
    removed = sum(old.events for old in done)
    if as_json:
        document = {"file": str(path), "sha256": archive, "pruned": True, "events": removed, "failed": failed}
        print_json(document | _summary(plan))
        return
    for chain, reason in failed.items():
        typer.echo(f"portico: {chain}: {reason}. They are in the archive, and were not removed.", err=True)
    _print_kept(plan)
    typer.echo(
        f"Moved {count_of(removed, 'event')} of {count_of(len(done), 'chain')} to {path} "
        f"({path.stat().st_size / 1e6:,.1f} MB)."
    )
    typer.echo(f"Keep it as long as you keep records. Its SHA-256, which the trail records: {archive}")
