"""What one operation does, step by step, for whoever traces it (`app/spans.py`).

    start = timeline.now()
    …
    timeline.add("database", start, sql)

They do nothing, in less than a tenth of a microsecond, unless the operation is traced.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

SHORTEST_WAIT: Final = 100_000
"""The shortest wait that counts as a step, in nanoseconds: a wait for a free place takes a few thousand."""

MOST_STEPS: Final = 500
"""How many steps of an operation are kept: those after them are left out."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step from `start` to `end`, in nanoseconds since 1970. `detail` is the SQL of a statement, without values."""

    name: str
    start: int
    end: int
    detail: str = ""


_CURRENT: ContextVar[list[RecordedStep] | None] = ContextVar("portico.timeline", default=None)


@contextmanager
def recorded() -> Iterator[list[RecordedStep]]:
    """A block whose steps are recorded, those of the tasks that it starts included."""
    steps: list[RecordedStep] = []
    token = _CURRENT.set(steps)
    try:
        yield steps
    finally:
        _CURRENT.reset(token)


def now() -> int:
    """Returns the start of a step, or 0 if nothing is recorded."""
    return time.time_ns() if _CURRENT.get() is not None else 0


def add(name: str, start: int, detail: str = "") -> None:
    """Records a step that began at `start`, as `now` has returned it, and ends now."""
    steps = _CURRENT.get()
    if start and steps is not None and len(steps) < MOST_STEPS:
        steps.append(RecordedStep(name, start, time.time_ns(), detail))


def add_wait(name: str, start: int) -> None:
    """Records a wait that began at `start` as a step, unless it was shorter than `SHORTEST_WAIT`."""
    if start and time.time_ns() - start >= SHORTEST_WAIT:
        add(name, start)
