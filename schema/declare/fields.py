"""How a Strawberry type declares where its fields come from.

    @node(model=models.User, prefix="usr", filters=user.FILTERS, orders=user.ORDERS)
    class User(Node):
        "A login of one person or of a shared mailbox."

        email: EmailAddress = column("The address that the user signs in with.")
        status: UserStatus = computed(user.status, "Where the user is in their lifecycle.")
        organization: OrganizationNode | None = one(organization.owner, "The organization of the user.")
        contract_accounts: ContractAccounts = many("ContractAccount", user.contract_accounts, "…")

Nothing here resolves anything: a declaration is kept in the metadata of the Strawberry field, and
`schema/declare/registry.py`
makes of all of them the graph that the planner works from. Descriptions of types are their docstrings.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import Select, Uuid
from sqlalchemy.types import TypeEngine
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from authz.access import Access
from authz.model.resources import VIEW
from models import Base
from resolvers.query.registry import Encoding, Expression, Filter, Join, Order, Row
from schema.declare.arguments import argument, id_argument, ids_argument, page_arguments

T = TypeVar("T")

KEY = "portico.binding"
"""Under which key of a Strawberry field's metadata its declaration stands."""


@dataclass(frozen=True)
class ValueBinding:
    """A field that is one value: of a column (None: the one of the field's own name) or of an expression."""

    column: str | None = None
    expression: Expression | None = None
    encoding: Encoding | None = None


@dataclass(frozen=True)
class PublicIdBinding:
    """The public id of the row."""


@dataclass(frozen=True)
class ToOneBinding:
    """An edge to one node, or `Query.node`, which has no join. `arguments` are compared with columns of the target; the
    id that is given for one is that of a node of the type `owner`, where it is not the target's own."""

    join: Join | None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    owner: str | None = None


@dataclass(frozen=True)
class ConnectionBinding:
    """An edge to many nodes of the type `target`."""

    target: str
    join: Join | None
    action: str


@dataclass(frozen=True)
class EmbeddedBinding:
    """An object of fields of the same row; see `resolvers.query.registry.Group`."""

    action: str | None = None
    present: Expression | None = None
    arguments: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    answers: Callable[[Access], bool] | None = None


@dataclass(frozen=True)
class ListBinding:
    """A list of objects that are no nodes; see `resolvers.query.registry.ToList`."""

    rows: Callable[[Row, Access], Select[Any]]


@dataclass(frozen=True)
class NodesBinding:
    """A list of nodes by their ids, each as `node` would read it."""


@dataclass(frozen=True)
class StaticBinding:
    """A list of objects that are the same for everybody: each maps the names of the fields to JSON values."""

    objects: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class PartBinding:
    """A field of a connection, an edge or a page info, which the planner knows by its name."""


@dataclass(frozen=True)
class PayloadNodeBinding:
    """A field of a mutation's payload that is read after it, as the field `field` of the query root; with a `place`, by
    the id of a node that the mutation changed: the first is 0, a second 1."""

    field: str
    place: int | None = None


@dataclass(frozen=True)
class PayloadNodesBinding:
    """A field of the objects of a list in a mutation's payload: the node that the mutation changed for that object.
    The nodes of all of them are read together."""


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
    """Which table a node type stands for, how its public ids begin, how lists of it are narrowed and ordered."""

    model: type[Base]
    prefix: str
    filters: Mapping[str, Filter]
    orders: Mapping[str, Order]


def node(
    *, model: type[Base], prefix: str, filters: Mapping[str, Filter], orders: Mapping[str, Order]
) -> Callable[[type[T]], type[T]]:
    """Declare an object type whose objects are rows of `model`."""

    def declare(cls: type[T]) -> type[T]:
        declared = gql_type(cls)
        declared.__portico_node__ = NodeBinding(model, prefix, filters, orders)  # type: ignore[attr-defined]
        return declared

    return declare


def changed(description: str, place: int = 0, *, init: Literal[False] = False) -> Any:
    """In a payload: the node that the mutation changed, read after it by the planner. Of a second one, the
    `place` is 1."""
    return _field(PayloadNodeBinding("node", place), description, init=init)


def reread(field_: str, description: str, *, init: Literal[False] = False) -> Any:
    """In a payload: what the field `field_` of the query root gives after the mutation."""
    return _field(PayloadNodeBinding(field_), description, init=init)


def changed_each(description: str, *, init: Literal[False] = False) -> Any:
    """In the objects of a list in a payload: the node that the mutation changed for each, read after it by the planner,
    all in one statement."""
    return _field(PayloadNodesBinding(), description, init=init)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, changed, reread, changed_each))
def gql_type(cls: type[T]) -> type[T]:
    """Declare an object type without a table of its own. Its docstring is its description."""
    return strawberry.type(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def gql_interface(cls: type[T]) -> type[T]:
    """Declare an interface. Its docstring is its description."""
    return strawberry.interface(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def public_id(description: str) -> Any:
    """The public id of the row."""
    return _field(PublicIdBinding(), description)


def column(description: str, name: str | None = None, encoding: Encoding | None = None) -> Any:
    """The value of a column: that of the field's own name, or `name`. The encoding follows from the declared type."""
    return _field(ValueBinding(column=name, encoding=encoding), description)


def computed(expression: Expression, description: str, encoding: Encoding | None = None) -> Any:
    """The value of an SQL expression. The encoding follows from the declared type."""
    return _field(ValueBinding(expression=expression, encoding=encoding), description)


def one(join: Join, description: str) -> Any:
    """An edge to one node of the declared type."""
    return _field(ToOneBinding(join), description)


def by_id(description: str, of: str) -> Any:
    """The node whose id the argument `id` gives; `of` is what the argument's description calls it. Its type is the
    declared one, or, where that is an interface, the one that the id names."""
    return _field(ToOneBinding(None, {"id": Uuid()}), description, [id_argument(of)])


def of_owner(description: str, owner: str, join: Join) -> Any:
    """The node which `join` picks of those that belong to the node of the type `owner` (`Organization`) whose id the
    argument `organization` gives."""
    name = owner[0].lower() + owner[1:]
    arguments = [argument(name, strawberry.ID, f"The id of the {name}.")]
    return _field(ToOneBinding(join, {f"{name}_id": Uuid()}, owner), description, arguments)


def by_ids(description: str) -> Any:
    """A list of nodes by the argument `ids`."""
    return _field(NodesBinding(), description, [ids_argument()])


def many(target: str, join: Join | None, description: str, action: str = VIEW) -> Any:
    """An edge to many nodes, as a connection with its arguments. `join` None ties all. Only nodes with which the actor
    may do `action` are there."""
    return _field(ConnectionBinding(target, join, action), description, page_arguments(target))


def group(description: str, action: str | None = None, present: Expression | None = None) -> Any:
    """An object of fields of the same row. It is null where the actor may not do `action`, or `present` is false."""
    return _field(EmbeddedBinding(action, present), description)


def listed(rows: Callable[[Row, Access], Select[Any]], description: str) -> Any:
    """A short list of objects that are no nodes, whole: the rows that `rows` selects for the parent's, in its order."""
    return _field(ListBinding(rows), description)


def answer(
    description: str,
    types: Mapping[str, TypeEngine[Any]],
    arguments: list[StrawberryArgument],
    answers: Callable[[Access], bool],
) -> Any:
    """An object that answers a question: its row consists of the arguments' values, whose SQL types `types` gives. Only
    those may ask whom `answers` accepts."""
    return _field(EmbeddedBinding(arguments=types, answers=answers), description, arguments)


def static(description: str, objects: tuple[Mapping[str, Any], ...]) -> Any:
    """A list of objects that are the same for everybody."""
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
