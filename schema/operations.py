"""What becomes of the text of an operation: a request that the planner reads, or an execution by Strawberry."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import OperationType

from resolvers.lru_cache import LRUCache
from resolvers.query.registry import Registry
from resolvers.query.selection import Request
from schema.execution.collect_fields import Collector
from schema.execution.document import Document, Documents
from schema.execution.errors import QueryCode, QueryError, QueryRejected
from schema.execution.execution import Execution
from schema.execution.operation_plan import OperationPlanner
from schema.execution.query_limits import Limits
from schema.execution.redact_names import NameRedactor
from schema.execution.variables import coerced_variables
from schema.schema import graphql_schema, registry

REQUEST_CACHE_ENTRIES, REQUEST_CACHE_CHARACTERS, LARGEST_CACHED_VARIABLES = 2_000, 8_000_000, 2_000
"""How many requests are kept, how many characters their documents and variables have together, and how many those of
one request may have to be kept at all."""


class Operations:
    """Prepares operations against the contract, and keeps what it found. Make one for each process.

    Without `suggestions`, no error holds a name of the schema that the client did not send.
    """

    def __init__(self, limits: Limits | None = None, *, suggestions: bool = True) -> None:
        self.schema = graphql_schema()
        self.registry: Registry = registry()
        self._limits = limits or Limits()
        self._suggestions = suggestions
        self._discretion = None if suggestions else NameRedactor(self.schema)
        self._documents = Documents(self.schema, self._limits, suggestions=suggestions)
        self._prepared: LRUCache[tuple[str, str | None, str], Request] = LRUCache(
            REQUEST_CACHE_ENTRIES, REQUEST_CACHE_CHARACTERS
        )

    @property
    def ceiling(self) -> int:
        """The most that an operation may cost, in nodes."""
        return self._limits.cost

    def prepare(self, text: str, name: str | None, variables: Mapping[str, Any]) -> Request | Execution:
        """What to do for the operation `name` of a document (None: its only one) with these variables, which are JSON
        as it was received.

        A query of data becomes a Request, which needs the database and nothing else; a mutation, or a query with
        introspection in it, an Execution. Raises Rejected with all that is wrong, before anything is read or changed.
        """
        key = (text, name, _text_of(variables))
        kept = self._prepared.get(key)
        if kept is not None:
            return kept
        try:
            prepared = self._prepare(self._documents.get(text), name, variables)
        except QueryRejected as rejected:
            if self._discretion is None:
                raise
            raise self._discretion.redact(rejected, text, variables) from None
        # Mutations are not kept: their variables hold passwords. Nor is introspection: its answer is far larger than
        # its text.
        if isinstance(prepared, Request) and len(key[2]) <= LARGEST_CACHED_VARIABLES:
            self._prepared.put(key, prepared, len(text) + len(key[2]))
        return prepared

    def _prepare(self, document: Document, name: str | None, variables: Mapping[str, Any]) -> Request | Execution:
        operation = document.operation(name)
        values = coerced_variables(self.schema, operation, variables, suggestions=self._suggestions)
        collector = Collector(self.schema, document.fragments, values)
        preparation = OperationPlanner(collector, self.registry, self._limits, document, operation, variables)
        return preparation.mutation() if operation.operation is OperationType.MUTATION else preparation.query()


def _text_of(variables: Mapping[str, Any]) -> str:
    # Not sorted: the same variables in another order are prepared once more, and that is all.
    try:
        return json.dumps(variables) if variables else ""
    except RecursionError:
        problem = QueryError(QueryCode.TOO_DEEP, "The variables are nested too deep.", "variables")
        raise QueryRejected([problem]) from None
