"""`portico policy test`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from app.cli.output import AsJson, cell, console, count_of, print_json, show_spinner, table
from app.cli.policy.options import Rules
from app.policy.testing.junit import write_junit
from app.policy.testing.runner import FileResult, PolicyUnderTest, run
from app.policy.testing.test_files import TestFile, read_folder, select_cases
from app.settings import load
from authz.policy import load as check_and_load

Folder = Annotated[
    Path | None,
    typer.Argument(
        exists=True, file_okay=False, help="The folder with the tests. Default: tests/policy beside the policy."
    ),
]

Only = Annotated[
    str | None,
    typer.Option(metavar="PATTERN", help="Only cases whose `file:line: description` contains this; * is any text."),
]
JunitFile = Annotated[Path | None, typer.Option("--junit", dir_okay=False, help="Write JUnit XML to this file.")]

SHIPPED_TESTS = Path("tests") / "policy"
TEST_TIME = "about 15 seconds"
"""How long the shipped tests take on two cores, the checks of the policy included."""


def run_cases(
    folder: Folder = None,
    *,
    policy: Rules = None,
    only: Only = None,
    junit: JunitFile = None,
    as_json: AsJson = False,
) -> None:
    """Test the policy against tables of expected access in YAML. Needs no database.

    The tests are those of FOLDER, else those in tests/policy beside the policy file. Exits with 1 if a case fails, and
    shows which rule allowed it or which condition denied it.
    """
    rules = policy_file(policy)
    tests = test_folder(folder, rules)
    with show_spinner(f"Testing {rules.name} ({TEST_TIME})"):
        files = read_folder(tests) if only is None else _selected(read_folder(tests), only)
        results = list(run(files, load_policy_under_test(rules)))
    if junit:
        write_junit(junit, zip(files, results, strict=True), _from_here(tests))
    failures = [failure for result in results for failure in result.failures]
    if as_json:
        documents = [_as_json(result) for result in results]
        print_json({"policy": str(rules), "folder": str(tests), "files": documents, "failed": len(failures)})
    else:
        _show(results, f"{rules.name}, by the tests in {_from_here(tests)}")
    raise typer.Exit(1 if failures else 0)


def _selected(files: list[TestFile], only: str) -> list[TestFile]:
    """The files with the cases that match. Raises BadParameter if none does."""
    selected = select_cases(files, only)
    if not selected:
        raise typer.BadParameter(f"No case matches {only!r}.", param_hint="--only")
    return selected


def policy_file(policy: Path | None) -> Path:
    """The policy file."""
    return policy or load().policy


def test_folder(folder: Path | None, rules: Path) -> Path:
    """The folder with the tests: `folder`, or the one that is shipped beside the policy."""
    return folder or rules.resolve().parent / SHIPPED_TESTS


def _from_here(path: Path) -> Path:
    """The path as seen from the working directory, if it is within."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def load_policy_under_test(rules: Path) -> PolicyUnderTest:
    """The policy in the file `rules`, after all checks. Raises PolicyError and OSError."""
    check_and_load(rules)
    return PolicyUnderTest(rules.read_text(encoding="utf-8"), rules.name)


def _as_json(result: FileResult) -> dict[str, object]:
    failures = [
        {
            "line": failure.case.line,
            "actor": failure.case.actor.name,
            "action": failure.case.request.action,
            "type": failure.case.request.model and failure.case.request.model.__name__,
            "thing": failure.case.name,
            "expected": "allow" if failure.case.allowed else "deny",
            "because": failure.case.because or None,
            "reasons": failure.reasons,
        }
        for failure in result.failures
    ]
    return {"file": result.file, "about": result.about, "cases": result.cases, "failures": failures}


def _show(results: list[FileResult], about: str) -> None:
    printer = console()
    printer.print(Text(about), soft_wrap=True)
    summary = table("File", "Cases", "Failed", "About")
    for result in results:
        failed = len(result.failures)
        summary.add_row(
            cell(result.file), cell(result.cases), cell(failed, "red" if failed else "green"), cell(result.about)
        )
    printer.print(summary)
    for failure in (failure for result in results for failure in result.failures):
        printer.print(Text(str(failure)), soft_wrap=True)
    failed = sum(len(result.failures) for result in results)
    cases = sum(result.cases for result in results)
    printer.print(
        f"{cases - failed:,} of {count_of(cases, 'case')} passed, {failed:,} failed.",
        style="red" if failed else "green",
    )
