"""How long an operation keeps the database busy, and what that costs where it is far above the price of its objects.

    measured = start_measuring()          # for the rest of this task, and the tasks that it starts
    …                                     # reads and access queries call `record`
    nodes += surcharge(measured.seconds, nodes)

The statements of mutations are not measured: they may wait for a lock that another holds.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

FREE_SECONDS, FREE_SECONDS_PER_NODE = 0.1, 0.0001
"""The time in the database that an operation may take without a surcharge, and the time that each of its nodes adds:
ten to thirty times what a node usually takes."""

STEP_SECONDS, NODES_PER_STEP = 0.01, 10
"""Each full step beyond the free time costs so many nodes: a second as much as a bucket regains in a second by default,
so slow statements of one caller keep about one connection busy."""

clock: Callable[[], float] = time.perf_counter
"""Returns seconds from an arbitrary start."""


@dataclass(slots=True)
class DatabaseTime:
    """The seconds that the statements of one operation have taken so far, without the wait for a connection."""

    seconds: float = 0.0


_CURRENT: ContextVar[DatabaseTime | None] = ContextVar("portico.database_time", default=None)


def start_measuring() -> DatabaseTime:
    """Returns the sum of what is recorded from now on in this task, and in tasks and threads that it starts."""
    measured = DatabaseTime()
    _CURRENT.set(measured)
    return measured


def recorded() -> float:
    """Returns the seconds that are recorded so far for the operation that this task runs; 0 if it is not measured."""
    measured = _CURRENT.get()
    return 0.0 if measured is None else measured.seconds


def record(seconds: float) -> None:
    """Adds the time of a statement to the operation that runs it, if it is measured."""
    measured = _CURRENT.get()
    if measured is not None:
        measured.seconds += seconds


@contextmanager
def uncounted() -> Iterator[None]:
    """A block whose time is taken out of a statement's, or of what is measured as one: a wait for others."""
    start = clock()
    try:
        yield
    finally:
        record(start - clock())


def surcharge(seconds: float, nodes: int) -> int:
    """Returns the nodes that an operation of `nodes` pays for its time in the database."""
    beyond = seconds - FREE_SECONDS - FREE_SECONDS_PER_NODE * nodes
    return max(int(beyond / STEP_SECONDS), 0) * NODES_PER_STEP
