"""Tells the parent of a check process which rules it is working on, so that a check that takes too long can name them.

Each step is a line on standard error. A process that is ended by its limit can't say anything any more, so the steps
are written as they begin.
"""

import re
import sys
from dataclasses import dataclass
from typing import Final

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
        sys.stderr.write(f'{_MARK}allow({kind}, "{action}", {type_})\n')


def last_step(output: str) -> str:
    """Returns the rule head, as `work_on` writes it, that the process worked on last; "" if it wrote none."""
    steps = [line.removeprefix(_MARK) for line in output.splitlines() if line.startswith(_MARK)]
    return steps[-1] if steps else ""


def line_of(step: str, text: str) -> int:
    """Returns the line of the first rule in the source `text` with this head, or 1."""
    matched = re.fullmatch(r'allow\((\w+), "(\w+)", (\w+)\)', step)
    if matched is None:
        return 1
    kind, action, type_ = matched.groups()
    head = re.search(rf'^allow\(\s*\w+:\s*{kind}\b[^"]*"{action}"\s*,\s*\w+:\s*{type_}\b', text, re.MULTILINE)
    return 1 if head is None else text.count("\n", 0, head.start()) + 1
