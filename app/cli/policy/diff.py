"""`portico policy diff`."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.csv_safety import csv_row_writer
from app.cli.output import (
    AsJson,
    cell,
    console,
    load_policy_with_progress,
    print_json,
    progress_bar,
    rule_path,
    show_spinner,
    table,
)
from app.cli.policy import trait_diff
from app.cli.policy.database_context import ACTIVE, database_with_data, id_of, run_query
from app.cli.policy.versions import find_version, is_version, load_version
from app.settings import Settings, load
from authz.policy import Policy
from authz.trait_comparison.compare import PolicyComparison, compare
from models import ApiClient, User
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.deciding_rule import DecidingRules, NamedRule
from resolvers.policy_analysis.diff import AccessChange, ChangeCount
from resolvers.policy_analysis.diff_plan import Direction

T = TypeVar("T")

Version = Annotated[str, typer.Argument(help="A policy file, `active`, or a version of the history.")]
Limit = Annotated[int, typer.Option(help="How many gained and how many lost changes to list.", min=0)]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the whole way through the rules to each change.")]
ByTraits = Annotated[
    bool, typer.Option("--by-traits", help="Compare for all users and rows that could exist, without a database.")
]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write all changes to this file.")]

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
    "rule",
    "rule at",
    "rules",
)
COLOURS = {Direction.GAINED: "green", Direction.LOST: "red"}

SUMS: dict[str, Callable[[ChangeCount], str]] = {
    "action": lambda change: change.action if change.model is None else f"{change.action} {change.model.__name__}",
    "organization": lambda change: change.organization or "the platform's own",
    "kind": lambda change: change.group.value,
}
"""The keys by which changes are totalled, beside their rules."""


@dataclass(frozen=True)
class DiffResult:
    """All counts, and some of the changes."""

    counts: list[ChangeCount]
    listed: list[AccessChange]
    deciding: Mapping[Direction, DecidingRules]

    def total(self, direction: Direction) -> int:
        """The number of pairs of actor and resource that were gained, or lost."""
        return sum(count.pairs for count in self.counts if count.direction is direction)

    def rule(self, change: ChangeCount | AccessChange) -> NamedRule | None:
        """The rule that decided; None for a change without rules."""
        return self.deciding[change.direction].decide(change.rules)

    def way(self, change: ChangeCount) -> tuple[NamedRule, ...]:
        """The whole way through the rules, outermost first."""
        return tuple(map(self.deciding[change.direction].name, change.rules))

    def crossing(self, direction: Direction) -> int:
        """The same, if the actor is of another organization than the resource."""
        return sum(count.pairs for count in self.counts if count.direction is direction and count.crosses)

    def sums(self, by: Callable[[ChangeCount], T]) -> list[tuple[T, int, int]]:
        """Name, number gained and number lost, for each value of `by`; largest first."""
        totals: dict[T, Counter[Direction]] = {}
        for count in self.counts:
            totals.setdefault(by(count), Counter())[count.direction] += count.pairs
        rows = [(name, total[Direction.GAINED], total[Direction.LOST]) for name, total in totals.items()]
        return sorted(rows, key=lambda row: (-row[1] - row[2], str(row[0])))


def diff(
    old: Version,
    new: Version,
    *,
    limit: Limit = 20,
    csv_file: CsvFile = None,
    by_traits: ByTraits = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Show who gains and who loses access by an edit of the policy, on live data, and what it means for others.

    Others are users and rows that don't exist today. Exits with 3 if something changes, with 0 if nothing does.
    """
    for name, hint in ((old, "old"), (new, "new")):
        _check_name(name, hint)
    if by_traits:
        _diff_by_traits(old, new, limit, csv_file, as_json=as_json)
    with database_with_data() as settings:
        before, after = _load(settings, old, "old"), _load(settings, new, "new")
        result = run_query(settings, lambda connection: _compare(connection, before, after, limit, csv_file))
    comparison = _by_traits(before, after)
    if as_json:
        print_json(_document(before, after, result, comparison))
    else:
        _show(result, comparison, verbose=verbose)
    raise typer.Exit(DIFFERS if result.counts or comparison.differs else 0)


def _diff_by_traits(old: str, new: str, limit: int, csv_file: Path | None, *, as_json: bool) -> NoReturn:
    """Shows the comparison for all users and rows that could exist. Only a version of the history needs a database."""
    if csv_file:
        raise typer.BadParameter("--csv is for live data and can't be combined with --by-traits.", param_hint="--csv")
    is_stored = any(name != ACTIVE and not Path(name).is_file() for name in (old, new))
    with database_with_data() if is_stored else nullcontext(load()) as settings:
        comparison = _by_traits(_load(settings, old, "old"), _load(settings, new, "new"))
    if as_json:
        print_json(trait_diff.to_json(comparison))
    else:
        trait_diff.show_comparison(comparison, limit)
    raise typer.Exit(DIFFERS if comparison.differs else 0)


def _by_traits(old: Policy, new: Policy) -> PolicyComparison:
    with show_spinner("Comparing by traits"):
        return compare(old, new)


def _check_name(name: str, hint: str) -> None:
    """Raises BadParameter unless `name` is `active`, a file, or may be a version."""
    if name != ACTIVE and not Path(name).is_file() and not is_version(name):
        raise typer.BadParameter(f"File {name!r} does not exist.", param_hint=hint)


def _load(settings: Settings, name: str, hint: str) -> Policy:
    """The policy that `name` stands for: a file comes before a version. Raises BadParameter."""
    if name == ACTIVE:
        return load_policy_with_progress(settings)
    if Path(name).is_file():
        return load_policy_with_progress(settings, Path(name))
    return load_version(settings, find_version(settings, name, hint))


async def _compare(
    connection: AsyncConnection, old: Policy, new: Policy, limit: int, csv_file: Path | None
) -> DiffResult:
    deciding = {Direction.GAINED: DecidingRules(new, old), Direction.LOST: DecidingRules(old, new)}
    result = DiffResult([], [], deciding)
    with ExitStack() as stack:
        write = _csv_writer(stack, csv_file)
        bar = stack.enter_context(progress_bar("Comparing the policies"))
        prepared = await policy_diff.prepare(connection, old, new)
        room = dict.fromkeys(Direction, limit)
        for action_change in bar.track(prepared.changes, description="Comparing"):
            counts = await policy_diff.count_changes(connection, prepared, action_change)
            result.counts.extend(counts)
            if not counts or (write is None and not any(room.values())):
                continue
            async for change in policy_diff.list_changes(connection, prepared, action_change, None if write else limit):
                if room[change.direction]:
                    room[change.direction] -= 1
                    result.listed.append(change)
                if write:
                    write(_row(result, change))
    return result


def _csv_writer(stack: ExitStack, csv_file: Path | None) -> Callable[[Iterable[str]], object] | None:
    if csv_file is None:
        return None
    write = csv_row_writer(stack.enter_context(csv_file.open("w", encoding="utf-8", newline="")))
    write(COLUMNS)
    return write


def _row(result: DiffResult, change: AccessChange) -> tuple[str, ...]:
    """The cells of `COLUMNS`."""
    rule = result.rule(change)
    return (
        change.direction.lower(),
        change.action,
        _type(change),
        change.email,
        change.client or "",
        id_of(User if change.client is None else ApiClient, change.actor_id),
        change.resource,
        "" if change.model is None or change.resource_id is None else id_of(change.model, change.resource_id),
        change.organization or "",
        rule.name if rule else "",
        str(rule.source) if rule else "",
        rule_path(change.rules),
    )


def _type(change: AccessChange) -> str:
    """The type of the resource; empty for a capability, which is about the actor alone."""
    return "" if change.model is None else change.model.__name__


def _document(old: Policy, new: Policy, result: DiffResult, comparison: PolicyComparison) -> dict[str, Any]:
    keys = "change", "action", "type", "user", "client", "actorId", "thing", "thingId", "organization", "rule", "ruleAt"
    return {
        "old": old.version,
        "new": new.version,
        "gained": result.total(Direction.GAINED),
        "lost": result.total(Direction.LOST),
        "crossing": {direction.lower(): result.crossing(direction) for direction in Direction},
        **{
            f"by{name.capitalize()}": [
                {name: value, "gained": gained, "lost": lost} for value, gained, lost in result.sums(by)
            ]
            for name, by in SUMS.items()
        },
        "byRule": [
            {"rule": rule and rule.name, "ruleAt": rule and str(rule.source), "gained": gained, "lost": lost}
            for rule, gained, lost in result.sums(result.rule)
        ],
        "changes": [
            dict(zip(keys, _row(result, change)[:-1], strict=True)) | {"rules": list(map(str, change.rules))}
            for change in result.listed
        ],
        "byTraits": trait_diff.to_json(comparison),
    }


def _show(result: DiffResult, comparison: PolicyComparison, *, verbose: bool) -> None:
    printer = console()
    if result.counts:
        _show_live(printer, result, verbose=verbose)
    else:
        printer.print("Nobody's access changes on today's data.", style="green")
    printer.print(trait_diff.summary(comparison), highlight=False, soft_wrap=True)
    trait_diff.show_crossing(printer, comparison)
    if comparison.differs:
        printer.print("--by-traits lists these, with examples.", highlight=False)


def _show_live(printer: Console, result: DiffResult, *, verbose: bool) -> None:
    gained, lost = result.total(Direction.GAINED), result.total(Direction.LOST)
    printer.print(f"[green]{gained:,} gained[/], [red]{lost:,} lost[/] on today's data.", highlight=False)
    for direction in Direction:
        if crossing := result.crossing(direction):
            text = f"{crossing:,} of those {direction.lower()} cross the border of an organization."
            printer.print(text, style="bold red" if direction is Direction.GAINED else "", highlight=False)
    for name, by in SUMS.items():
        totals = table(name.capitalize(), "Gained", "Lost")
        for value, gained_here, lost_here in result.sums(by):
            totals.add_row(cell(value), _number_cell(gained_here, "green"), _number_cell(lost_here, "red"))
        printer.print(totals)
    by_rule = table("Rule", "Gained", "Lost")
    for rules, gained_here, lost_here in result.sums(result.way if verbose else lambda change: (result.rule(change),)):
        name = cell("\n→ ".join(map(str, filter(None, rules))))
        by_rule.add_row(name, _number_cell(gained_here, "green"), _number_cell(lost_here, "red"))
    printer.print(by_rule)
    if result.listed:
        _list(printer, result)


def _actor_name(change: AccessChange) -> str:
    return change.email if change.client is None else f"{change.client} of {change.email}"


def _number_cell(number: int, colour: str) -> str:
    return cell(f"{number:,}" if number else "", colour)


def _list(printer: Console, result: DiffResult) -> None:
    changes = table("Change", "User", "Action", "Type", "Resource", "Organization")
    for change in result.listed:
        direction = cell(change.direction.lower(), COLOURS[change.direction])
        columns = change.action, _type(change), change.resource, change.organization
        changes.add_row(direction, cell(_actor_name(change)), *map(cell, columns))
    printer.print(changes)
    rest = sum(count.pairs for count in result.counts) - len(result.listed)
    if rest:
        printer.print(f"And {rest:,} more: --limit lists more, --csv FILE writes all.", highlight=False)
