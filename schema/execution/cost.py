"""The cost of an operation, in nodes, and its ceiling. The cost is known before anything runs.

An operation costs 1 plus the nodes that its root fields return (`resolvers/query/cost.py`). Mutations, entries of lists
in their input, access queries and introspection have a fixed cost on top. `docs/limits.md` explains costs to clients.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import GraphQLObjectType, SelectionSetNode, get_named_type, get_nullable_type, is_list_type, is_object_type

from resolvers.query.cost import LISTED, OBJECT, cost_of
from resolvers.query.selection import Request
from schema.declare.arguments import LARGEST_SIZE
from schema.declare.registry import binding_of
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.errors import QueryCode, QueryError, QueryRejected

OPERATION_COST = 1
MUTATION_COST, ENTRY_COST = 10, 2
ACCESS_QUERY_COST = 50
INTROSPECTION_COST = 500

LARGEST_JSON_NUMBER = 2**53 - 1
"""The largest number that JSON clients read exactly (RFC 8259, section 6). Nested pages can cost more than that."""

FREE_TYPE = "MutationError"
"""The type whose objects are free: errors in an input cost nothing."""


def of_reads(request: Request) -> dict[str, int]:
    """Returns the costs of the root fields that the planner reads, by response key."""
    return {part.key: cost_of(part, request.values) for part in request.selection.parts}


def of_call(collector: Collector, field: CollectedField, arguments: Mapping[str, Any], payload: Request) -> int:
    """Returns the cost of the response of a mutation or access query, of which the planner reads the request `payload`.
    The fixed cost of the call comes on top."""
    length = _length(arguments)
    read = sum(cost_of(part, payload.values, length) for part in payload.selection.parts)
    return read + _object_cost(collector, field.object_type, field.selection_sets, length)


def entries(value: Any) -> int:
    """Returns the total number of entries of the lists in a value."""
    return sum(len(list_) for list_ in _lists(value))


def total_cost(costs: Mapping[str, int], root: Iterable[CollectedField], ceiling: int) -> int:
    """Returns the cost of an operation, given the costs of its root fields. Raises QueryRejected above the ceiling."""
    total = OPERATION_COST + sum(costs.values())
    if total <= ceiling:
        return total
    total = min(total, LARGEST_JSON_NUMBER)
    most_expensive = max(root, key=lambda field: costs.get(field.key, 0))
    message = f"This operation costs {total:,} nodes, and the limit is {ceiling:,}. Request less at once."
    if len(costs) > 1:
        share = min(costs[most_expensive.key], LARGEST_JSON_NUMBER)
        message = f"{message} The most expensive field is {most_expensive.key}, with {share:,} nodes."
    facts = {"requested": total, "ceiling": ceiling}
    problem = QueryError(QueryCode.COST_EXCEEDED, message, None, (most_expensive.key,), most_expensive.location, facts)
    raise QueryRejected([problem])


def _length(arguments: Mapping[str, Any]) -> int:
    """Returns the assumed length of lists in the response to a call: that of the page, or of the longest input list."""
    first = arguments.get("first")
    if isinstance(first, int):
        # The access query itself rejects a page size out of range.
        return min(max(first, 1), LARGEST_SIZE)
    return max([LISTED, *(len(list_) for list_ in _lists(arguments))])


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _lists(item)
    elif isinstance(value, list):
        yield value
        for item in value:
            if isinstance(item, dict | list):
                yield from _lists(item)


def _object_cost(collector: Collector, type_: GraphQLObjectType, sets: list[SelectionSetNode], length: int) -> int:
    """Returns the cost of the objects in a response that the planner does not read. Lists are assumed to have `length`
    entries, and lists within lists `LISTED`."""
    total = 0
    for field in collector.fields(type_, sets):
        definition = field.definition
        if (
            definition is None
            or binding_of(definition) is not None
            or not is_object_type(get_named_type(definition.type))
        ):
            continue
        if field.object_type.name == FREE_TYPE:
            continue
        listed = is_list_type(get_nullable_type(definition.type))
        nested = _object_cost(collector, field.object_type, field.selection_sets, LISTED if listed else length)
        total += (length if listed else 1) * (OBJECT + nested)
    return total
