"""A selection: a query as a small tree of frozen values, the only form in which the planner sees it.

    query { organization(id: "org_1") { name users(first: 5) { nodes { email } totalCount } } }

becomes

    Selection("Query", (
        ObjectField("organization", "organization", Selection("Organization", (
            ScalarField("name", "name"),
            ConnectionField("users", "users", Page(size=ParameterSlot(1), order="NAME_ASC", parts=(
                Nodes("nodes", Selection("User", (ScalarField("email", "email"),))),
                TotalCount("totalCount"),
            ))),
        )), arguments=(("id", ParameterSlot(0)),)),
    ))

with the values `(UUID(...), 5)` beside it. A `ParameterSlot` refers to one of these values, so the tree is the *shape*
of the query: equal shapes share one prepared statement. Aliases, fragments, interfaces, `@skip`, `@include`, variables
and `__typename` are resolved before this point: a `key` is the name in the response, a `field` the name in the schema.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from resolvers.deep_size import deep_size
from resolvers.query.price import NO_PRICE, Price


@dataclass(frozen=True, slots=True)
class ParameterSlot:
    """The index of a value in `Request.values`."""

    index: int


@dataclass(frozen=True, slots=True)
class StaticField:
    """A part whose value is known without the database, such as `__typename`. `json` is JSON text."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class ScalarField:
    """A field without subfields: a scalar, an enum, or a list of them."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field that is one object: the node of a to-one edge, or a group of fields of the same row."""

    key: str
    field: str
    selection: "Selection"
    arguments: tuple[tuple[str, ParameterSlot], ...] = ()


@dataclass(frozen=True, slots=True)
class NodesByIds:
    """A list of nodes by their ids: `nodes(ids:)`.

    `keys` and `types` hold two lists of equal length: each id's key and type name, or None in both if no node can have
    the id. `selections` has one for each type that occurs, so that the shape does not depend on the order of the ids.
    """

    key: str
    keys: ParameterSlot
    types: ParameterSlot
    selections: tuple["Selection", ...]


@dataclass(frozen=True, slots=True)
class ListField:
    """A field that is a list of objects that are not nodes."""

    key: str
    field: str
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor of an edge."""

    key: str


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """The node of an edge."""

    key: str
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class Edges:
    """`edges` of a connection."""

    key: str
    parts: tuple[Cursor | EdgeNode | StaticField, ...]


@dataclass(frozen=True, slots=True)
class Nodes:
    """`nodes` of a connection."""

    key: str
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class PageInfo:
    """`pageInfo` of a connection; the parts name its four fields."""

    key: str
    parts: tuple[ScalarField | StaticField, ...]


@dataclass(frozen=True, slots=True)
class TotalCount:
    """`totalCount` of a connection: the number of all matching rows, on any page."""

    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a to-many edge are read, in which order, and which parts of the connection.

    `size` holds first or last (`backward`). `after` and `before` hold the two values of a cursor: the order's key and
    the row's id. `filters` names the filter fields in use, each with its value.
    """

    size: ParameterSlot
    order: str
    parts: tuple[Edges | Nodes | PageInfo | TotalCount | StaticField, ...]
    backward: bool = False
    after: tuple[ParameterSlot, ParameterSlot] | None = None
    before: tuple[ParameterSlot, ParameterSlot] | None = None
    filters: tuple[tuple[str, ParameterSlot], ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """A field that is a connection."""

    key: str
    field: str
    page: Page


Part = StaticField | ScalarField | ObjectField | NodesByIds | ListField | ConnectionField


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected parts of one object of the GraphQL type `type`, in the order of the response."""

    type: str
    parts: tuple[Part, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Used for a cache lookup in every request: a deep tree is hashed only once.
        object.__setattr__(self, "_hash", hash((self.type, self.parts)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def size(self) -> int:
        """The memory that the selection holds, in bytes, estimated by its parts, which is faster than to measure it."""
        return PART_SIZE * (1 + _count_parts(self.parts))


@dataclass(frozen=True, slots=True)
class Request:
    """A whole read: the shape, the values of its slots, and its price if it is an operation of its own. The size of a
    `large` response is limited while the database builds it."""

    selection: Selection
    values: tuple[Any, ...]
    price: Price = field(default=NO_PRICE, compare=False)
    large: bool = field(default=False, compare=False)

    @property
    def size(self) -> int:
        """The memory that the request holds, in bytes."""
        return self.selection.size + deep_size(self.values)


PART_SIZE = 400
"""The largest usual memory of a part with its strings and slots, in bytes."""

AnyPart = Part | Nodes | Edges | EdgeNode | Cursor | PageInfo | TotalCount


def _count_parts(parts: Iterable[AnyPart]) -> int:
    return sum(1 + _count_parts(inner_parts(part)) for part in parts)


def filters_rows(parts: Iterable[AnyPart]) -> bool:
    """Whether any of the parts, or of the parts within them, is a connection with a filter."""
    return any(
        (isinstance(part, ConnectionField) and bool(part.page.filters)) or filters_rows(inner_parts(part))
        for part in parts
    )


def has_connection(parts: Iterable[AnyPart]) -> bool:
    """Whether any of the parts, or of the parts within them, is a connection."""
    return any(isinstance(part, ConnectionField) or has_connection(inner_parts(part)) for part in parts)


def inner_parts(part: AnyPart) -> Iterable[AnyPart]:
    """The parts directly within a part."""
    match part:
        case ObjectField() | ListField() | Nodes() | EdgeNode():
            return part.selection.parts
        case NodesByIds():
            return chain.from_iterable(selection.parts for selection in part.selections)
        case ConnectionField():
            return part.page.parts
        case Edges() | PageInfo():
            return part.parts
    return ()
