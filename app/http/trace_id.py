"""The trace that a request belongs to, if there is one: the log lines of the request carry its id.

An id is 32 hex digits (W3C Trace Context). `app/spans.py` decides which requests have one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import Scope

NONE = ""
_KEY = "portico.trace_id"
_CURRENT: ContextVar[str] = ContextVar("trace_id", default=NONE)


def current() -> str:
    """Returns the id of the trace that the current request belongs to, or NONE."""
    return _CURRENT.get()


def of(scope: Scope) -> str:
    """Returns the id of the trace that the request of `scope` belongs to, also after its end, or NONE."""
    trace_id: str = scope.get(_KEY, NONE)
    return trace_id


@contextmanager
def within(scope: Scope, trace_id: str) -> Iterator[None]:
    """A block that handles the request of `scope`, which belongs to this trace."""
    scope[_KEY] = trace_id
    token = _CURRENT.set(trace_id)
    try:
        yield
    finally:
        _CURRENT.reset(token)
