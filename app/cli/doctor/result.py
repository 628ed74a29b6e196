"""The result of a check: its state, what was found, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """FAIL: Portico doesn't work, or isn't safe. WARN: it works, and something is probably not as intended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of `portico doctor`. `remedy` says what to do, unless the state is OK."""

    check: str
    state: CheckState
    message: str
    remedy: str | None = None


def ok(check: str, message: str) -> CheckResult:
    """A check that found nothing wrong."""
    return CheckResult(check, CheckState.OK, message)


def warn(check: str, message: str, remedy: str) -> CheckResult:
    """A check that found something that is probably not intended."""
    return CheckResult(check, CheckState.WARN, message, remedy)


def fail(check: str, message: str, remedy: str) -> CheckResult:
    """A check that found something that must be put right."""
    return CheckResult(check, CheckState.FAIL, message, remedy)


def or_ok(check: str, problems: Iterable[CheckResult | None], message: str) -> list[CheckResult]:
    """The problems that there are, or that the check is OK with this message."""
    return [problem for problem in problems if problem is not None] or [ok(check, message)]
