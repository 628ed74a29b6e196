"""Counts the errors that mutations return in their payloads, by code, for monitoring.

A mutation that was rejected is a successful operation of GraphQL, so only its payload has the errors.
"""

from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar

from resolvers.errors import Problem

_CURRENT: ContextVar[Counter[str] | None] = ContextVar("portico.mutation_errors", default=None)


def count_into(counts: Counter[str]) -> None:
    """From now on, `count` adds to `counts` in this task and in tasks that it starts."""
    _CURRENT.set(counts)


def count(problems: Iterable[Problem]) -> None:
    """Counts problems that a payload returns, if `count_into` was called."""
    counts = _CURRENT.get()
    if counts is not None:
        counts.update(problem.code.value for problem in problems)
