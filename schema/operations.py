"""Prepares operations: parses, validates and plans them into a planner request or a Strawberry execution."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, OperationType

from resolvers.deep_size import deep_size
from resolvers.lru_cache import LRUCache
from resolvers.query.registry import Registry
from resolvers.query.selection import Request
from schema.execution.collect_fields import Collector
from schema.execution.document import Document, Documents, null_error
from schema.execution.errors import QueryCode, QueryError, QueryRejected
from schema.execution.execution import Execution, QueryRun
from schema.execution.input_validation import InputValidator
from schema.execution.operation_plan import OperationPlanner
from schema.execution.query_limits import Limits
from schema.execution.redact_names import NameRedactor
from schema.execution.variables import coerced_variables
from schema.schema import graphql_schema, registry

REQUEST_CACHE_ENTRIES, REQUEST_CACHE_BYTES, LARGEST_CACHED_VARIABLES = 2_000, 32_000_000, 2_000
"""The maximum number of cached requests, of the bytes of memory that they hold together, and of the characters of the
variables of a cached request."""

TREE_BYTES = 250
"""What the tree of a document takes at most for each character."""


class Operations:
    """Prepares operations of the schema and caches the results. Create one per process.

    Without `suggestions`, errors contain no name of the schema that the client did not send.
    """

    def __init__(self, limits: Limits | None = None, *, suggestions: bool = True) -> None:
        self.schema = graphql_schema()
        self.registry: Registry = registry()
        self._limits = limits or Limits()
        self._suggestions = suggestions
        self._redactor = None if suggestions else NameRedactor(self.schema)
        self._documents = Documents(self.schema, self._limits, suggestions=suggestions)
        self._cache: LRUCache[tuple[str, str | None, str], Request | QueryRun] = LRUCache(
            REQUEST_CACHE_ENTRIES, REQUEST_CACHE_BYTES
        )

    @property
    def ceiling(self) -> int:
        """The maximum cost of an operation, in nodes."""
        return self._limits.cost

    def knows(self, text: str) -> bool:
        """Whether the document of a text is cached, so that it needn't be parsed and validated."""
        return self._documents.has(text)

    def prepare(self, text: str, name: str | None, variables: Mapping[str, Any]) -> Request | Execution:
        """Prepares the operation `name` of a document (None: its only operation) with these variables, which are
        decoded JSON.

        Returns a Request for a query that the database alone can answer, and an Execution for a mutation or a query
        with introspection or resolver functions. Raises QueryRejected with all errors, before anything is read or
        changed. Any thread may call it.
        """
        key = (text, name, _text_of(variables))
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        try:
            prepared = self._prepare(self._documents.get(text), name, variables)
        except QueryRejected as rejected:
            if self._redactor is None:
                raise
            raise self._redactor.redact(rejected, text, variables) from None
        # Mutations are not cached, because their variables contain passwords. Introspection isn't either, because its
        # result is far larger than its text.
        if len(key[2]) <= LARGEST_CACHED_VARIABLES:
            if isinstance(prepared, Request):
                self._cache.put(key, prepared, deep_size(key) + prepared.size)
            elif isinstance(prepared, QueryRun) and prepared.is_kept:
                # It keeps the document's tree, too.
                self._cache.put(key, prepared, deep_size(key) + prepared.size + len(text) * TREE_BYTES)
        return prepared

    def _prepare(self, document: Document, name: str | None, variables: Mapping[str, Any]) -> Request | Execution:
        operation = document.operation(name)
        values = coerced_variables(
            self.schema, operation, variables, most_values=self._limits.values, suggestions=self._suggestions
        )
        collector = Collector(self.schema, document.fragments, values)
        planner = OperationPlanner(
            collector, self.registry, self._limits, document, operation, variables, InputValidator()
        )
        try:
            return planner.mutation() if operation.operation is OperationType.MUTATION else planner.query()
        except GraphQLError as error:
            raise QueryRejected([null_error(error, document.tree)]) from None


def _text_of(variables: Mapping[str, Any]) -> str:
    # Not sorted: the same variables in another order merely miss the cache.
    try:
        return json.dumps(variables) if variables else ""
    except RecursionError:
        problem = QueryError(QueryCode.TOO_DEEP, "The variables are nested too deeply.", "variables")
        raise QueryRejected([problem]) from None
