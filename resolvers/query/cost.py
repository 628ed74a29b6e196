"""Computes what a read requests, in nodes: the objects that it can return, known from the selection before it runs.

    viewer { user { email } }                                                  1 + 1                     =   2
    users(first: 50) { totalCount nodes { email organization { name } } }      1 + 1 + 50 * (1 + 1)      = 102

An object costs 1 plus its contents; a value costs nothing. A connection costs 1, plus 1 if `totalCount` is selected,
plus the page size times a node with its contents: nested pages multiply. `docs/limits.md` explains this to clients.
"""

import json
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple

from resolvers.query.selection import (
    AnyPart,
    ConnectionField,
    Cursor,
    EdgeNode,
    Edges,
    ListField,
    Nodes,
    NodesByIds,
    ObjectField,
    Page,
    PageInfo,
    Part,
    ScalarField,
    Selection,
    StaticField,
    TotalCount,
    inner_parts,
)

OBJECT = 1
LISTED = 10
"""The number of objects that a list without paging counts as; such lists are short."""

ONE_ORGANIZATION = 1
"""How many organizations a caller sees who is not staff."""

FREE_PLACES, PLACE_COST = 20, 10
"""The number of places in an operation that cost nothing, and the cost of each further one: see `places`."""

LARGE_VALUES = 50_000
"""A response that can hold more values and objects than this is limited in size while the database builds it."""

VALUES_OF_LISTED = 1_000
"""How many times the values of an object count in a list without paging. Such lists are short, but their length has no
limit in the statement, and a change of an audit event can be as long as a list of accounts."""


class Potential(NamedTuple):
    """What a part of a response can hold at most: objects for staff, objects for anyone else, and for either the
    objects and values, which stand for its bytes."""

    by_staff: int = 0
    by_member: int = 0
    values: int = 0

    def plus(self, other: "Potential") -> "Potential":
        """Both together."""
        return Potential(self.by_staff + other.by_staff, self.by_member + other.by_member, self.values + other.values)

    def times(self, number: int, by_member: int | None = None) -> "Potential":
        """So many of it; `by_member` of it for anyone who is not staff, if that differs."""
        of_member = number if by_member is None else by_member
        return Potential(self.by_staff * number, self.by_member * of_member, self.values * number)


NOTHING, VALUE, ONE = Potential(), Potential(values=1), Potential(OBJECT, OBJECT, 1)


def potential_of(part: Part, values: tuple[Any, ...], node_count: int = 1) -> Potential:
    """What one part of a request can hold with these values. `node_count` is how many nodes a part has whose nodes are
    known only after a mutation."""
    match part:
        case ScalarField():
            return VALUE
        case StaticField():
            return _static(part)
        case ObjectField():
            return _object(part.selection, values)
        case ListField():
            object_ = _object(part.selection, values)
            return object_.times(LISTED)._replace(values=object_.values * VALUES_OF_LISTED)
        case NodesByIds():
            return _nodes_by_ids(part, values, node_count)
        case ConnectionField():
            return ONE.plus(_page(part.page, values))


def _sum(potentials: Iterable[Potential]) -> Potential:
    return reduce(Potential.plus, potentials, NOTHING)


def _object(selection: Selection, values: tuple[Any, ...]) -> Potential:
    return ONE.plus(_sum(potential_of(part, values) for part in selection.parts))


def _static(field: StaticField) -> Potential:
    """A static list counts each of its objects; an id of no node counts as one object."""
    value = json.loads(field.json)
    if isinstance(value, list):
        return ONE.times(len(value))
    return ONE if value is None else VALUE


def _nodes_by_ids(part: NodesByIds, values: tuple[Any, ...], node_count: int) -> Potential:
    types = values[part.types.index]
    of_type = {selection.type: _object(selection, values) for selection in part.selections}
    if types is None:
        most = Potential(*(max(numbers) for numbers in zip(*of_type.values(), strict=True)))
        return most.times(node_count)
    return _sum(of_type.get(type_, ONE) for type_ in types)


def _page(page: Page, values: tuple[Any, ...]) -> Potential:
    size: int = values[page.size.index]
    lists_organizations = any(selection.type == "Organization" for selection in _nodes(page))
    by_member = min(size, ONE_ORGANIZATION) if lists_organizations else size
    row = _sum(_node(part, values) for part in page.parts if isinstance(part, Nodes | Edges))
    counts = sum(isinstance(part, TotalCount) for part in page.parts)
    return row.times(size, by_member).plus(ONE.times(min(counts, 1))).plus(_values_of_page(page))


def _values_of_page(page: Page) -> Potential:
    """The values beside its rows. They cost nothing, but take their place in the response."""
    return Potential(values=sum(len(part.parts) for part in page.parts if isinstance(part, PageInfo)))


def _nodes(page: Page) -> Iterator[Selection]:
    for part in page.parts:
        if isinstance(part, Nodes):
            yield part.selection
        elif isinstance(part, Edges):
            yield from (inner.selection for inner in part.parts if isinstance(inner, EdgeNode))


def _node(part: Nodes | Edges, values: tuple[Any, ...]) -> Potential:
    if isinstance(part, Nodes):
        return _object(part.selection, values)
    contents = [_object(inner.selection, values) for inner in part.parts if isinstance(inner, EdgeNode)]
    # An edge counts as one object with its first node. Under aliases, it can have several.
    shared = [each.plus(Potential(-OBJECT, -OBJECT)) for each in contents]
    return _sum([ONE, *shared, *(VALUE for inner in part.parts if isinstance(inner, Cursor | StaticField))])


def places(parts: Iterable[AnyPart]) -> int:
    """How often the statement of these parts applies the policy: at each object, list, `totalCount`, `viewerCan` and
    `mayHaveMoreAccounts`. Each is a subquery to build and to plan, however few rows there are."""
    return sum(_is_place(part) + places(inner_parts(part)) for part in parts)


def _is_place(part: AnyPart) -> bool:
    match part:
        case ObjectField() | ListField() | NodesByIds() | ConnectionField() | TotalCount():
            return True
        case ScalarField():
            return part.field in ("viewerCan", "mayHaveMoreAccounts")
    return False


def size_cost(number_of_places: int) -> int:
    """The cost of a statement's size."""
    return PLACE_COST * max(number_of_places - FREE_PLACES, 0)


def shared_objects(selection: Selection) -> tuple[bytes, ...]:
    """The beginnings of the JSON objects in a response that count as one with the object around them. A response key
    that is also used for other objects is left out: these would count as nothing."""
    shared: set[str] = set()
    others: set[str] = set()
    for part in _all_parts(selection.parts):
        if isinstance(part, PageInfo | EdgeNode):
            shared.add(part.key)
        elif isinstance(part, ObjectField | ConnectionField):
            others.add(part.key)
    return tuple(f'"{key}":{{'.encode() for key in sorted(shared - others))


def _all_parts(parts: Iterable[AnyPart]) -> Iterator[AnyPart]:
    for part in parts:
        yield part
        yield from _all_parts(inner_parts(part))


def list_depth(parts: Iterable[AnyPart]) -> int:
    """How deeply the lists in the response of these parts are nested."""
    return max((_is_list(part) + list_depth(inner_parts(part)) for part in parts), default=0)


def _is_list(part: AnyPart) -> bool:
    return isinstance(part, ConnectionField | ListField | NodesByIds)
