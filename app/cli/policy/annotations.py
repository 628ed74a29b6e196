"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from authz.language.diagnostics import Diagnostic


def annotations(path: Path, findings: Iterable[Diagnostic]) -> Iterator[str]:
    """Yields one command for each finding in the file at `path`, which is named as seen from the working directory."""
    for finding in findings:
        properties = {
            "file": _from_here(path),
            "line": finding.line or 1,
            "col": finding.column or 1,
            "title": finding.text or "Policy",
        }
        listed = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in properties.items())
        message = f"{finding.reason} {finding.suggestion}".rstrip()
        yield f"::{finding.severity.value} {listed}::{_escaped(message)}"


def _from_here(path: Path) -> str:
    here, path = Path.cwd(), path.resolve()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
