"""The findings about a policy in an editor: the linter's at once, those of all checks after a save."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Thread

from authz.checks.pipeline import check
from authz.language.diagnostics import Diagnostic, PolicyError
from authz.lint.linter import LintResult, lint
from authz.policy import prohibitions_beside

LONGEST = 500_000
"""The greatest length, in characters, of a policy that is checked while it is edited."""

TOO_LONG = Diagnostic("", 1, 1, "", f"This file is longer than {LONGEST:,} characters, so it is not checked.", "")


@lru_cache(4)
def linted(text: str, file: str) -> LintResult:
    """The result of the linter: it takes a tenth of a second for the shipped policy."""
    return lint(text, file)


def quick_findings(text: str, file: str) -> tuple[Diagnostic, ...]:
    """What the linter finds."""
    return linted(text, file).diagnostics if len(text) <= LONGEST else (TOO_LONG,)


def check_in_background(text: str, path: Path, done: Callable[[tuple[Diagnostic, ...]], None]) -> None:
    """Run all checks on the text of the file `path`, in a process of their own for seconds, and call `done` with the
    findings in a thread.

    The thread doesn't keep this process alive.
    """

    def run() -> None:
        try:
            findings = check(text, path.name, prohibitions_beside(path))
        except PolicyError as error:
            findings = error.diagnostics
        except OSError as error:
            findings = (Diagnostic(path.name, 1, 1, "", f"The checks can't be run: {error.strerror}.", ""),)
        done(findings)

    Thread(target=run, name="policy check", daemon=True).start()
