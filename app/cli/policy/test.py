"""`portico policy test`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from app.cli.policy.options import Rules
from app.cli.policy.output import AsJson, cell, console, print_json, table, working
from app.policy.testing.runner import FileResult, PolicyUnderTest, run
from app.policy.testing.test_files import read_folder
from app.settings import load
from authz.policy import load as load_policy

Folder = Annotated[
    Path | None, typer.Argument(exists=True, file_okay=False, help="The folder with the tests; else tests/policy.")
]

SHIPPED = Path("tests") / "policy"


def run_cases(folder: Folder = None, policy: Rules = None, as_json: AsJson = False) -> None:
    """Check who may do what, as tables in YAML say it, against the rules. It needs no database.

    Ends with 1 where a case fails, and says which rule allowed it or which condition denied it.
    """
    rules = rules_of(policy)
    with working("Testing the policy"):
        results = list(run(read_folder(folder_of(folder, rules)), examined_of(rules)))
    failures = [failure for result in results for failure in result.failures]
    if as_json:
        print_json({"files": [_as_json(result) for result in results], "failed": len(failures)})
    else:
        _show(results)
    raise typer.Exit(1 if failures else 0)


def rules_of(policy: Path | None) -> Path:
    """The file with the rules."""
    return policy or load().policy


def folder_of(folder: Path | None, rules: Path) -> Path:
    """The folder with the tests: the one that is asked for, or the one that is shipped beside the rules."""
    return folder or rules.resolve().parent / SHIPPED


def examined_of(rules: Path) -> PolicyUnderTest:
    """The policy in the file `rules`, after all checks. Raises PolicyError and OSError."""
    load_policy(rules)
    return PolicyUnderTest(rules.read_text(encoding="utf-8"), rules.name)


def _as_json(result: FileResult) -> dict[str, object]:
    failures = [
        {
            "line": failure.case.line,
            "actor": failure.case.person.name,
            "action": failure.case.asked.action,
            "type": failure.case.asked.model and failure.case.asked.model.__name__,
            "thing": failure.case.name,
            "expected": "allow" if failure.case.allowed else "deny",
            "because": failure.case.because or None,
            "reasons": failure.reasons,
        }
        for failure in result.failures
    ]
    return {"file": result.file, "about": result.about, "cases": result.cases, "failures": failures}


def _show(results: list[FileResult]) -> None:
    printer = console()
    shown = table("File", "Cases", "Failed", "About")
    for result in results:
        failed = len(result.failures)
        shown.add_row(
            cell(result.file), cell(result.cases), cell(failed, "red" if failed else "green"), cell(result.about)
        )
    printer.print(shown)
    for failure in (failure for result in results for failure in result.failures):
        printer.print(Text(str(failure)), soft_wrap=True)
    failed = sum(len(result.failures) for result in results)
    cases = sum(result.cases for result in results)
    printer.print(f"{cases - failed} of {cases} cases as written, {failed} not.", style="red" if failed else "green")
