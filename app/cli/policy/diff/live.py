"""The changes that `portico policy diff` finds on live data: as text, as JSON and as CSV."""

from typing import Any

from rich.console import Console

from app.cli.output import cell, rule_path, table
from app.cli.policy.database_context import id_of
from models import ApiClient, User
from resolvers.policy_analysis.diff import AccessChange
from resolvers.policy_analysis.diff_plan import Direction
from resolvers.policy_analysis.edits.diff_result import SUMS, DiffResult

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


def row(result: DiffResult, change: AccessChange) -> tuple[str, ...]:
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


def to_json(result: DiffResult) -> dict[str, Any]:
    """The counts and the listed changes as a JSON document."""
    keys = "change", "action", "type", "user", "client", "actorId", "thing", "thingId", "organization", "rule", "ruleAt"
    return {
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
            dict(zip(keys, row(result, change)[:-1], strict=True)) | {"rules": list(map(str, change.rules))}
            for change in result.listed
        ],
    }


def show_changes(printer: Console, result: DiffResult, *, verbose: bool) -> None:
    """Print the changes, counted by kind and by rule. If `verbose`, the whole way to each rule is shown."""
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
