"""What was asked, as a small tree of frozen values: the only thing that the planner knows of a query.

    query { organization(id: "org_1") { name users(first: 5) { nodes { email } totalCount } } }

becomes

    Selection("Query", (
        Child("organization", "organization", Selection("Organization", (
            Leaf("name", "name"),
            Many("users", "users", Page(size=Slot(1), order="NAME_ASC", parts=(
                Nodes("nodes", Selection("User", (Leaf("email", "email"),))),
                TotalCount("totalCount"),
            ))),
        )), arguments=(("id", Slot(0)),)),
    ))

with the values `(UUID(...), 5)` beside it. A `ParameterSlot` says which value goes there, so the tree is the
*shape* of the
query: equal shapes share one prepared statement. Aliases, fragments, interfaces, `@skip`, `@include`, variables and
`__typename` have ended before this point: a `key` is what the answer calls a thing, a `field` what the schema does.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ParameterSlot:
    """The place of a value: its index in `Request.values`."""

    index: int


@dataclass(frozen=True, slots=True)
class StaticField:
    """A part that is known without the database, such as `__typename`. `json` is JSON text."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class ScalarField:
    """A field without fields of its own: a scalar, an enum, or a list of them."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field that is one object: a node at the end of a to-one edge, or a group of fields of the same row."""

    key: str
    field: str
    selection: "Selection"
    arguments: tuple[tuple[str, ParameterSlot], ...] = ()


@dataclass(frozen=True, slots=True)
class NodesByIds:
    """A list of nodes by their ids: `nodes(ids:)`.

    `keys` and `types` hold two lists of equal length, each id's key and type name; None in both where an id is
    nobody's. `selections` has one for each type that occurs, so that the shape does not depend on the order of the ids.
    """

    key: str
    keys: ParameterSlot
    types: ParameterSlot
    selections: tuple["Selection", ...]


@dataclass(frozen=True, slots=True)
class ListField:
    """A field that is a list of objects which are no nodes."""

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
    """`pageInfo` of a connection; the leaves name its four fields."""

    key: str
    parts: tuple[ScalarField | StaticField, ...]


@dataclass(frozen=True, slots=True)
class TotalCount:
    """`totalCount` of a connection: all that match, whatever the page."""

    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a to-many edge, in which order, and what of them.

    `size` holds first or last (`backward`). `after` and `before` hold the two values of a cursor: the order's key and
    the row's id. `filters` name the fields of the filter that were given, each with its value.
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
    """What is wanted of one object of the GraphQL type `type`, in the order of the answer."""

    type: str
    parts: tuple[Part, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Looked up at every request; a deep tree is hashed once.
        object.__setattr__(self, "_hash", hash((self.type, self.parts)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Request:
    """A whole read: the shape, the values that fill its slots, and what it costs, in nodes, where it is an operation of
    its own."""

    selection: Selection
    values: tuple[Any, ...]
    cost: int = field(default=0, compare=False)
