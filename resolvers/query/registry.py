"""The type registry: types, their fields, and the SQL source of each field.

The GraphQL types of `schema/` declare these sources, and the planner uses nothing else. An expression is a function
from a row (an alias of the model's table) and the actor's access to SQL, so that one declaration serves every place
where the type can occur in a query.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select
from sqlalchemy.types import TypeEngine

from authz.access import Access
from authz.model.actions import VIEW
from models import Base
from resolvers import public_id
from resolvers.rate_limits.limiter import RateLimiter

Row = FromClause
Expression = Callable[[Row, Access], ColumnElement[Any]]
Join = Callable[[Row, Row, Access], ColumnElement[bool]]


@dataclass(frozen=True)
class Alternatives:
    """A condition as one expression (`combined`), and as conditions of which at most one holds for a row (`apart`): all
    but the first hold for few rows."""

    combined: ColumnElement[bool]
    apart: tuple[ColumnElement[bool], ...]


ListJoin = Callable[[Row, Row, Access], ColumnElement[bool] | Alternatives]
RateLimit = Callable[[RateLimiter, UUID, Sequence[tuple[str, ...]]], Awaitable[None]]
"""Counts the uses of a field by a user, one at each path of the response; raises `MutationRejected` if there were too
many."""


class Encoding(Enum):
    """How a PostgreSQL value is encoded as JSON text."""

    TEXT = "any text: escaped"
    PLAIN = "text of letters, digits and _ + - . @ only: quoted without escaping"
    PLAIN_LIST = "an array of such texts"
    RAW = "a number or a boolean"
    TIME = "timestamptz: RFC 3339 in UTC"
    ID = "uuid: the public id"
    JSON = "JSON text already"


@dataclass(frozen=True)
class Scalar:
    """A field that is one value. `prefix` is the prefix of a public id (`usr`)."""

    expression: Expression
    encoding: Encoding
    nullable: bool = True
    prefix: str = ""


@dataclass(frozen=True)
class Group:
    """An object built from the same row, such as the site of a service. The whole object is null if `action` is not
    allowed on the row, or `present` is false.

    With `row`, the object is built from the one row that it selects for the parent's, and null if there is none. It
    names its own tables in `correlate_except`, and must itself select only what the actor may see.

    A group that takes `arguments` gets a row of its own, whose columns are the values of the arguments: in
    `emailAvailability(email:)`, `row.c.email` is the address to look up. With `row` as well, it is the row that this
    selects for those values.

    If `permitted` returns false for the actor, the whole read is rejected (FORBIDDEN) before any SQL runs. `rate_limit`
    counts each use of the field at the root of a query."""

    type: str
    action: str | None = None
    present: Expression | None = None
    row: Callable[[Row, Access], Select[Any]] | None = None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    permitted: Callable[[Access], bool] | None = None
    rate_limit: RateLimit | None = None


@dataclass(frozen=True)
class ToOne:
    """An edge to one node. `join` takes the parent's row and the target's. `arguments` are the field's arguments
    (`id`), each compared with the target's column of that name. If `target` is None, the selection names the type
    (`node(id:)`). With `owner`, the value is the id of a node of that type, to which the target belongs. An edge that
    `crosses` may lead staff from a row of an organization to one of another, or of the platform."""

    target: str | None
    join: Join | None = None
    nullable: bool = True
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    owner: str | None = None
    crosses: bool = False


@dataclass(frozen=True)
class ToMany:
    """An edge to many nodes, as a connection: the rows that `join` links to the parent's, and on which the actor may
    perform `action`. If `join` is None, all rows are linked. If it returns alternatives, each is
    planned by itself in large organizations. `crosses` is that of `ToOne`."""

    target: str
    join: ListJoin | None = None
    action: str = VIEW
    crosses: bool = False


@dataclass(frozen=True)
class ToList:
    """A short list of objects that are not nodes, without paging, such as the changes of an audit event.

    `rows` returns the SELECT of the list's rows, in order, for the parent's row. It names its own tables in
    `correlate_except`, and must itself select only what the actor may see: no policy condition is added to it. The
    objects' fields are bound to its columns."""

    type: str
    rows: Callable[[Row, Access], Select[Any]]


Field = Scalar | Group | ToOne | ToMany | ToList


FilterCondition = Callable[[Row, ColumnElement[Any], Access], ColumnElement[bool]]
"""The condition on a row for the bound value of a filter."""


@dataclass(frozen=True)
class Filter:
    """One field of a filter input: its condition, and the type of the bound value.

    Statements for large organizations have other forms of it, if given: `for_rows` is evaluated row by row, `by_index`
    leads an index to the rows that satisfy it, of which there may be few or none. An `internal` filter is for reads of
    the server itself, and no field of the input."""

    condition: FilterCondition
    type: TypeEngine[Any]
    for_rows: FilterCondition | None = None
    by_index: FilterCondition | None = None
    internal: bool = False


class Inside(Protocol):
    """The condition that a row, which belongs to the row `of`, lies within the border of an organization: that of
    `Access.same_organization`."""

    def __call__(self, row: Row, of: Row | None = None, /) -> ColumnElement[bool]:
        """The condition on `row`."""


@dataclass(frozen=True)
class Part:
    """A part of the rows of an order: those that satisfy `condition`, whose `key` is the same text for all. Among them,
    the order is that of their ids, which an index has."""

    key: str
    condition: Callable[[Row, Inside], ColumnElement[bool]]


@dataclass(frozen=True)
class Order:
    """One order of a connection: by `key`, which is never null, then by id, both in the same direction.

    `sorts` says that no index has the order, so that even a page needs all rows. If there are `parts`, in the order of
    their keys, each row is in one of them, and a page of a large organization is looked for in one after the other."""

    key: Callable[[Row, Inside], ColumnElement[Any]]
    type: TypeEngine[Any]
    descending: bool = False
    sorts: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class ObjectType:
    """A GraphQL object type. `model` is None for types without a table of their own: Query, Viewer, and groups, whose
    expressions get the row of the enclosing object."""

    name: str
    fields: Mapping[str, Field]
    model: type[Base] | None = None
    prefix: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Registry:
    """All types that can be read, by name."""

    objects: Mapping[str, ObjectType]

    def node(self, node_id: str) -> tuple[ObjectType | None, UUID | None]:
        """Decode a public id to its type and key. Returns None for both if it can't be the id of a node."""
        try:
            prefix, key = public_id.decode(node_id)
        except ValueError:
            return None, None
        type_ = self.by_prefix(prefix)
        return (type_, key) if type_ else (None, None)

    def by_prefix(self, prefix: str) -> ObjectType | None:
        """The node type whose public ids begin with `prefix`, such as `usr`."""
        return next((type_ for type_ in self.objects.values() if type_.prefix == prefix and prefix), None)
