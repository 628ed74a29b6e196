"""`portico policy diff`."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.csv_safety import rows_into
from app.cli.policy.database_context import ACTIVE, ask, id_of, live_data
from app.cli.policy.output import AsJson, cell, console, print_json, progress, table, trail
from app.policy.policy_file import policy_of
from authz.policy import Policy
from models import ApiClient, User
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.diff import AccessChange, ChangeCount
from resolvers.policy_analysis.diff_plan import Direction

Version = Annotated[str, typer.Argument(help="A file with rules, or `active`: the one of PORTICO_POLICY.")]
Limit = Annotated[int, typer.Option(help="How many of the single changes to list, gained and lost each.", min=0)]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write all single changes into this file.")]

DIFFERS = 3
COLUMNS = (
    "change",
    "action",
    "type",
    "user",
    "client",
    "user or client id",
    "thing",
    "thing id",
    "organization",
    "rules",
)
COLOURS = {Direction.GAINED: "green", Direction.LOST: "red"}

SUMS: dict[str, Callable[[ChangeCount], str]] = {
    "action": lambda each: f"{each.action} {each.model.__name__}",
    "organization": lambda each: each.organization or "the platform's own",
    "kind": lambda each: each.group.value,
    "rule": lambda each: trail(each.rules),
}
"""By what the changes are summed up."""


@dataclass(frozen=True)
class DiffResult:
    """All sums, and some of the single changes."""

    moves: list[ChangeCount]
    listed: list[AccessChange]

    def total(self, direction: Direction) -> int:
        """How many pairs of actor and thing moved."""
        return sum(each.pairs for each in self.moves if each.direction is direction)

    def sums(self, by: Callable[[ChangeCount], str]) -> list[tuple[str, int, int]]:
        """What it is summed up by, how many gained and how many lost; the largest first."""
        counted: dict[str, Counter[Direction]] = {}
        for each in self.moves:
            counted.setdefault(by(each), Counter())[each.direction] += each.pairs
        rows = [(name, one[Direction.GAINED], one[Direction.LOST]) for name, one in counted.items()]
        return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def diff(old: Version, new: Version, limit: Limit = 20, csv_file: CsvFile = None, as_json: AsJson = False) -> None:
    """Who gains and who loses what by an edit of the policy, on live data.

    Ends with 3 where something changes, with 0 where nothing does.
    """
    files = _file(old, "old"), _file(new, "new")
    with live_data() as settings:
        before, after = (policy_of(settings, file) for file in files)
        found = ask(settings, lambda connection: _found(connection, before, after, limit, csv_file))
    if as_json:
        print_json(_document(before, after, found))
    else:
        _show(found)
    raise typer.Exit(DIFFERS if found.moves else 0)


def _file(version: str, hint: str) -> Path | None:
    """The file that is meant; None for the active one. Raises BadParameter."""
    if version == ACTIVE:
        return None
    if not Path(version).is_file():
        raise typer.BadParameter(f"File {version!r} does not exist.", param_hint=hint)
    return Path(version)


async def _found(
    connection: AsyncConnection, old: Policy, new: Policy, limit: int, csv_file: Path | None
) -> DiffResult:
    found = DiffResult([], [])
    with ExitStack() as opened:
        write = _writer(opened, csv_file)
        bar = opened.enter_context(progress())
        prepared = await policy_diff.prepare(connection, old, new)
        room = dict.fromkeys(Direction, limit)
        for one in bar.track(prepared.changed, description="Comparing"):
            moves = await policy_diff.count(connection, prepared, one)
            found.moves.extend(moves)
            if not moves or (write is None and not any(room.values())):
                continue
            async for move in policy_diff.listed(connection, prepared, one, None if write else limit):
                if room[move.direction]:
                    room[move.direction] -= 1
                    found.listed.append(move)
                if write:
                    write(_row(move))
    return found


def _writer(opened: ExitStack, csv_file: Path | None) -> Callable[[Iterable[str]], object] | None:
    if csv_file is None:
        return None
    write = rows_into(opened.enter_context(csv_file.open("w", encoding="utf-8", newline="")))
    write(COLUMNS)
    return write


def _row(move: AccessChange) -> tuple[str, ...]:
    """The cells of `COLUMNS`."""
    return (
        move.direction.lower(),
        move.action,
        move.model.__name__,
        move.email,
        move.client or "",
        id_of(User if move.client is None else ApiClient, move.actor_id),
        move.thing,
        id_of(move.model, move.thing_id),
        move.organization or "",
        trail(move.rules),
    )


def _document(old: Policy, new: Policy, found: DiffResult) -> dict[str, Any]:
    keys = ("change", "action", "type", "user", "client", "actorId", "thing", "thingId", "organization", "rules")
    return {
        "old": old.version,
        "new": new.version,
        "gained": found.total(Direction.GAINED),
        "lost": found.total(Direction.LOST),
        **{
            f"by{name.capitalize()}": [
                {name: value, "gained": gained, "lost": lost} for value, gained, lost in found.sums(by)
            ]
            for name, by in SUMS.items()
        },
        "changes": [dict(zip(keys, _row(move), strict=True)) for move in found.listed],
    }


def _show(found: DiffResult) -> None:
    printer = console()
    if not found.moves:
        printer.print("Nothing changes for anybody.", style="green")
        return
    gained, lost = found.total(Direction.GAINED), found.total(Direction.LOST)
    printer.print(f"[green]{gained:,} gained[/], [red]{lost:,} lost[/].", highlight=False)
    for name, by in SUMS.items():
        shown = table(name.capitalize(), "Gained", "Lost")
        for value, more, less in found.sums(by):
            shown.add_row(cell(value), _number(more, "green"), _number(less, "red"))
        printer.print(shown)
    if found.listed:
        _list(printer, found)


def _who(move: AccessChange) -> str:
    return move.email if move.client is None else f"{move.client} of {move.email}"


def _number(number: int, colour: str) -> str:
    return cell(f"{number:,}" if number else "", colour)


def _list(printer: Console, found: DiffResult) -> None:
    shown = table("Change", "User", "Action", "Type", "Thing", "Organization")
    for move in found.listed:
        change = cell(move.direction.lower(), COLOURS[move.direction])
        what = move.action, move.model.__name__, move.thing, move.organization
        shown.add_row(change, cell(_who(move)), *map(cell, what))
    printer.print(shown)
    rest = sum(each.pairs for each in found.moves) - len(found.listed)
    if rest:
        printer.print(f"And {rest:,} more: --limit lists more of them, --csv FILE writes all.", highlight=False)
