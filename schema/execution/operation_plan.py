"""Plans queries and mutations: which fields the planner reads, which functions run, and the cost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
)

from resolvers.query.price import Price
from resolvers.query.registry import Registry
from resolvers.query.selection import Request
from schema.declare.registry import as_text_of, binding_of, is_only_by_post
from schema.execution import cost
from schema.execution.answered_field import AnsweredField, converted_arguments
from schema.execution.build_selection import TYPENAME, Builder
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.document import Document
from schema.execution.errors import MOST_ERRORS, QueryError, QueryRejected
from schema.execution.execution import Fields, MutationRun, QueryRun
from schema.execution.input_validation import InputProblems, InputValidator
from schema.execution.introspection import check_introspection_arguments
from schema.execution.query_limits import Limits
from schema.execution.reported_errors import reports_errors

MOST_VALUE_PROBLEMS = 500
"""Maximum number of problems of malformed values in an operation: those of the longest list of emails. Each mutation
with malformed values reports one of them at least."""

INTROSPECTION = ("__schema", "__type")

FixedCost = Callable[[Mapping[str, Any]], int]
"""Returns the fixed cost of a call with these arguments."""


@dataclass(frozen=True, slots=True)
class Call:
    """A field with a resolver function: the request for the data that it returns, its cost, and the problems of its
    arguments. If it is `answered` before the executor runs, the request is for its whole value."""

    payload: Request
    cost: cost.FieldCost
    problems: InputProblems
    answered: AnsweredField | None = None


@dataclass(frozen=True, slots=True)
class OperationPlanner:
    """Plans one operation of a valid document."""

    collector: Collector
    registry: Registry
    limits: Limits
    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    validator: InputValidator

    def query(self) -> Request | QueryRun:
        """Returns a request, or a QueryRun if the query has introspection or resolver fields."""
        root = self._root(self.collector.schema.query_type)
        resolved = [field for field in root if is_resolver_field(field)]
        introspection = [field for field in root if field.name in INTROSPECTION]
        rest = [field for field in root if field not in introspection and field not in resolved]
        for field in introspection:
            check_introspection_arguments(self.collector, field)
        calls = self._calls(resolved, cost.access_query_cost)
        request = Builder(self.collector, self.registry, self.validator).query(rest)
        costs = cost.of_reads(request)
        request = cost.limited(request, cost.total_of(costs))
        costs |= {key: call.cost for key, call in calls.items()}
        costs |= {field.key: cost.FieldCost(fixed=cost.INTROSPECTION_COST) for field in introspection}
        if not introspection and not resolved:
            return replace(request, price=self._price(costs, root, request))
        executed = self._fields(self._restricted_to(introspection + resolved), None, calls)
        price = self._price(costs, root)
        keys, has_secrets = tuple(field.key for field in root), any(map(_has_secrets, resolved))
        answered = {key: call.answered for key, call in calls.items() if call.answered is not None}
        return QueryRun(executed, request if rest else None, keys, price, has_secrets, answered)

    def mutation(self) -> MutationRun:
        """Returns the mutations, with the requests for their payloads.

        Raises QueryRejected, because errors in the fields of a payload must be found before anything is changed.
        """
        root = self._root(self.collector.schema.mutation_type)
        name = self.operation.name.value if self.operation.name else None
        calls = self._calls([field for field in root if field.name != TYPENAME], cost.mutation_cost)
        price = self._price({key: call.cost for key, call in calls.items()}, root)
        return MutationRun(self._fields(self.document.tree, name, calls), price)

    def _price(
        self, costs: Mapping[str, cost.FieldCost], root: Iterable[CollectedField], request: Request | None = None
    ) -> Price:
        """Returns the price. Raises QueryRejected if it exceeds the ceiling for every kind of caller."""
        price = cost.price_of(costs, root, request)
        cost.check_ceiling(price, self.limits.cost, staff=False)
        return price

    def _calls(self, fields: Iterable[CollectedField], fixed: FixedCost) -> dict[str, Call]:
        calls: dict[str, Call] = {}
        problems: list[QueryError] = []
        reportable = MOST_VALUE_PROBLEMS
        for field in fields:
            try:
                call = calls[field.key] = self._call(field, fixed, max(1, reportable))
                reportable -= len(call.problems.problems)
            except QueryRejected as rejected:
                problems += rejected.problems
            if len(problems) >= MOST_ERRORS:
                break
        if problems:
            raise QueryRejected(problems[:MOST_ERRORS])
        return calls

    def _fields(self, tree: DocumentNode, name: str | None, calls: Mapping[str, Call]) -> Fields:
        payloads = {key: call.payload for key, call in calls.items()}
        problems = {key: call.problems for key, call in calls.items()}
        return Fields(self.collector.schema, tree, name, self.variables, payloads, problems)

    def _root(self, type_: GraphQLObjectType | None) -> list[CollectedField]:
        assert type_ is not None, "validation rejects operations without a root type"
        return self.collector.fields(type_, [self.operation.selection_set])

    def _call(self, field: CollectedField, fixed: FixedCost, most_problems: int) -> Call:
        builder = Builder(self.collector, self.registry, self.validator, reserved=3)
        assert field.definition is not None, "only introspection fields have none"
        problems = InputProblems()
        if reports_errors(field.definition):
            arguments, problems = builder.reported_arguments(field, (field.key,), most_problems)
        else:
            arguments = builder.arguments(field, (field.key,))
        fields = self.collector.fields(field.object_type, field.selection_sets)
        as_text = as_text_of(field.definition)
        if as_text is None:
            payload = builder.payload(fields, (field.key,))
        else:
            payload = builder.whole_payload(field.object_type, fields, (field.key,))
        cost_ = cost.of_call(self.collector, field, arguments, payload, fixed(arguments))
        payload = cost.limited(payload, cost_.potential)
        answered = None
        if as_text is not None and not problems.prevent_run:
            converted = converted_arguments(self.collector.schema, field.definition, arguments)
            question = as_text.question(problems.problems, **converted)
            answered = AnsweredField(field.name, as_text, payload, question)
        return Call(payload, cost_, problems, answered)

    def _restricted_to(self, fields: Sequence[CollectedField]) -> DocumentNode:
        """Returns a document with the operation restricted to these root fields."""
        nodes: list[FieldNode] = [node for field in fields for node in field.nodes]
        operation = OperationDefinitionNode(
            operation=self.operation.operation,
            variable_definitions=self.operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        return DocumentNode(definitions=(operation, *self.document.fragments.values()))


def is_resolver_field(field: CollectedField) -> bool:
    """Returns whether a field of the query root has a resolver function, and no source that the planner could read."""
    return field.definition is not None and field.name not in INTROSPECTION and binding_of(field.definition) is None


def _has_secrets(field: CollectedField) -> bool:
    return field.definition is not None and is_only_by_post(field.definition)
