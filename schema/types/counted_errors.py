"""Counts the errors that mutations return in their payloads, by code, for monitoring.

A mutation that was refused is a successful operation of GraphQL, so only its payload tells.
"""

from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar

from resolvers.errors import Problem

_CURRENT: ContextVar[Counter[str] | None] = ContextVar("portico.mutation_errors", default=None)


def count_into(counts: Counter[str]) -> None:
    """Counts into `counts` from now on what this task, and tasks that it starts, `count`."""
    _CURRENT.set(counts)


def count(problems: Iterable[Problem]) -> None:
    """Counts problems that a payload returns, if that is wanted."""
    counts = _CURRENT.get()
    if counts is not None:
        counts.update(problem.code.value for problem in problems)
