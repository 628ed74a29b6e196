"""`portico policy coverage`."""

from collections import defaultdict
from typing import Annotated

import typer
from rich.text import Text

from app.cli.output import AsJson, cell, console, count_of, print_json, show_spinner, table
from app.cli.policy.options import Rules
from app.cli.policy.test import TEST_TIME, Folder, load_policy_under_test, policy_file, test_folder
from app.policy.testing.coverage import DENIED_ALONE, PATH, RULE, TRUE, Coverage, CoveragePoint, measure_coverage
from app.policy.testing.test_files import read_folder

FailUnder = Annotated[
    float, typer.Option(min=0, max=100, metavar="PERCENT", help="Exit with 1 if the tests exercise less than this.")
]

HIT, PARTLY, MISSED = "hit", "partly", "missed"
MARKS = {HIT: ("+", "green"), PARTLY: ("~", "yellow"), MISSED: ("-", "red")}
TITLES = {
    RULE: "Rules",
    PATH: "Paths through the rules",
    TRUE: "Conditions, true",
    DENIED_ALONE: "Conditions, denying alone",
}


def coverage(folder: Folder = None, policy: Rules = None, fail_under: FailUnder = 0, as_json: AsJson = False) -> None:
    """Show which rules, paths and conditions of the policy the tests exercise, line by line.

    Each line has a mark: + exercised, ~ partly exercised, - not exercised. Exits with 1 if a case fails.
    """
    rules = policy_file(policy)
    with show_spinner(f"Testing {rules.name} ({TEST_TIME})"):
        policy_under_test = load_policy_under_test(rules)
        covered = measure_coverage(read_folder(test_folder(folder, rules)), policy_under_test)
    if as_json:
        print_json(_as_json(covered, rules.name))
    else:
        _show(covered, policy_under_test.lines)
    raise typer.Exit(1 if covered.failed or covered.percent < fail_under else 0)


def line_marks(covered: Coverage) -> dict[int, str]:
    """The mark of each line that has something to exercise."""
    lines: defaultdict[int, list[bool]] = defaultdict(list)
    for point in covered.points:
        lines[point.line].append(point in covered.covered)
    return {line: HIT if all(hits) else PARTLY if any(hits) else MISSED for line, hits in lines.items()}


def _by_rule(covered: Coverage) -> dict[int, tuple[int, int]]:
    """For each rule, by its line: how many of its points were exercised, and how many it has."""
    rules: defaultdict[int, list[bool]] = defaultdict(list)
    for point in covered.points:
        rules[point.rule].append(point in covered.covered)
    return {line: (sum(points), len(points)) for line, points in sorted(rules.items())}


def _as_json(covered: Coverage, file: str) -> dict[str, object]:
    marks = line_marks(covered)
    return {
        "file": file,
        "percent": round(covered.percent, 2),
        "failed": covered.failed,
        "totals": {kind: dict(zip(("exercised", "of"), covered.counts(kind), strict=True)) for kind in TITLES},
        "impossibleWays": covered.impossible_paths,
        "rules": [
            {"line": line, "exercised": exercised, "of": count}
            for line, (exercised, count) in _by_rule(covered).items()
        ],
        "lines": [{"line": line, "mark": marks[line]} for line in sorted(marks)],
        "missed": [{"line": point.line, "kind": point.kind, "reason": point.missed} for point in covered.missed],
    }


def _show(covered: Coverage, lines: list[str]) -> None:
    printer = console()
    marks, rules = line_marks(covered), _by_rule(covered)
    missed: defaultdict[int, list[CoveragePoint]] = defaultdict(list)
    for point in covered.missed:
        missed[point.line].append(point)
    for number, line in enumerate(lines, 1):
        mark, colour = MARKS[marks[number]] if number in marks else (" ", "")
        share = "{}/{}".format(*rules[number]) if number in rules else ""
        printer.print(Text(f"{number:4} {share:>7} {mark} {line}", colour), soft_wrap=True)
        for point in missed[number]:
            printer.print(Text(f"{'':15}{point.missed}", "red"), soft_wrap=True)
    totals = table("", "Exercised", "Of")
    for kind, title in TITLES.items():
        exercised, count = covered.counts(kind)
        totals.add_row(cell(title), cell(exercised, "green" if exercised == count else "red"), cell(count))
    printer.print(totals)
    if covered.impossible_paths:
        paths = count_of(covered.impossible_paths, "path")
        printer.print(f"Not counted: {paths} with requirements that no actor can meet.")
    printer.print(f"{covered.percent:.1f} %", style="green" if not missed else "red")
    if covered.failed:
        printer.print(f"{count_of(covered.failed, 'case')} failed: see `portico policy test`.", style="red")
