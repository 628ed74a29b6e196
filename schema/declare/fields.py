"""Declarations of where the fields of a Strawberry type come from.

    @node(
        model=models.User,
        filters=user.FILTERS,
        orders=user.ORDERS,
        filter_type=UserFilter,
        default_order=UserOrder.NAME_ASC,
    )
    class User(Node):
        "A login of a person or of a shared mailbox."

        email: EmailAddress = column("The user's email address, with which they sign in.")
        status: UserStatus = computed(user.status, "The lifecycle state of the user.")
        organization: OrganizationNode | None = one(organization.owner, "The user's organization.")
        contract_accounts: ContractAccounts = many("ContractAccount", user.contract_accounts, "…")

Nothing is resolved here. A declaration is stored in the metadata of the Strawberry field, and
`schema/declare/registry.py` builds the registry of the query planner from all of them. Docstrings of types are their
descriptions.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import Select, Uuid
from sqlalchemy.types import TypeEngine
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from authz.access import Access
from authz.model.actions import VIEW
from models import Base
from resolvers.query.registry import Encoding, Expression, Filter, Join, ListJoin, Order, RateLimit, Row
from schema.declare.arguments import argument, id_argument, ids_argument, page_arguments

ONLY_BY_POST: Final = {"only_by_post": True}
"""The metadata of a query field with secret arguments, which must not be in an address: addresses are logged."""

T = TypeVar("T")

AS_TEXT: Final = "portico.as_text"
"""The key of an `AsText` in the metadata of a Strawberry field."""


@dataclass(frozen=True)
class AsText:
    """How a query field with a resolver function is answered before an executor runs.

    `question(problems, **arguments)` returns what is asked, from converted arguments and the problems of malformed
    values in them. It is kept with the plan of the operation, so it must not contain secrets. `answer(context, request,
    question)` returns the JSON text of the object that `request` selects, or raises `MutationRejected`.
    """

    question: Callable[..., Any]
    answer: Callable[..., Awaitable[str]]


KEY = "portico.binding"
"""The key of the declaration in the metadata of a Strawberry field."""


@dataclass(frozen=True)
class ValueBinding:
    """A field with a single value: of a column (None: the column with the field's name) or of an expression."""

    column: str | None = None
    expression: Expression | None = None
    encoding: Encoding | None = None


@dataclass(frozen=True)
class PublicIdBinding:
    """The public id of the row."""


@dataclass(frozen=True)
class ToOneBinding:
    """An edge to one node, or `Query.node`, which has no join. `arguments` are compared with columns of the target.
    Their ids are those of nodes of the type `owner`, or of the target itself if `owner` is None."""

    join: Join | None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    owner: str | None = None
    crosses: bool = False


@dataclass(frozen=True)
class ConnectionBinding:
    """A connection to nodes of the type `target`."""

    target: str
    join: ListJoin | None
    action: str
    crosses: bool = False


@dataclass(frozen=True)
class EmbeddedBinding:
    """An object with fields of the same row; see `resolvers.query.registry.Group`."""

    action: str | None = None
    present: Expression | None = None
    row: Callable[[Row, Access], Select[Any]] | None = None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    permitted: Callable[[Access], bool] | None = None
    rate_limit: RateLimit | None = None


@dataclass(frozen=True)
class ListBinding:
    """A list of objects that aren't nodes; see `resolvers.query.registry.ToList`."""

    rows: Callable[[Row, Access], Select[Any]]


@dataclass(frozen=True)
class NodesBinding:
    """A list of nodes by id, each read like `Query.node`."""


@dataclass(frozen=True)
class StaticBinding:
    """A list of objects that is the same for every caller. Each object maps names of fields to JSON values."""

    objects: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class PartBinding:
    """A field of a connection, an edge or a page info, which the planner knows by name."""


@dataclass(frozen=True)
class PayloadNodeBinding:
    """A payload field that is read after the mutation like the field `field` of the query root. With a `place`, it is
    read by the id of a changed node: 0 for the first one, 1 for a second one."""

    field: str
    place: int | None = None


@dataclass(frozen=True)
class PayloadNodesBinding:
    """A field of the objects in a list of a payload: the node that the mutation changed for that object. The nodes of
    all objects are read together."""


Binding = (
    ValueBinding
    | PublicIdBinding
    | ToOneBinding
    | ConnectionBinding
    | EmbeddedBinding
    | ListBinding
    | NodesBinding
    | StaticBinding
    | PartBinding
    | PayloadNodeBinding
    | PayloadNodesBinding
)


@dataclass(frozen=True)
class NodeBinding:
    """The table of a node type, and its filters and orders: in SQL by name, the GraphQL
    input of the filters, and the default value of the GraphQL enum of the orders."""

    model: type[Base]
    filters: Mapping[str, Filter]
    orders: Mapping[str, Order]
    filter_type: type
    default_order: StrEnum


NODE_BINDINGS: Final[dict[str, NodeBinding]] = {}
"""What the node types declare, by name. `node` adds to it."""


class ConnectionField(StrawberryField):
    """A connection. Its arguments depend on the node type at its other end, so they are looked up with the schema."""

    @property
    def arguments(self) -> list[StrawberryArgument]:
        """The arguments of the connection."""
        if self._arguments is None:
            binding = self.metadata[KEY]
            assert isinstance(binding, ConnectionBinding)
            node_type = NODE_BINDINGS[binding.target]
            self._arguments = page_arguments(node_type.filter_type, node_type.default_order)
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value


def node(
    *,
    model: type[Base],
    filters: Mapping[str, Filter],
    orders: Mapping[str, Order],
    filter_type: type,
    default_order: StrEnum,
) -> Callable[[type[T]], type[T]]:
    """Declares an object type whose objects are rows of `model`."""

    def declare(cls: type[T]) -> type[T]:
        NODE_BINDINGS[cls.__name__] = NodeBinding(model, filters, orders, filter_type, default_order)
        return gql_type(cls)

    return declare


def changed(description: str, place: int = 0, *, init: Literal[False] = False) -> Any:
    """A payload field with the node that the mutation changed, read after the mutation. `place` is 1 for a second
    changed node."""
    return _field(PayloadNodeBinding("node", place), description, init=init)


def reread(field_: str, description: str, *, init: Literal[False] = False) -> Any:
    """A payload field with the value of the field `field_` of the query root, read after the mutation."""
    return _field(PayloadNodeBinding(field_), description, init=init)


def changed_each(description: str, *, init: Literal[False] = False) -> Any:
    """A field of the objects in a list of a payload, with the node that the mutation changed for each object. All nodes
    are read after the mutation in one statement."""
    return _field(PayloadNodesBinding(), description, init=init)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, changed, reread, changed_each))
def gql_type(cls: type[T]) -> type[T]:
    """Declares an object type without a table. Its docstring is its description."""
    return strawberry.type(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def gql_interface(cls: type[T]) -> type[T]:
    """Declares an interface. Its docstring is its description."""
    return strawberry.interface(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def public_id(description: str) -> Any:
    """The public id of the row."""
    return _field(PublicIdBinding(), description)


def column(description: str, name: str | None = None, encoding: Encoding | None = None) -> Any:
    """The value of the column with the field's name, or of the column `name`. The encoding follows from the declared
    type."""
    return _field(ValueBinding(column=name, encoding=encoding), description)


def computed(expression: Expression, description: str, encoding: Encoding | None = None) -> Any:
    """The value of an SQL expression. The encoding follows from the declared type."""
    return _field(ValueBinding(expression=expression, encoding=encoding), description)


def one(join: Join, description: str, *, crosses: bool = False) -> Any:
    """An edge to one node of the declared type. `crosses` is that of `resolvers.query.registry.ToOne`."""
    return _field(ToOneBinding(join, crosses=crosses), description)


def by_id(description: str, object_: str) -> Any:
    """The node with the id in the argument `id`, whose description calls it `object_`. It has the declared type or, if
    that is an interface, the type that the id names."""
    return _field(ToOneBinding(None, {"id": Uuid()}), description, [id_argument(object_)])


def of_owner(description: str, owner: str, join: Join) -> Any:
    """The node that `join` selects from those of an owner. `owner` is the owner's type (`Organization`); the argument
    with its id is named after it (`organization`)."""
    name = owner[0].lower() + owner[1:]
    arguments = [argument(name, strawberry.ID, f"The id of the {name}.")]
    return _field(ToOneBinding(join, {f"{name}_id": Uuid()}, owner), description, arguments)


def by_ids(description: str) -> Any:
    """The nodes with the ids in the argument `ids`."""
    return _field(NodesBinding(), description, [ids_argument()])


def many(target: str, join: ListJoin | None, description: str, action: str = VIEW, *, crosses: bool = False) -> Any:
    """A connection, with its arguments, to the nodes on which the actor may perform `action`. Without a `join`, these
    are all nodes of the type. `crosses` is that of `one`."""
    return ConnectionField(description=description, metadata={KEY: ConnectionBinding(target, join, action, crosses)})


def group(
    description: str,
    action: str | None = None,
    present: Expression | None = None,
    row: Callable[[Row, Access], Select[Any]] | None = None,
) -> Any:
    """An object with fields of the same row. It is null if the actor may not perform `action`, or if `present` is
    false. With `row`, the fields are those of the row that it selects, and the object is null if there is none."""
    return _field(EmbeddedBinding(action, present, row), description)


def listed(rows: Callable[[Row, Access], Select[Any]], description: str) -> Any:
    """A short, unpaged list of objects that aren't nodes: the rows that `rows` selects for the parent row, in its
    order."""
    return _field(ListBinding(rows), description)


def answer(
    description: str,
    types: Mapping[str, TypeEngine[Any]],
    arguments: list[StrawberryArgument],
    permitted: Callable[[Access], bool],
    rate_limit: RateLimit,
) -> Any:
    """An object whose row consists of the values of the arguments, with the SQL types `types`. Only actors that
    `permitted` accepts may read it; `rate_limit` counts each use."""
    binding = EmbeddedBinding(arguments=types, permitted=permitted, rate_limit=rate_limit)
    return _field(binding, description, arguments)


def lookup(
    description: str,
    types: Mapping[str, TypeEngine[Any]],
    arguments: list[StrawberryArgument],
    row: Callable[[Row, Access], Select[Any]],
) -> Any:
    """An object with the fields of the row that `row` selects for the values of the arguments, with the SQL types
    `types`; null if there is none. An id is a text to `row`."""
    return _field(EmbeddedBinding(row=row, arguments=types), description, arguments)


def static(description: str, objects: tuple[Mapping[str, Any], ...]) -> Any:
    """A list of objects that is the same for every caller."""
    return _field(StaticBinding(objects), description)


def part(description: str) -> Any:
    """A field of a connection, an edge or a page info."""
    return _field(PartBinding(), description)


def _field(
    binding: Binding, description: str, arguments: list[StrawberryArgument] | None = None, *, init: bool = True
) -> Any:
    declared = StrawberryField(description=description, metadata={KEY: binding}, default=MISSING if init else None)
    declared.arguments = arguments or []
    declared.init = init
    return declared
