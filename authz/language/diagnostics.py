"""Diagnostics about a policy: each has a position, the text, the reason, and a suggested fix."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How severe a diagnostic is: an error prevents the policy from being loaded, a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error or warning about a policy. `line` and `column` count from 1; 0 means unknown."""

    file: str
    line: int
    column: int
    text: str
    reason: str
    suggestion: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        quoted = f"`{self.text}`: " if self.text else ""
        return f"{position}: {quoted}{self.reason}" + (f" {self.suggestion}" if self.suggestion else "")


def in_file_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts `diagnostics` by file, line and column."""
    return tuple(sorted(diagnostics, key=lambda item: (item.file, item.line, item.column)))


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Returns `diagnostics` as a JSON list of objects."""
    return json.dumps([asdict(item) for item in diagnostics])


def from_json(text: str) -> tuple[Diagnostic, ...]:
    """Parses the output of `as_json`. Raises ValueError or TypeError for any other text."""
    return tuple(Diagnostic(**{**item, "severity": Severity(item["severity"])}) for item in json.loads(text))


class PolicyError(Exception):
    """The policy was not loaded. `diagnostics` holds at least one error, in the order of the file."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = in_file_order(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))
