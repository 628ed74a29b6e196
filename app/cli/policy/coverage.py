"""`portico policy coverage`."""

from collections import defaultdict
from typing import Annotated

import typer
from rich.text import Text

from app.cli.policy.options import Rules
from app.cli.policy.output import AsJson, cell, console, print_json, table, working
from app.cli.policy.test import Folder, examined_of, folder_of, rules_of
from app.policy.testing.coverage import DECIDED, RULE, TRUE, WAY, Coverage, Point, measure_coverage
from app.policy.testing.test_files import read_folder

FailUnder = Annotated[
    float, typer.Option(min=0, max=100, metavar="PERCENT", help="End with 1 where less than this is exercised.")
]

HIT, PARTLY, MISSED = "hit", "partly", "missed"
MARKS = {HIT: ("+", "green"), PARTLY: ("~", "yellow"), MISSED: ("-", "red")}
TITLES = {RULE: "Rules", WAY: "Ways through the rules", TRUE: "Conditions, true", DECIDED: "Conditions, denying alone"}


def coverage(folder: Folder = None, policy: Rules = None, fail_under: FailUnder = 0, as_json: AsJson = False) -> None:
    """Show which rules, ways and conditions of the policy the tests exercise, line by line.

    In front of a line, + says: all that stands on it; ~ some of it; - none of it.
    """
    rules = rules_of(policy)
    with working("Testing the policy"):
        examined = examined_of(rules)
        covered = measure_coverage(read_folder(folder_of(folder, rules)), examined)
    if as_json:
        print_json(_as_json(covered, rules.name))
    else:
        _show(covered, examined.lines)
    raise typer.Exit(1 if covered.percent < fail_under else 0)


def marks_of(covered: Coverage) -> dict[int, str]:
    """For each line on which something stands: whether all of it was exercised, some, or nothing."""
    lines: defaultdict[int, list[bool]] = defaultdict(list)
    for point in covered.points:
        lines[point.line].append(point in covered.exercised)
    return {line: HIT if all(found) else PARTLY if any(found) else MISSED for line, found in lines.items()}


def _by_rule(covered: Coverage) -> dict[int, tuple[int, int]]:
    """Of the points of each rule, by its line: how many were exercised, and how many there are."""
    found: defaultdict[int, list[bool]] = defaultdict(list)
    for point in covered.points:
        found[point.rule].append(point in covered.exercised)
    return {line: (sum(points), len(points)) for line, points in sorted(found.items())}


def _as_json(covered: Coverage, file: str) -> dict[str, object]:
    marks = marks_of(covered)
    return {
        "file": file,
        "percent": round(covered.percent, 2),
        "totals": {kind: dict(zip(("exercised", "of"), covered.counts(kind), strict=True)) for kind in TITLES},
        "impossibleWays": covered.impossible,
        "rules": [
            {"line": line, "exercised": exercised, "of": count}
            for line, (exercised, count) in _by_rule(covered).items()
        ],
        "lines": [{"line": line, "mark": marks[line]} for line in sorted(marks)],
        "missed": [{"line": point.line, "kind": point.kind, "reason": point.missed} for point in covered.missed],
    }


def _show(covered: Coverage, lines: list[str]) -> None:
    printer = console()
    marks, rules = marks_of(covered), _by_rule(covered)
    missed: defaultdict[int, list[Point]] = defaultdict(list)
    for point in covered.missed:
        missed[point.line].append(point)
    for number, line in enumerate(lines, 1):
        mark, colour = MARKS[marks[number]] if number in marks else (" ", "")
        share = "{}/{}".format(*rules[number]) if number in rules else ""
        printer.print(Text(f"{number:4} {share:>7} {mark} {line}", colour), soft_wrap=True)
        for point in missed[number]:
            printer.print(Text(f"{'':15}{point.missed}", "red"), soft_wrap=True)
    shown = table("", "Exercised", "Of")
    for kind, title in TITLES.items():
        exercised, count = covered.counts(kind)
        shown.add_row(cell(title), cell(exercised, "green" if exercised == count else "red"), cell(count))
    printer.print(shown)
    if covered.impossible:
        printer.print(f"{covered.impossible} ways do not count: no actor can have what they ask for.")
    printer.print(f"{covered.percent:.1f} %", style="green" if not missed else "red")
