"""What can be read: types, their fields, and how each field is found in the database.

The GraphQL types of `schema/` declare these bindings; the planner works from them alone. An expression is a function
from a row (an alias of the model's table) and the actor's access to a piece of SQL, so that the same declaration
serves every place where the type can stand in a query.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select
from sqlalchemy.types import TypeEngine

from authz.access import Access
from authz.model.resources import VIEW
from models import Base
from resolvers import public_id

Row = FromClause
Expression = Callable[[Row, Access], ColumnElement[Any]]
Join = Callable[[Row, Row, Access], ColumnElement[bool]]


class Encoding(Enum):
    """How a value of PostgreSQL becomes JSON text."""

    TEXT = "any text: escaped"
    WORD = "text of letters, digits and _ + - . @ only: quoted as it is"
    WORDS = "an array of such words"
    RAW = "a number or a boolean"
    TIME = "timestamptz: RFC 3339 in UTC"
    ID = "uuid: the public id"
    JSON = "JSON text already"


@dataclass(frozen=True)
class Scalar:
    """A field that is one value. `prefix` is that of a public id (`usr`)."""

    expression: Expression
    encoding: Encoding
    nullable: bool = True
    prefix: str = ""


@dataclass(frozen=True)
class Group:
    """An object made of the same row, such as a service's site. Where `action` is not allowed on the row, or `present`
    is false, the whole object is null.

    A group that takes `arguments` gets a row of its own, whose columns are the arguments' values: such is
    `emailAvailability(email:)`, where `row.c.email` is the address that was asked about.

    Who is not among those whom `answers` accepts is refused the whole read (FORBIDDEN), before any SQL."""

    type: str
    action: str | None = None
    present: Expression | None = None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    answers: Callable[[Access], bool] | None = None


@dataclass(frozen=True)
class ToOne:
    """An edge to one node. `join` takes the parent's row and the target's. `arguments` are the values that the
    field takes (`id`), each compared with the target's column of that name. With `target` None the selection names
    the type (`node(id:)`). With `owner`, the value is the id of a node of that type, to which the target belongs."""

    target: str | None
    join: Join | None = None
    nullable: bool = True
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    owner: str | None = None


@dataclass(frozen=True)
class ToMany:
    """An edge to many nodes, as a connection. The rows are those that `join` ties to the parent's and on which the
    actor is allowed `action`. `join` None ties all."""

    target: str
    join: Join | None = None
    action: str = VIEW


@dataclass(frozen=True)
class ToList:
    """A short list of objects that are no nodes, all of it at once, such as the changes of an audit event.

    `rows` gives the SELECT of the list's rows, in order, for the parent's row. It names its own tables in
    `correlate_except`, and lets through only what the actor may see: nothing is and-ed to it. The objects' fields are
    bound to its columns."""

    type: str
    rows: Callable[[Row, Access], Select[Any]]


Field = Scalar | Group | ToOne | ToMany | ToList


@dataclass(frozen=True)
class Filter:
    """One field of a filter: the condition on a row, given the bound value, and the type of that value."""

    condition: Callable[[Row, ColumnElement[Any], Access], ColumnElement[bool]]
    type: TypeEngine[Any]


@dataclass(frozen=True)
class Order:
    """One order of a connection: by `key`, never null, then by id, both in the same direction."""

    key: Callable[[Row], ColumnElement[Any]]
    type: TypeEngine[Any]
    descending: bool = False


@dataclass(frozen=True)
class ObjectType:
    """A GraphQL object type. `model` is None for what has no table of its own: Query, Viewer, and groups, whose
    expressions get the row of the object around them."""

    name: str
    fields: Mapping[str, Field]
    model: type[Base] | None = None
    prefix: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Registry:
    """All that can be read, by type name."""

    objects: Mapping[str, ObjectType]

    def node(self, public: str) -> tuple[ObjectType | None, UUID | None]:
        """The type and the key that a public id stands for; None twice for one that can be no node's."""
        try:
            prefix, key = public_id.decode(public)
        except ValueError:
            return None, None
        of = self.by_prefix(prefix)
        return (of, key) if of else (None, None)

    def by_prefix(self, prefix: str) -> ObjectType | None:
        """The node type whose public ids begin with `prefix`, such as `usr`."""
        return next((o for o in self.objects.values() if o.prefix == prefix and prefix), None)
