"""`portico policy replay`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.database import open_database
from app.cli.output import AsJson, cell, console, count_of, load_policy_with_progress, print_json, progress_bar, table
from app.cli.policy.versions import read_history
from app.policy.decision_lines import MASK, IdText, hashed_ids, parse
from app.settings import Settings, load
from authz.policy import Policy, version_of
from models import Base, User
from resolvers import public_id
from resolvers.policy_analysis.history import find_versions
from resolvers.policy_analysis.replay import Obstacle, PastDecision, Repeated, Replayer
from resolvers.policy_analysis.resource_lookup import find_resources

Log = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file of PORTICO_DECISION_LOG.")]
Candidate = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The candidate policy.")]
Limit = Annotated[int, typer.Option(help="How many changes to list.", min=0)]

CHANGES = 3
MOST_DIFFERENT = 200_000
"""How many different decisions are repeated at most. The rest are only counted."""


@dataclass
class _Read:
    """The decisions of a log, with how often each is in it."""

    decisions: Counter[PastDecision] = field(default_factory=Counter)
    unreadable: int = 0
    dropped: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class _Change:
    decision: PastDecision
    times: int
    repeated: Repeated
    user: str


@dataclass
class _Report:
    read: _Read
    candidate: Policy
    changes: list[_Change] = field(default_factory=list)
    obstacles: Counter[Obstacle] = field(default_factory=Counter)
    repeated: int = 0


def replay(log: Log, file: Candidate, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Repeat the decisions of a decision log with a candidate policy, and show which ones it would change.

    Exits with 3 if it would change one, with 0 if it changes none, and with 1 if no decision could be repeated.
    """
    settings = load()
    read = _read(log)
    with open_database(settings) as settings:
        report = _replay(settings, read, load_policy_with_progress(settings, file))
    if as_json:
        print_json(_document(report, limit))
    else:
        _show(report, limit)
    raise typer.Exit(CHANGES if report.changes else int(not report.repeated))


def _read(file: Path) -> _Read:
    result = _Read()
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                decision = parse(line)
            except ValueError:
                dropped = _dropped(line)
                result.dropped += dropped
                result.unreadable += not dropped
                continue
            if decision in result.decisions or len(result.decisions) < MOST_DIFFERENT:
                result.decisions[decision] += 1
            else:
                result.left_out += 1
    return result


def _dropped(line: str) -> int:
    """The number in a line about dropped decisions; 0 for any other line."""
    try:
        return max(0, int(json.loads(line)["dropped"]))
    except (ValueError, OverflowError, KeyError, TypeError, RecursionError):
        return 0


def _replay(settings: Settings, read: _Read, candidate: Policy) -> _Report:
    report = _Report(read, candidate)

    async def run(connection: AsyncConnection) -> None:
        former = await _former_policies(connection, {decision.version for decision in read.decisions})
        keys = _Keys(connection, hashed_ids(settings.key()))
        replayer = Replayer(connection, candidate, former, keys.find)
        with progress_bar("Repeating the decisions") as bar:
            for decision, times in bar.track(read.decisions.items(), description="Repeating"):
                result = await replayer.repeat(decision)
                if isinstance(result, Obstacle):
                    report.obstacles[result] += times
                    continue
                report.repeated += times
                if result != Repeated():
                    report.changes.append(_Change(decision, times, result, await keys.email(decision)))

    read_history(settings, run)
    report.changes.sort(key=lambda change: (not change.repeated.gained, -change.times))
    return report


async def _former_policies(connection: AsyncConnection, versions: Iterable[str]) -> dict[str, Policy]:
    """The policies of the history with these versions. They passed the checks when they were put in force."""
    found = {}
    for version in sorted(versions):
        stored = next((each for each in await find_versions(connection, version) if each.version == version), None)
        if stored is not None and version_of(stored.text) == version:
            found[version] = Policy(stored.text, stored.file)
    return found


class _Keys:
    """Finds rows by the ids of a log. Hashed ones are compared with those of all rows of the type."""

    def __init__(self, connection: AsyncConnection, id_text: IdText) -> None:
        self._connection = connection
        self._id_text = id_text
        self._by_hash: dict[type[Base], dict[str, UUID]] = {}

    async def find(self, model: type[Base], text: str) -> UUID | None:
        if MASK not in text:
            return public_id.key(text, model)
        if model not in self._by_hash:
            keys = (await self._connection.execute(select(model.__table__.c.id))).scalars()
            self._by_hash[model] = {self._id_text(model, key): key for key in keys}
        return self._by_hash[model].get(text)

    async def email(self, decision: PastDecision) -> str:
        """The email of the user, or of the owner of the API client; else the id of the log."""
        key = await self.find(User, decision.actor)
        found = await find_resources(self._connection, [User], key=key) if key else []
        return found[0].name if found else decision.actor


def _counts(report: _Report) -> Iterator[tuple[str, int]]:
    yield from ((obstacle.value, number) for obstacle, number in report.obstacles.most_common())
    if report.read.unreadable:
        yield "the line isn't a decision", report.read.unreadable
    if report.read.left_out:
        yield f"after {MOST_DIFFERENT:,} different decisions, no new one is repeated", report.read.left_out


def _row(change: _Change) -> dict[str, Any]:
    decision, repeated = change.decision, change.repeated
    return {
        "change": "gained" if repeated.gained and not repeated.lost else "lost" if not repeated.gained else "both",
        "user": change.user,
        "client": decision.client,
        "action": decision.action,
        "type": decision.model.__name__ if decision.model else "",
        "thing": decision.resource or ", ".join((*repeated.gained_values, *repeated.lost_values)),
        "gained": repeated.gained,
        "lost": repeated.lost,
        "times": change.times,
        "version": decision.version,
    }


def _document(report: _Report, limit: int) -> dict[str, Any]:
    return {
        "candidate": report.candidate.version,
        "decisions": report.read.decisions.total(),
        "repeated": report.repeated,
        "changed": sum(change.times for change in report.changes),
        "notRepeated": dict(_counts(report)),
        "dropped": report.read.dropped,
        "changes": [_row(change) for change in report.changes[:limit]],
    }


def _show(report: _Report, limit: int) -> None:
    printer = console()
    changed = sum(change.times for change in report.changes)
    printer.print(
        f"{count_of(report.read.decisions.total(), 'decision')} in the log, {report.repeated:,} repeated, {changed:,} "
        "would change.",
        style="yellow" if changed else "green" if report.repeated else "",
        highlight=False,
    )
    for reason, number in _counts(report):
        printer.print(f"Not repeated: {number:,}, because {reason}.", markup=False, highlight=False)
    if report.read.dropped:
        printer.print(f"The server dropped the decisions of {report.read.dropped:,} statements.", highlight=False)
    if not report.changes[:limit]:
        return
    changes = table("Change", "User", "Action", "Type", "Resource", "Gained", "Lost", "Times")
    for row in map(_row, report.changes[:limit]):
        colour = {"gained": "green", "lost": "red"}.get(row["change"], "yellow")
        names = row["user"], row["action"], row["type"], row["thing"]
        numbers = (f"{row[name]:,}" if row[name] else "" for name in ("gained", "lost", "times"))
        changes.add_row(cell(row["change"], colour), *map(cell, names), *numbers)
    printer.print(changes)
    if len(report.changes) > limit:
        printer.print(f"And {len(report.changes) - limit:,} more: --limit lists more.", highlight=False)
