"""The two kinds of operations, made ready: queries and mutations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from resolvers.graph import Graph
from resolvers.selection import Request
from schema.document import Document
from schema.errors import QueryError, Rejected
from schema.execution import Fields, MutationRun, QueryRun
from schema.fields import Asked, Collector
from schema.graph import binding_of
from schema.limits import Limits
from schema.selection import TYPENAME, Builder

INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Preparation:
    """One operation of a valid document, and what making it ready takes."""

    collector: Collector
    graph: Graph
    limits: Limits
    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]

    def query(self) -> Request | QueryRun:
        """A request, or, where the query asks for more than data, the answer to that with a request for the rest."""
        root = self._root(self.collector.schema.query_type)
        introspection = [asked for asked in root if asked.name in INTROSPECTION]
        questions = [asked for asked in root if is_question(asked)]
        rest = [asked for asked in root if asked not in introspection and asked not in questions]
        payloads = self._payloads(questions)
        request = Builder(self.collector, self.graph, self.limits.nodes).query(rest)
        if not introspection and not questions:
            return request
        return QueryRun(
            self._introspected(introspection) if introspection else {},
            self._fields(self._alone(questions), None, payloads) if questions else None,
            request if rest else None,
            tuple(asked.key for asked in root),
        )

    def mutation(self) -> MutationRun:
        """The mutations, with the reads of their payloads.

        Raises Rejected: what is wrong with a payload's fields must be known before anything is changed.
        """
        fields = [asked for asked in self._root(self.collector.schema.mutation_type) if asked.name != TYPENAME]
        name = self.operation.name.value if self.operation.name else None
        return MutationRun(self._fields(self.document.tree, name, self._payloads(fields)))

    def _payloads(self, fields: Iterable[Asked]) -> dict[str, Request]:
        payloads: dict[str, Request] = {}
        problems: list[QueryError] = []
        for asked in fields:
            try:
                payloads[asked.key] = self._payload(asked)
            except Rejected as rejected:
                problems += rejected.problems
        if problems:
            raise Rejected(problems)
        return payloads

    def _fields(self, tree: DocumentNode, name: str | None, payloads: Mapping[str, Request]) -> Fields:
        return Fields(self.collector.schema, tree, name, self.variables, payloads)

    def _root(self, type_: GraphQLObjectType | None) -> list[Asked]:
        assert type_ is not None, "validation knows the kinds of operations"
        return self.collector.fields(type_, [self.operation.selection_set])

    def _payload(self, asked: Asked) -> Request:
        builder = Builder(self.collector, self.graph, self.limits.nodes, reserved=3)
        builder.arguments(asked, (asked.key,))
        return builder.payload(self.collector.fields(asked.object_type, asked.selection_sets), (asked.key,))

    def _introspected(self, fields: Sequence[Asked]) -> dict[str, Any]:
        """The answer to the introspection fields alone, by Strawberry's executor."""
        result = execute_sync(self.collector.schema, self._alone(fields), variable_values=dict(self.variables))
        assert result.data is not None, "introspection reads nothing that could fail"
        return result.data

    def _alone(self, fields: Sequence[Asked]) -> DocumentNode:
        """The operation with these fields of its root alone."""
        nodes: list[FieldNode] = [node for asked in fields for node in asked.nodes]
        operation = OperationDefinitionNode(
            operation=self.operation.operation,
            variable_definitions=self.operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        return DocumentNode(definitions=(operation, *self.document.fragments.values()))


def is_question(asked: Asked) -> bool:
    """Whether a field of the query root is answered by a function: it declares nothing that the planner could read."""
    return asked.definition is not None and asked.name not in INTROSPECTION and binding_of(asked.definition) is None
