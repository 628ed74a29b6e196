"""The price of an operation, in nodes, and its ceiling. What it requests is known before anything runs.

An operation requests 1 plus the nodes that its root fields can return (`resolvers/query/cost.py`). Mutations, entries
of lists in their input, access queries, introspection, and a statement of many places have a fixed cost on top.
`docs/limits.md` explains costs to clients.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLObjectType, SelectionSetNode, get_named_type, get_nullable_type, is_list_type, is_object_type

from resolvers.access_preview.differences import MAX_DIFFERENCES
from resolvers.query.cost import (
    LARGE_VALUES,
    LISTED,
    NOTHING,
    ONE,
    Potential,
    places,
    potential_of,
    shared_objects,
    size_cost,
)
from resolvers.query.price import OPERATION_COST, Price, Requested
from resolvers.query.selection import Request
from schema.declare.arguments import LARGEST_SIZE
from schema.declare.registry import binding_of
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.errors import QueryCode, QueryError, QueryRejected

MUTATION_COST, ENTRY_COST, DIFFERENCE_COST = 10, 2, 20
ACCESS_QUERY_COST = 100
INTROSPECTION_COST = 500

LARGEST_JSON_NUMBER = 2**53 - 1
"""The largest number that JSON clients read exactly (RFC 8259, section 6). Nested pages can cost more than that."""

FREE_TYPE = "MutationError"
"""The type whose objects are free: errors in an input cost nothing."""


@dataclass(frozen=True, slots=True)
class FieldCost:
    """The cost of a root field: the objects that it can return, a fixed part, and the places of its statement."""

    potential: Potential = NOTHING
    fixed: int = 0
    places: int = 0


def of_reads(request: Request) -> dict[str, FieldCost]:
    """Returns the costs of the root fields that the planner reads, by response key."""
    return {
        part.key: FieldCost(potential_of(part, request.values), places=places([part]))
        for part in request.selection.parts
    }


def of_call(
    collector: Collector, field: CollectedField, arguments: Mapping[str, Any], payload: Request, fixed: int
) -> FieldCost:
    """Returns the cost of a mutation or access query, of whose response the planner reads the request `payload`.
    `fixed` is the cost of the call itself."""
    length = _length(arguments)
    potential = _object_cost(collector, field.object_type, field.selection_sets, length)
    for part in payload.selection.parts:
        potential = potential.plus(potential_of(part, payload.values, length))
    return FieldCost(potential, fixed, places(payload.selection.parts))


def limited(request: Request, potential: Potential) -> Request:
    """The request, marked as large if its response can hold many values."""
    return replace(request, large=True) if potential.values > LARGE_VALUES else request


def total_of(costs: Mapping[str, FieldCost]) -> Potential:
    """What the fields can return together."""
    total = NOTHING
    for cost in costs.values():
        total = total.plus(cost.potential)
    return total


def price_of(costs: Mapping[str, FieldCost], root: Iterable[CollectedField], request: Request | None = None) -> Price:
    """Returns the price of an operation, given the costs of its root fields. `request` is what the planner reads if
    that is the whole response."""
    size = size_cost(sum(cost.places for cost in costs.values()))
    locations = {field.key: field.location for field in root}
    by_staff = {key: cost.fixed + cost.potential.by_staff for key, cost in costs.items()}
    by_member = {key: cost.fixed + cost.potential.by_member for key, cost in costs.items()}
    fixed = size + sum(cost.fixed for cost in costs.values())
    shared = shared_objects(request.selection) if request is not None else ()
    return Price(_requested(by_member, size, locations), _requested(by_staff, size, locations), fixed, shared)


def _requested(nodes: Mapping[str, int], size: int, locations: Mapping[str, tuple[tuple[int, int], ...]]) -> Requested:
    total = min(OPERATION_COST + size + sum(nodes.values()), LARGEST_JSON_NUMBER)
    if not nodes:
        return Requested(total)
    most = max(nodes, key=nodes.__getitem__)
    return Requested(total, len(nodes), most, min(nodes[most], LARGEST_JSON_NUMBER), locations[most])


def check_ceiling(price: Price, ceiling: int, *, staff: bool) -> int:
    """Returns what an operation requests if staff or anyone else sends it. Raises QueryRejected above the ceiling."""
    requested = price.requested(staff=staff)
    if requested.nodes <= ceiling:
        return requested.nodes
    message = f"This operation requests {requested.nodes:,} nodes, and the limit is {ceiling:,}. Request less at once."
    if requested.root_fields > 1:
        field = f"The most expensive field is {requested.most_expensive}, with {requested.most_nodes:,} nodes."
        message = f"{message} {field}"
    path, facts = (requested.most_expensive,), {"requested": requested.nodes, "ceiling": ceiling}
    raise QueryRejected([QueryError(QueryCode.COST_EXCEEDED, message, None, path, requested.locations, facts)])


def mutation_cost(arguments: Mapping[str, Any]) -> int:
    """Returns the fixed cost of a mutation with these arguments: of itself, of each entry of the lists in them, and of
    each user whose gains and losses a dry run computes."""
    entries = sum(len(list_) for list_ in _lists(arguments))
    return MUTATION_COST + ENTRY_COST * entries + DIFFERENCE_COST * _differences(arguments)


def _differences(arguments: Mapping[str, Any]) -> int:
    given = arguments.get("input")
    users = given.get("users") if isinstance(given, dict) and given.get("dryRun") else None
    return min(len(users), MAX_DIFFERENCES) if isinstance(users, list) else 0


def access_query_cost(arguments: Mapping[str, Any]) -> int:
    """Returns the fixed cost of an access query with these arguments: of itself, and of each entry of the lists."""
    return ACCESS_QUERY_COST + ENTRY_COST * sum(len(list_) for list_ in _lists(arguments))


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


def _object_cost(
    collector: Collector, type_: GraphQLObjectType, sets: list[SelectionSetNode], length: int
) -> Potential:
    """Returns the objects in a response that the planner does not read. Lists are assumed to have `length` entries, and
    lists within lists `LISTED`."""
    total = NOTHING
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
        total = total.plus(ONE.plus(nested).times(length if listed else 1))
    return total
