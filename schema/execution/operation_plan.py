"""The two kinds of operations, made ready: queries and mutations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
)

from resolvers.query.registry import Registry
from resolvers.query.selection import Request
from schema.declare.registry import binding_of
from schema.execution import cost
from schema.execution.build_selection import TYPENAME, Builder
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.document import Document
from schema.execution.errors import QueryError, QueryRejected
from schema.execution.execution import Fields, MutationRun, QueryRun
from schema.execution.query_limits import Limits

INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Call:
    """A field that a function answers: the read of what it gives out, how many entries the lists that it is given have,
    and what the answer costs."""

    payload: Request
    entries: int
    cost: int


@dataclass(frozen=True, slots=True)
class OperationPlanner:
    """One operation of a valid document, and what making it ready takes."""

    collector: Collector
    registry: Registry
    limits: Limits
    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]

    def query(self) -> Request | QueryRun:
        """A request, or, where the query asks for more than data, that with a request for the rest."""
        root = self._root(self.collector.schema.query_type)
        questions = [asked for asked in root if is_resolver_field(asked)]
        introspection = [asked for asked in root if asked.name in INTROSPECTION]
        rest = [asked for asked in root if asked not in introspection and asked not in questions]
        calls = self._calls(questions)
        request = Builder(self.collector, self.registry).query(rest)
        costs = cost.of_reads(request)
        costs |= {key: cost.ACCESS_QUERY_COST + call.cost for key, call in calls.items()}
        costs |= {asked.key: cost.INTROSPECTION_COST for asked in introspection}
        total = cost.total_cost(costs, root, self.limits.cost)
        if not introspection and not questions:
            return replace(request, cost=total)
        executed = self._fields(self._alone(introspection + questions), None, calls)
        return QueryRun(executed, request if rest else None, tuple(asked.key for asked in root), total)

    def mutation(self) -> MutationRun:
        """The mutations, with the reads of their payloads.

        Raises Rejected: what is wrong with a payload's fields must be known before anything is changed.
        """
        root = self._root(self.collector.schema.mutation_type)
        name = self.operation.name.value if self.operation.name else None
        calls = self._calls([asked for asked in root if asked.name != TYPENAME])
        costs = {key: cost.MUTATION_COST + cost.ENTRY_COST * call.entries + call.cost for key, call in calls.items()}
        total = cost.total_cost(costs, root, self.limits.cost)
        return MutationRun(self._fields(self.document.tree, name, calls), total)

    def _calls(self, fields: Iterable[CollectedField]) -> dict[str, Call]:
        calls: dict[str, Call] = {}
        problems: list[QueryError] = []
        for asked in fields:
            try:
                calls[asked.key] = self._call(asked)
            except QueryRejected as rejected:
                problems += rejected.problems
        if problems:
            raise QueryRejected(problems)
        return calls

    def _fields(self, tree: DocumentNode, name: str | None, calls: Mapping[str, Call]) -> Fields:
        payloads = {key: call.payload for key, call in calls.items()}
        return Fields(self.collector.schema, tree, name, self.variables, payloads)

    def _root(self, type_: GraphQLObjectType | None) -> list[CollectedField]:
        assert type_ is not None, "validation knows the kinds of operations"
        return self.collector.fields(type_, [self.operation.selection_set])

    def _call(self, asked: CollectedField) -> Call:
        builder = Builder(self.collector, self.registry, reserved=3)
        given = builder.arguments(asked, (asked.key,))
        payload = builder.payload(self.collector.fields(asked.object_type, asked.selection_sets), (asked.key,))
        return Call(payload, cost.entries(given), cost.of_call(self.collector, asked, given, payload))

    def _alone(self, fields: Sequence[CollectedField]) -> DocumentNode:
        """The operation with these fields of its root alone."""
        nodes: list[FieldNode] = [node for asked in fields for node in asked.nodes]
        operation = OperationDefinitionNode(
            operation=self.operation.operation,
            variable_definitions=self.operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        return DocumentNode(definitions=(operation, *self.document.fragments.values()))


def is_resolver_field(asked: CollectedField) -> bool:
    """Whether a field of the query root is answered by a function: it declares nothing that the planner could read."""
    return asked.definition is not None and asked.name not in INTROSPECTION and binding_of(asked.definition) is None
