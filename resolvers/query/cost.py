"""What a read costs, in nodes: the objects that it can bring, known from the selection before anything runs.

    viewer { user { email } }                                                  1 + 1                     =   2
    users(first: 50) { totalCount nodes { email organization { name } } }      1 + 1 + 50 * (1 + 1)      = 102

An object costs 1 and what is within it, a value nothing. A connection costs 1, 1 more where it is counted, and what is
within a node of it, plus the node, as often as the page is long: pages within pages multiply. `docs/limits.md` tells it
to those who pay.
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
"""As how many objects a list without pages counts: they are short."""


def cost_of(part: Part, values: tuple[Any, ...], each: int = 1) -> int:
    """The cost of one part of a request with these values. `each` is for how many nodes there is a part whose nodes are
    known only when a mutation is done."""
    match part:
        case ScalarField():
            return 0
        case StaticField():
            return _known(part)
        case ObjectField():
            return OBJECT + _within(part.selection, values)
        case ListField():
            return LISTED * (OBJECT + _within(part.selection, values))
        case NodesByIds():
            return _children(part, values, each)
        case ConnectionField():
            return OBJECT + _page(part.page, values)


def _within(selection: Selection, values: tuple[Any, ...]) -> int:
    return sum(cost_of(part, values) for part in selection.parts)


def _known(constant: StaticField) -> int:
    """A list that is the same for everybody has as many objects as it has; an id that is nothing's counts as one."""
    known = json.loads(constant.json)
    if isinstance(known, list):
        return OBJECT * len(known)
    return OBJECT if known is None else 0


def _children(children: NodesByIds, values: tuple[Any, ...], each: int) -> int:
    types = values[children.types.index]
    of_type = {selection.type: OBJECT + _within(selection, values) for selection in children.selections}
    if types is None:
        return each * max(of_type.values())
    return sum(of_type.get(type_, OBJECT) for type_ in types)


def _page(page: Page, values: tuple[Any, ...]) -> int:
    size: int = values[page.size.index]
    counted = any(isinstance(part, TotalCount) for part in page.parts)
    return counted + size * sum(_node(part, values) for part in page.parts if isinstance(part, Nodes | Edges))


def _node(part: Nodes | Edges, values: tuple[Any, ...]) -> int:
    if isinstance(part, Nodes):
        return OBJECT + _within(part.selection, values)
    return OBJECT + sum(_within(node.selection, values) for node in _nodes(part.parts))


def _nodes(parts: Iterable[Cursor | EdgeNode | StaticField]) -> Iterable[EdgeNode]:
    return (part for part in parts if isinstance(part, EdgeNode))
