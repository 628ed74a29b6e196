"""The queries of the hostile callers are new each time, valid, and within the limits."""

from benchmarks.shape_callers import new_shape
from resolvers.query.selection import Request
from schema.execution.query_limits import Limits
from schema.operations import Operations


def test_each_query_is_new_and_accepted() -> None:
    operations = Operations(Limits())
    first, second = (operations.prepare(new_shape(), None, {}) for _ in range(2))
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert first.selection != second.selection
