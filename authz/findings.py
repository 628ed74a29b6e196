"""What is wrong with a policy: each finding says where, what, why, and how to write it instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that keeps a policy from being loaded. `line` and `column` count from 1; 0 where none is known."""

    file: str
    line: int
    column: int
    text: str
    reason: str
    idiom: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        shown = f"`{self.text}`: " if self.text else ""
        return f"{place}: {shown}{self.reason}" + (f" {self.idiom}" if self.idiom else "")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`findings` in the order of the file."""
    return tuple(sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column)))


class PolicyError(Exception):
    """The policy was not loaded. `findings` has at least one entry, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__("\n".join(map(str, self.findings)))
