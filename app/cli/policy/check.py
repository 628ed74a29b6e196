"""`portico policy check`."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from app.cli.policy.output import AsJson, RulesFile, console, print_json, working
from app.policy.file_watcher import changes, file_state
from app.settings import load
from authz.checks.pipeline import check as checked
from authz.language.diagnostics import Diagnostic, PolicyError, Severity
from authz.policy import read, version_of

Strict = Annotated[bool, typer.Option("--strict", help="End with 1 for warnings, too.")]
Watch = Annotated[bool, typer.Option("--watch", help="Check again whenever the file changes, until Ctrl-C.")]

LOOK_SECONDS = 0.3
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def check(file: RulesFile = None, strict: Strict = False, watch: Watch = False, as_json: AsJson = False) -> None:
    """Check a policy: whether it loads, compiles and translates, for every actor, action and type.

    All that is found is told with its place and with the way to write it. Ends with 1 where the policy would be
    refused. Warnings, such as one of a rule that can never match, keep nothing from loading.
    """
    if watch and as_json:
        raise typer.BadParameter("It is for people to look at, and --json is not.", param_hint="--watch")
    path = file or load().policy
    if watch:
        with suppress(KeyboardInterrupt):
            asyncio.run(_watched(path))
        return
    version, findings = _findings(path)
    if as_json:
        print_json(_document(path, version, findings))
    else:
        _show(console(), path, version, findings)
    worst = {finding.severity for finding in findings}
    if Severity.ERROR in worst or (strict and worst):
        raise typer.Exit(1)


async def _watched(path: Path) -> None:
    printer, known = console(), file_state(path)
    _again(printer, path)
    async for _ in changes(path, LOOK_SECONDS, known):
        _again(printer, path)


def _again(printer: Console, path: Path) -> None:
    """Check once, on a clear screen. A file that is away for a moment, as some editors save, is no reason to end."""
    try:
        version, findings = _findings(path)
    except OSError as error:
        version, findings = "", (Diagnostic(path.name, 1, 1, "", f"The file can't be read: {error.strerror}.", ""),)
    printer.clear()
    _show(printer, path, version, findings)
    printer.print("Watching. Ctrl-C ends it.", style="dim")


def _findings(path: Path) -> tuple[str, tuple[Diagnostic, ...]]:
    """The version of the policy, "" for one that is no text, and all that is found in it. Raises OSError."""
    version = ""
    try:
        text = read(path)
        version = version_of(text)
        with working(f"Checking {path.name}"):
            return version, checked(text, path.name)
    except PolicyError as error:
        return version, error.diagnostics


def _document(path: Path, version: str, findings: Sequence[Diagnostic]) -> dict[str, object]:
    return {
        "file": str(path),
        "version": version,
        "loads": not _count(findings, Severity.ERROR),
        "errors": _count(findings, Severity.ERROR),
        "warnings": _count(findings, Severity.WARNING),
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Diagnostic) -> dict[str, object]:
    fields = asdict(finding)
    fields["idiom"] = fields.pop("suggestion")  # its name in the document, which is public
    return fields


def _count(findings: Sequence[Diagnostic], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)


def _show(printer: Console, path: Path, version: str, findings: Sequence[Diagnostic]) -> None:
    for finding in findings:
        printer.print(_head(finding), soft_wrap=True)
        for part, style in ((finding.text, "bold"), (finding.reason, ""), (finding.suggestion, "green")):
            if part:
                printer.print(Text(f"    {part}", style), soft_wrap=True)
    errors, warnings = (_count(findings, severity) for severity in (Severity.ERROR, Severity.WARNING))
    if errors:
        printer.print(f"{path.name} is refused: {_so_many(errors, 'error')}.", style="red")
    else:
        found = f", with {_so_many(warnings, 'warning')}" if warnings else ": nothing was found"
        printer.print(f"{path.name} loads as version {version}{found}.", style="yellow" if warnings else "green")


def _head(finding: Diagnostic) -> Text:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return Text.assemble(place, " ", (finding.severity.value, COLOURS[finding.severity]))


def _so_many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
