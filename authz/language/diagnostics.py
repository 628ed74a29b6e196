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
class Finding:
    """One thing that is wrong with a policy. `line` and `column` count from 1; 0 where none is known."""

    file: str
    line: int
    column: int
    text: str
    reason: str
    idiom: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        shown = f"`{self.text}`: " if self.text else ""
        return f"{place}: {shown}{self.reason}" + (f" {self.idiom}" if self.idiom else "")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`findings` in the order of the file."""
    return tuple(sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column)))


def as_json(findings: Iterable[Finding]) -> str:
    """`findings` as a JSON list of objects."""
    return json.dumps([asdict(finding) for finding in findings])


def from_json(text: str) -> tuple[Finding, ...]:
    """The findings that `as_json` wrote. Raises ValueError or TypeError for another text."""
    return tuple(Finding(**{**each, "severity": Severity(each["severity"])}) for each in json.loads(text))


class PolicyError(Exception):
    """The policy was not loaded. `findings` are errors, at least one, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__("\n".join(map(str, self.findings)))
