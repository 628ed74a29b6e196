"""Tells the parent of a check process which rules it is working on, so that a check that takes too long can name them.

Each step is a line on standard error. A process that is ended by its limit can't say anything any more, so the steps
are written as they begin.
"""

import sys
from dataclasses import dataclass
from typing import Final

from authz.language.parser import parse
from authz.lint.linter import entry_of

_MARK: Final = "working on "


@dataclass(slots=True)
class _Progress:
    written: bool = False


_PROGRESS: Final = _Progress()


def write_progress() -> None:
    """Writes the steps of this process from now on."""
    _PROGRESS.written = True


def work_on(kind: str, action: str, type_: str) -> None:
    """Says that the rules for an action on a type are compiled or evaluated next, for actors of a kind."""
    if _PROGRESS.written:
        sys.stderr.write(f"{_MARK}{_head(kind, action, type_)}\n")


def last_step(output: str) -> str:
    """Returns the rule head, as `work_on` writes it, that the process worked on last; "" if it wrote none."""
    steps = [line.removeprefix(_MARK) for line in output.splitlines() if line.startswith(_MARK)]
    return steps[-1] if steps else ""


def line_of(step: str, text: str) -> int:
    """Returns the line of the first rule in the source `text` with this head, or 1. The source must have passed the
    linter, unless `step` is empty."""
    if not step:
        return 1
    rules, _ = parse(text, "")
    lines = (rule.span.line for rule in rules if rule.name == "allow" and _head(*entry_of(rule)) == step)
    return next(lines, 1)


def _head(kind: str, action: str, type_: str) -> str:
    return f'allow({kind}, "{action}", {type_})'
