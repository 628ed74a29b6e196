"""`portico policy check`."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from app.cli.output import (
    CHECK_TIME,
    AsJson,
    RulesFile,
    console,
    count_of,
    note_missing_prohibitions,
    print_json,
    show_spinner,
)
from app.cli.policy.annotations import annotations
from app.policy.file_watcher import file_state, watch_file
from app.settings import load
from authz.checks.pipeline import check as checked
from authz.language.diagnostics import Diagnostic, PolicyError, Severity
from authz.policy import prohibitions_beside, read, version_of

Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")]
Watch = Annotated[bool, typer.Option("--watch", help="Check again after each save, until Ctrl-C.")]


class Format(StrEnum):
    """The formats of the findings, besides JSON."""

    TEXT = "text"
    GITHUB = "github"


OutputFormat = Annotated[
    Format, typer.Option("--format", help="text, or github: annotations of GitHub Actions.", case_sensitive=False)
]

POLL_SECONDS = 0.3
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def check(
    file: RulesFile = None,
    *,
    strict: Strict = False,
    watch: Watch = False,
    output: OutputFormat = Format.TEXT,
    as_json: AsJson = False,
) -> None:
    """Check whether a policy loads, compiles and translates to SQL, for every actor, action and type.

    Lists every finding with its place, its reason and how to write it instead. Exits with 1 if the policy would be
    rejected. Warnings, for example about a rule that can never match, don't keep a policy from loading.
    """
    if watch and (as_json or output is not Format.TEXT):
        message = "--watch prints for people and can't be combined with --json or --format github."
        raise typer.BadParameter(message, param_hint="--watch")
    if as_json and output is not Format.TEXT:
        raise typer.BadParameter("Choose one of --json and --format github.", param_hint="--format")
    path = file or load().policy
    if watch:
        with suppress(KeyboardInterrupt):
            asyncio.run(_watch(path))
        return
    note_missing_prohibitions(path)
    version, findings = _findings(path)
    if as_json:
        print_json(_document(path, version, findings))
    elif output is Format.GITHUB:
        for annotation in annotations(path, findings):
            typer.echo(annotation)
        _show_result(console(), path, version, findings)
    else:
        _show(console(), path, version, findings)
    worst = {finding.severity for finding in findings}
    if Severity.ERROR in worst or (strict and worst):
        raise typer.Exit(1)


async def _watch(path: Path) -> None:
    printer, initial = console(), file_state(path)
    _check_and_show(printer, path)
    async for _ in watch_file(path, POLL_SECONDS, initial):
        _check_and_show(printer, path)


def _check_and_show(printer: Console, path: Path) -> None:
    """Check once, on a clear screen. Goes on if the file is missing: some editors remove it for a moment to save it."""
    try:
        version, findings = _findings(path)
    except OSError as error:
        version, findings = "", (Diagnostic(path.name, 1, 1, "", f"The file can't be read: {error.strerror}.", ""),)
    printer.clear()
    _show(printer, path, version, findings)
    printer.print("Watching. Ctrl-C stops.", style="dim")


def _findings(path: Path) -> tuple[str, tuple[Diagnostic, ...]]:
    """The version of the policy ("" if the file is not text), and all findings. Raises OSError."""
    version = ""
    try:
        text = read(path)
        version = version_of(text)
        with show_spinner(f"Checking {path.name} ({CHECK_TIME})"):
            return version, checked(text, path.name, prohibitions_beside(path))
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
    fields["idiom"] = fields.pop("suggestion")  # the public name, in JSON
    return fields


def _count(findings: Sequence[Diagnostic], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)


def _show(printer: Console, path: Path, version: str, findings: Sequence[Diagnostic]) -> None:
    for finding in findings:
        printer.print(_head(finding), soft_wrap=True)
        for part, style in ((finding.text, "bold"), (finding.reason, ""), (finding.suggestion, "green")):
            if part:
                printer.print(Text(f"    {part}", style), soft_wrap=True)
    _show_result(printer, path, version, findings)


def _show_result(printer: Console, path: Path, version: str, findings: Sequence[Diagnostic]) -> None:
    errors, warnings = (_count(findings, severity) for severity in (Severity.ERROR, Severity.WARNING))
    if errors:
        printer.print(f"{path.name} is rejected: {count_of(errors, 'error')}.", style="red")
    else:
        result = f", with {count_of(warnings, 'warning')}" if warnings else " without warnings"
        printer.print(f"{path.name} loads as version {version}{result}.", style="yellow" if warnings else "green")


def _head(finding: Diagnostic) -> Text:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return Text.assemble(place, " ", (finding.severity.value, COLOURS[finding.severity]))
