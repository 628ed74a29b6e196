"""Computes the cost of a read, in nodes: the objects that it can return, known from the selection before it runs.

    viewer { user { email } }                                                  1 + 1                     =   2
    users(first: 50) { totalCount nodes { email organization { name } } }      1 + 1 + 50 * (1 + 1)      = 102

An object costs 1 plus its contents; a value costs nothing. A connection costs 1, plus 1 if `totalCount` is selected,
plus the page size times a node with its contents: nested pages multiply. `docs/limits.md` explains this to clients.
"""

import json
from collections.abc import Iterable
from typing import Any

from resolvers.query.selection import (
    ConnectionField,
    Cursor,
    EdgeNode,
    Edges,
    ListField,
    Nodes,
    NodesByIds,
    ObjectField,
    Page,
    Part,
    ScalarField,
    Selection,
    StaticField,
    TotalCount,
)

OBJECT = 1
LISTED = 10
"""The number of objects that a list without paging counts as; such lists are short."""


def cost_of(part: Part, values: tuple[Any, ...], node_count: int = 1) -> int:
    """The cost of one part of a request with these values. `node_count` is how many nodes a part has whose nodes are
    known only after a mutation."""
    match part:
        case ScalarField():
            return 0
        case StaticField():
            return _static(part)
        case ObjectField():
            return OBJECT + _within(part.selection, values)
        case ListField():
            return LISTED * (OBJECT + _within(part.selection, values))
        case NodesByIds():
            return _nodes_by_ids(part, values, node_count)
        case ConnectionField():
            return OBJECT + _page(part.page, values)


def _within(selection: Selection, values: tuple[Any, ...]) -> int:
    return sum(cost_of(part, values) for part in selection.parts)


def _static(field: StaticField) -> int:
    """A static list counts each of its objects; an id of no node counts as one object."""
    value = json.loads(field.json)
    if isinstance(value, list):
        return OBJECT * len(value)
    return OBJECT if value is None else 0


def _nodes_by_ids(part: NodesByIds, values: tuple[Any, ...], node_count: int) -> int:
    types = values[part.types.index]
    of_type = {selection.type: OBJECT + _within(selection, values) for selection in part.selections}
    if types is None:
        return node_count * max(of_type.values())
    return sum(of_type.get(type_, OBJECT) for type_ in types)


def _page(page: Page, values: tuple[Any, ...]) -> int:
    size: int = values[page.size.index]
    counted = any(isinstance(part, TotalCount) for part in page.parts)
    return counted + size * sum(_node(part, values) for part in page.parts if isinstance(part, Nodes | Edges))


def _node(part: Nodes | Edges, values: tuple[Any, ...]) -> int:
    if isinstance(part, Nodes):
        return OBJECT + _within(part.selection, values)
    return OBJECT + sum(_within(node.selection, values) for node in _edge_nodes(part.parts))


def _edge_nodes(parts: Iterable[Cursor | EdgeNode | StaticField]) -> Iterable[EdgeNode]:
    return (part for part in parts if isinstance(part, EdgeNode))
