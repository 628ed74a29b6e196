"""Counts GraphQL operations for monitoring: by kind and outcome, with their time, time in the database and cost.

Counting takes every request about a microsecond, so it is done in plain numbers here, and turned into the text that
Prometheus reads only when that is requested (`app/monitoring/`).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from resolvers.distribution import Distribution

QUERY, MUTATION, UNKNOWN = "query", "mutation", "unknown"
"""The kinds of operations. UNKNOWN: the request ended before it was known what it asks for."""

OK, CLIENT_GONE = "OK", "CLIENT_GONE"
"""The outcomes of operations without an error. All others are the code of the first error."""

KINDS: Final = (QUERY, MUTATION, UNKNOWN)
_MEASURED: Final = "portico.measured"


@dataclass(slots=True)
class MeasuredOperation:
    """One operation, while it runs. `database_seconds` are those of its reads and access queries, and `nodes` what it
    was charged."""

    kind: str = UNKNOWN
    outcome: str = CLIENT_GONE
    database_seconds: float = 0.0
    nodes: int = 0


class OperationMetrics:
    """The operations of this process since its start, by kind, and the errors in payloads of mutations, by code."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.seconds = {kind: Distribution() for kind in KINDS}
        self.database_seconds = {kind: Distribution() for kind in KINDS}
        self.nodes: Counter[str] = Counter()
        self.mutation_errors: Counter[str] = Counter()

    def record(self, operation: MeasuredOperation, seconds: float) -> None:
        """Counts an operation that has ended after so many seconds."""
        kind = operation.kind
        self.outcomes[kind, operation.outcome] += 1
        self.seconds[kind].observe(seconds)
        self.database_seconds[kind].observe(operation.database_seconds)
        self.nodes[kind] += operation.nodes


def begin_measuring(scope: Scope) -> MeasuredOperation:
    """Returns what is measured of the operation in the request of `scope`."""
    measured = scope[_MEASURED] = MeasuredOperation()
    return measured


def measured_of(scope: Scope) -> MeasuredOperation:
    """Returns what is measured of the operation in the request of `scope`, which `begin_measuring` has put there."""
    measured: MeasuredOperation = scope[_MEASURED]
    return measured
