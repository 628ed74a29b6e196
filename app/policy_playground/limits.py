"""The limits of the processes that try out edits of the policy, and what they say when one of them is reached."""

import os
import resource
import signal
from typing import Final

from authz.language.diagnostics import Diagnostic

LINT_SECONDS, COMPARE_SECONDS = 5.0, 60.0
"""The processor time of one check, and of one comparison."""

TIMES_AS_LONG = 3
"""How many times as long both may take on a busy machine."""

LIVE_SECONDS = 60.0
"""How long the comparison on today's data may take. It waits for the database, which is no processor time here."""

_MEMORY: Final = 3 << 30
_NICE: Final = 10

MAX_FINDINGS, MAX_TEXT = 200, 400
"""The maximum number of findings that are returned, and the length of each text in them."""


def limit_this_process(seconds: float | None) -> None:
    """Limits the memory of this process and, unless it is None, the processor time, at which it dies. Requests of the
    server go first."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))


def limit_next_work(seconds: float) -> None:
    """Lets this process die after so much processor time from now; 0 for no limit."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def without_answer(file: str, what: str, seconds: float) -> Diagnostic:
    """The finding about a source for which a process has died, or took too long."""
    reason = f"{what} needed more than {seconds:g} seconds of processor time, or more memory than it may have."
    return Diagnostic(file, 1, 1, "", reason, "Undo the last edit and make it in smaller steps.")


def shortened(findings: "tuple[Diagnostic, ...] | list[Diagnostic]") -> tuple[Diagnostic, ...]:
    """The first of the findings, without the ends of long texts."""
    return tuple(
        Diagnostic(
            finding.file,
            finding.line,
            finding.column,
            finding.text[:MAX_TEXT],
            finding.reason[:MAX_TEXT],
            finding.suggestion[:MAX_TEXT],
            finding.severity,
        )
        for finding in findings[:MAX_FINDINGS]
    )
