"""What is wrong with a policy: each finding says where, what, why, and how to write it instead."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does: an error keeps the policy from being loaded, a warning is shown to its author."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong with a policy. `line` and `column` count from 1; 0 where none is known."""

    file: str
    line: int
    column: int
    text: str
    reason: str
    suggestion: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        shown = f"`{self.text}`: " if self.text else ""
        return f"{place}: {shown}{self.reason}" + (f" {self.suggestion}" if self.suggestion else "")


def in_file_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """`findings` in the order of the file."""
    return tuple(sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column)))


def as_json(findings: Iterable[Diagnostic]) -> str:
    """`findings` as a JSON list of objects."""
    return json.dumps([asdict(finding) for finding in findings])


def from_json(text: str) -> tuple[Diagnostic, ...]:
    """The findings that `as_json` wrote. Raises ValueError or TypeError for another text."""
    return tuple(Diagnostic(**{**each, "severity": Severity(each["severity"])}) for each in json.loads(text))


class PolicyError(Exception):
    """The policy was not loaded. `findings` are errors, at least one, in the order of the file."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = in_file_order(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))
