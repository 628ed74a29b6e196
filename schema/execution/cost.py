"""What an operation costs, in nodes, and the ceiling: known before anything runs.

An operation costs 1, and its fields of the root what they bring (`resolvers/query/cost.py`). What is no read alone has
a price of its own on top: a mutation, and the entries of the lists in its input; a question; introspection, which is
answered whole. `docs/limits.md` tells it to those who pay.
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

LARGEST_TOLD = 2**53 - 1
"""What a program can read of a number in JSON (RFC 8259, section 6): pages within pages come to more."""

FREE = "MutationError"
"""What is wrong with an input costs nothing to be told."""


def of_reads(request: Request) -> dict[str, int]:
    """The costs of the fields of the root that the planner reads, by response key."""
    return {part.key: cost_of(part, request.values) for part in request.selection.parts}


def of_call(collector: Collector, asked: CollectedField, given: Mapping[str, Any], payload: Request) -> int:
    """The cost of a mutation or a question with the arguments `given`, whose answer is read by the request `payload`,
    as far as the planner reads it. The price of the call itself comes on top."""
    length = _length(given)
    read = sum(cost_of(part, payload.values, length) for part in payload.selection.parts)
    return read + _shown(collector, asked.object_type, asked.selection_sets, length)


def entries(value: Any) -> int:
    """How many entries the lists in a value have, in all."""
    return sum(len(each) for each in _lists(value))


def total_cost(costs: Mapping[str, int], root: Iterable[CollectedField], ceiling: int) -> int:
    """What an operation costs whose fields of the root cost so much each. Raises Rejected above the ceiling."""
    total = OPERATION_COST + sum(costs.values())
    if total <= ceiling:
        return total
    total = min(total, LARGEST_TOLD)
    dearest = max(root, key=lambda asked: costs.get(asked.key, 0))
    message = f"This costs {total:,} nodes, and no operation may cost more than {ceiling:,}. Ask for less at once."
    if len(costs) > 1:
        message = f"{message} Of it, {min(costs[dearest.key], LARGEST_TOLD):,} are for {dearest.key}."
    facts = {"requested": total, "ceiling": ceiling}
    problem = QueryError(QueryCode.COST_EXCEEDED, message, None, (dearest.key,), dearest.location, facts)
    raise QueryRejected([problem])


def _length(given: Mapping[str, Any]) -> int:
    """How long a list may be in the answer to a call: a page, or as long as one that was given."""
    first = given.get("first")
    if isinstance(first, int):
        # Whether there can be such a page is for the question to say.
        return min(max(first, 1), LARGEST_SIZE)
    return max([LISTED, *(len(each) for each in _lists(given))])


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _lists(each)
    elif isinstance(value, list):
        yield value
        for each in value:
            yield from _lists(each)


def _shown(collector: Collector, type_: GraphQLObjectType, sets: list[SelectionSetNode], length: int) -> int:
    """The cost of those objects in an answer that the planner does not read; lists have `length` of them, and lists
    within a list are short."""
    total = 0
    for asked in collector.fields(type_, sets):
        definition = asked.definition
        if (
            definition is None
            or binding_of(definition) is not None
            or not is_object_type(get_named_type(definition.type))
        ):
            continue
        if asked.object_type.name == FREE:
            continue
        listed = is_list_type(get_nullable_type(definition.type))
        within = _shown(collector, asked.object_type, asked.selection_sets, LISTED if listed else length)
        total += (length if listed else 1) * (OBJECT + within)
    return total
